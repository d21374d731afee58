import { DescribeUserPoolCommand } from '@aws-sdk/client-cognito-identity-provider';
import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from '@jest/globals';
import type { TenantDetail } from '../../../contracts/tenant.ts';
import type { Silo } from '../../../lambdas/shared/tenants.ts';
import { api } from './api.ts';
import { cognito, documents, kms, output } from './clients.ts';
import { peopleItems, slugOwner, tenantDataItems, usersWith } from './records.ts';
import type { Signup } from './signups.ts';
import { siloItems, siloStack } from './silos.ts';
import type { StaffMember } from './staff.ts';
import { until } from './until.ts';

/* Tenants that were given up, and what there still is of them. */

export async function abandon(operator: StaffMember, tenantId: string): Promise<void> {
  const { exitCode, errors } = await operator.tenantry('abandon', tenantId, '--reason', 'The customer has withdrawn.', '--json');
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
}

export async function shownTo(operator: StaffMember, tenantId: string): Promise<TenantDetail> {
  const { status, body } = await api('GET', `/tenants/${tenantId}`, { headers: await operator.authorization() });
  expect(status).toBe(200);
  return body as TenantDetail;
}

/** @returns the tenant when each step that undoes something has succeeded */
export const untilAbandoned = (operator: StaffMember, tenantId: string) =>
  until(`The end of ${tenantId}`, async () => {
    const tenant = await shownTo(operator, tenantId);
    expect(tenant.status).toBe('ABANDONED');
    return tenant.steps.every(({ state }) => state === 'SUCCEEDED') && tenant;
  });

const answerOr = (absent: RegExp) => (error: Error) => {
  if (absent.test(error.name)) return undefined;
  throw error;
};

/** What there still is of a signup, wherever its onboarding may have put something. */
export async function remainsOf({ tenantId, request }: Signup) {
  const Key = { tenantId };
  const { Item } = await documents.send(new GetCommand({ TableName: output('PeopleKeysTableName'), Key, ConsistentRead: true }));
  return {
    slugOwner: await slugOwner(request.slug),
    people: await peopleItems(tenantId),
    peopleKey: Item,
    users: await usersWith(request.administrator.email),
    data: await tenantDataItems(tenantId),
    stack: await siloStack(tenantId),
  };
}
export const nothing = { slugOwner: undefined, people: [], peopleKey: undefined, users: [], data: [], stack: undefined };

/** What there still is of what a silo's stack would have left behind. */
export async function remainsOfSilo(silo: Silo, tenantId: string) {
  const { UserPool } = await cognito
    .send(new DescribeUserPoolCommand({ UserPoolId: silo.userPoolId }))
    .catch(answerOr(/NotFound/))
    .then((answer) => answer ?? { UserPool: undefined });
  const items = await siloItems(silo, tenantId).catch(answerOr(/NotFound/));
  const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: silo.keyId }));
  return { userPool: UserPool?.Id, items, keyState: KeyMetadata?.KeyState };
}
