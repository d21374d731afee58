import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { AssumeRoleCommand } from '@aws-sdk/client-sts';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { StepName } from '../../contracts/steps.ts';
import type { TenantStatus } from '../../contracts/tenant.ts';
import { type VendedCredentials, VendingRequest } from '../../contracts/vending.ts';
import { sts } from '../shared/clients.ts';
import { InvalidInput, NotAllowed, Superseded } from '../shared/errors.ts';
import { logger } from '../shared/logger.ts';
import { presentable } from '../shared/presentable.ts';
import { tenantRoleArn } from '../shared/tenant-role.ts';
import { readStep, readTenant, type Tenant } from '../shared/tenants.ts';

/*
 * The only function that may act as a tenant. Its caller names the record of the step that it is running; the tenant is the one whose record that is, and only while
 * the step is under way in the tenant's current run. So nobody gets the credentials of a tenant for whom nothing is being done. It writes nothing, so
 * repeating it is harmless, and there is nothing to undo: credentials end by themselves.
 */
const entitled: Partial<Record<StepName, TenantStatus>> = {
  EstablishIsolation: 'PROVISIONING',
  TestTenant: 'PROVISIONING',
  EraseNamespace: 'ABANDONED',
};
/** The shortest session that STS gives: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
const sessionSeconds = 900;

async function tenantOf({ record, generation, attempt }: VendingRequest): Promise<Tenant> {
  const { tenantId, runId, step } = record;
  const during = entitled[step];
  if (!during) throw new NotAllowed(`${step} has no need of a tenant's credentials.`);
  const [tenant, found] = await Promise.all([readTenant(tenantId), readStep(tenantId, runId, step)]);
  if (!tenant || !found) throw new NotAllowed('There is no such step.');
  const current = tenant.run?.runId === runId && tenant.run.generation === generation && tenant.status === during;
  // Not for good: the workflow tries again and finds what the later attempt did.
  if (current && found.attempt > attempt) throw new Superseded('A later attempt has taken over.');
  if (!current || found.state !== 'RUNNING' || found.attempt !== attempt) throw new NotAllowed('The step is not under way.');
  return tenant;
}

async function vend(request: VendingRequest): Promise<VendedCredentials> {
  const tenant = await tenantOf(request);
  const { Credentials } = await sts().send(
    new AssumeRoleCommand({
      RoleArn: tenantRoleArn(tenant),
      // Found again in CloudTrail with each call that is made by it.
      RoleSessionName: `${request.record.step}-${tenant.tenantId}`,
      DurationSeconds: sessionSeconds,
      Tags: [{ Key: 'tenantId', Value: tenant.tenantId }],
    }),
  );
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = Credentials ?? {};
  if (!accessKeyId || !secretAccessKey || !sessionToken) throw new Error('STS answered AssumeRole without credentials.');
  return { accessKeyId, secretAccessKey, sessionToken };
}

export const handler = middy<unknown, VendedCredentials>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(async (event: unknown, _context: Context) => {
    try {
      const parsed = VendingRequest.safeParse(event);
      if (!parsed.success) throw new InvalidInput('A request for credentials names the record of a step, its generation and its attempt.');
      const { record, generation } = parsed.data;
      logger.appendKeys({ tenantId: record.tenantId, runId: record.runId, generation, step: record.step });
      return await vend(parsed.data);
    } catch (error) {
      throw presentable('VendCredentials', error);
    }
  });
