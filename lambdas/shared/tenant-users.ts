import { AdminDeleteUserCommand, AdminGetUserCommand, UserNotFoundException } from '@aws-sdk/client-cognito-identity-provider';
import { GenerateMacCommand } from '@aws-sdk/client-kms';
import { cognito, kms } from './clients.ts';
import { environment } from './environment.ts';
import type { Tenant } from './tenants.ts';

/** @returns the pool that the tenant's users are in: its own, or the shared one */
export const userPoolOf = ({ silo }: Tenant): string => silo?.userPoolId ?? environment('TENANT_USER_POOL_ID');

/** @returns the client of that pool by which a sign-in is tried */
export const probeClientOf = ({ silo }: Tenant): string => silo?.probeClientId ?? environment('TENANT_PROBE_CLIENT_ID');

/** The attribute of a user that says which tenant it is of; immutable in the pool. */
export const tenantAttribute = 'custom:tenantId';

/**
 * @returns the username of a person in a tenant: an HMAC of both, so that the same person meets their own user again, may be in many tenants, and
 * the username, which CloudTrail keeps for good, says nothing of them
 */
export async function usernameOf(tenantId: string, email: string): Promise<string> {
  const { Mac } = await kms().send(
    new GenerateMacCommand({
      KeyId: environment('USERNAME_MAC_KEY_ID'),
      MacAlgorithm: 'HMAC_SHA_256',
      Message: Buffer.from(`username\n${tenantId}\n${email.normalize('NFC').toLowerCase()}`),
    }),
  );
  if (!Mac) throw new Error('KMS answered GenerateMac without a MAC.');
  return `u-${Buffer.from(Mac).toString('hex').slice(0, 40)}`;
}

/** @returns whose user this is and in which state, or undefined when there is none */
export async function readUser(
  tenant: Tenant,
  username: string,
): Promise<{ tenantId: string | undefined; status: string | undefined } | undefined> {
  try {
    const { UserAttributes, UserStatus } = await cognito().send(
      new AdminGetUserCommand({ UserPoolId: userPoolOf(tenant), Username: username }),
    );
    return { tenantId: UserAttributes?.find(({ Name }) => Name === tenantAttribute)?.Value, status: UserStatus };
  } catch (error) {
    if (error instanceof UserNotFoundException) return undefined;
    throw error;
  }
}

/**
 * Deletes a user of the tenant's; leaves alone what is another's or is not there. May be repeated.
 * @returns what could not be undone, in words for staff
 */
export async function deleteUser(tenant: Tenant, Username: string): Promise<string | undefined> {
  const user = await readUser(tenant, Username);
  if (!user) return undefined;
  if (user.tenantId !== tenant.tenantId) return `The user ${Username} is another tenant's, and was left alone.`;
  try {
    await cognito().send(new AdminDeleteUserCommand({ UserPoolId: userPoolOf(tenant), Username }));
  } catch (error) {
    if (!(error instanceof UserNotFoundException)) throw error;
  }
  return undefined;
}
