import { paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { DeleteRolePolicyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { StepName } from '../../../contracts/steps.ts';
import { cloudFormation, documents, iam, output } from './clients.ts';
import { auditEvents } from './records.ts';
import { until } from './until.ts';

/** Something that keeps one tenant's step from working, made in the world and not in the code. */
export interface Fault {
  /** What is broken, in words. */
  readonly what: string;
  break(tenantId: string): Promise<void>;
  mend(tenantId: string): Promise<void>;
}

const resources = new Map<string, Promise<Map<string, string>>>();

/** @returns the physical id of the one resource of this type whose logical id begins with the name of its construct */
export async function physicalId(stack: string, construct: string, type: string): Promise<string> {
  const listed = resources.get(stack) ?? listResources(stack);
  resources.set(stack, listed);
  // The logical id is the construct's path and a hash of 8 hexadecimal digits.
  const wanted = new RegExp(`^${type}/${construct}[0-9A-F]{8}$`);
  const found = [...(await listed)].filter(([key]) => wanted.test(key));
  if (found.length !== 1) throw new Error(`${stack} has ${found.length} resources ${type} ${construct}, and not one.`);
  return found[0]?.[1] as string;
}

async function listResources(StackName: string): Promise<Map<string, string>> {
  const listed = new Map<string, string>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client: cloudFormation }, { StackName }))
    for (const { ResourceType, LogicalResourceId, PhysicalResourceId } of StackResourceSummaries)
      listed.set(`${ResourceType}/${LogicalResourceId}`, PhysicalResourceId ?? '');
  return listed;
}

/** The role of a step or a reaction of the pipeline. */
export const roleOf = (name: string) => physicalId('Tenantry-Pipeline', `${name}Role`, 'AWS::IAM::Role');
export const functionOf = (name: string) => physicalId('Tenantry-Pipeline', `${name}Function`, 'AWS::Lambda::Function');

/** Takes a permission from the role of a step or a reaction, for one tenant. */
function denied(what: string, name: string, statementOf: (tenantId: string) => Record<string, unknown>): Fault {
  const policyOf = (tenantId: string) => `fault-${tenantId}`;
  return {
    what,
    break: async (tenantId) => {
      const PolicyDocument = JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Deny', Resource: '*', ...statementOf(tenantId) }],
      });
      await iam.send(new PutRolePolicyCommand({ RoleName: await roleOf(name), PolicyName: policyOf(tenantId), PolicyDocument }));
    },
    mend: async (tenantId) => {
      await iam.send(new DeleteRolePolicyCommand({ RoleName: await roleOf(name), PolicyName: policyOf(tenantId) }));
    },
  };
}

/** The step may not write the tenant at all: it cannot even say that it has started. */
export const cannotStart = (step: StepName) =>
  denied('may not write the tenant', step, (tenantId) => ({
    Action: 'dynamodb:PutItem',
    Condition: { 'ForAnyValue:StringEquals': { 'dynamodb:LeadingKeys': [`TENANT#${tenantId}`] } },
  }));

/** The step does its work and may not record that it has: as if it died between the two. */
export const cannotRecord = (step: StepName) =>
  denied('may not record its result', step, (tenantId) => ({
    Action: 'dynamodb:PutItem',
    Condition: {
      'ForAnyValue:StringEquals': { 'dynamodb:LeadingKeys': [`TENANT#${tenantId}`], 'dynamodb:Attributes': ['result'] },
    },
  }));

/** The vending function may not take the tenant's credentials for the step; the session is named after both. */
export const cannotAssumeTenant = (step: StepName) =>
  denied('is given no credentials of the tenant', 'CredentialsVendorVendCredentials', (tenantId) => ({
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:RoleSessionName': `${step}-${tenantId}` } },
  }));

/** The step may not unwrap the key of the tenant's people. */
export const cannotReadPeople = (step: StepName) =>
  denied("may not unwrap the key of the tenant's people", step, (tenantId) => ({
    Action: 'kms:Decrypt',
    Condition: { StringEquals: { 'kms:EncryptionContext:tenantId': tenantId } },
  }));

/** The step may not ask for a certificate of the tenant's. */
export const cannotRequestCertificate = denied('may not ask for the certificate', 'RegisterHostName', (tenantId) => ({
  Action: 'acm:RequestCertificate',
  Condition: { StringEquals: { 'aws:RequestTag/tenantry:tenantId': tenantId } },
}));

/** The reaction may not read the tenant that it is woken for. */
export const cannotReadTenant = (reaction: string) =>
  denied('may not read the tenant', reaction, (tenantId) => ({
    Action: 'dynamodb:GetItem',
    Condition: { 'ForAnyValue:StringEquals': { 'dynamodb:LeadingKeys': [`TENANT#${tenantId}`] } },
  }));

/** Gives a tenant another tier, behind the back of everybody. */
const setTier = (tenantId: string, tier: string) =>
  documents.send(
    new UpdateCommand({
      TableName: output('TenantsTableName'),
      Key: { pk: `TENANT#${tenantId}`, sk: 'TENANT' },
      UpdateExpression: 'SET tier = :tier',
      ExpressionAttributeValues: { ':tier': tier },
    }),
  );

/** The tenant's tier has left the catalog. */
export const tierWithdrawn: Fault = {
  what: 'finds a tier that the catalog does not have',
  break: async (tenantId) => void (await setTier(tenantId, 'withdrawn')),
  mend: async (tenantId) => {
    // This write is no commit: one that has read the tenant before it, and writes after it, would undo it. The last is that of whoever looks at the failed run.
    await until('The finding', async () => (await auditEvents(tenantId)).some(({ type }) => type === 'FindingOpened'));
    await setTier(tenantId, 'starter');
  },
};
