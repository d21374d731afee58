import { AdminInitiateAuthCommand, AdminSetUserPasswordCommand } from '@aws-sdk/client-cognito-identity-provider';
import type { Check } from '../../contracts/steps.ts';
import { cognito } from '../shared/clients.ts';
import { CheckFailed } from '../shared/errors.ts';
import { proveIsolation } from '../shared/isolation-proof.ts';
import { randomPassword } from '../shared/passwords.ts';
import { type StepContext, stepHandler } from '../shared/step.ts';
import { vendCredentials } from '../shared/tenant-credentials.ts';
import { probeClientOf, readUser, userPoolOf } from '../shared/tenant-users.ts';
import type { Tenant } from '../shared/tenants.ts';

/*
 * Proves that the tenant works before anybody is told: its record is there, its administrator can sign in, its credentials reach its items, its objects and its
 * key, and are refused another's. The outcomes are in the audit event of the step's end, and counted in its result. Repeating it is harmless: the password that it sets is temporary and
 * forgotten, and its test item and object are deleted.
 */

/** Cognito answers the right temporary password with NEW_PASSWORD_REQUIRED: the user exists, is enabled, and can go on by choosing a password. */
async function signIn(tenant: Tenant, username: string): Promise<string> {
  const UserPoolId = userPoolOf(tenant);
  const password = randomPassword();
  await cognito().send(new AdminSetUserPasswordCommand({ UserPoolId, Username: username, Password: password, Permanent: false }));
  const { ChallengeName } = await cognito().send(
    new AdminInitiateAuthCommand({
      UserPoolId,
      ClientId: probeClientOf(tenant),
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD: password },
    }),
  );
  return ChallengeName === 'NEW_PASSWORD_REQUIRED' ? 'allowed' : (ChallengeName ?? 'signed in without a new password');
}

async function checksOf(context: StepContext): Promise<Check[]> {
  const { tenant } = context;
  const { administratorUsername: username } = tenant;
  const record: Check = {
    check: "the tenant's record names its administrator",
    expected: 'present',
    outcome: username ? 'present' : 'absent',
  };
  if (!username) return [record];
  const user = await readUser(tenant, username);
  const administrator: Check = {
    check: "the administrator's user is the tenant's",
    expected: 'present',
    outcome: user?.tenantId === tenant.tenantId ? 'present' : 'absent',
  };
  if (administrator.outcome !== 'present') return [record, administrator];
  const signedIn: Check = { check: 'the administrator signs in', expected: 'allowed', outcome: await signIn(tenant, username) };
  return [record, administrator, signedIn, ...(await proveIsolation(await vendCredentials(context), tenant))];
}

export const handler = stepHandler({
  name: 'TestTenant',
  // Never later: it would give an administrator who has signed in a password that nobody knows.
  during: 'PROVISIONING',
  run: async (context) => {
    const checks = await checksOf(context);
    if (checks.some(({ expected, outcome }) => expected !== outcome)) throw new CheckFailed(checks);
    return { result: { passedChecks: checks.length }, evidence: checks };
  },
});
