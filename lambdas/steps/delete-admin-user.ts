import { AdminDeleteUserCommand, UserNotFoundException } from '@aws-sdk/client-cognito-identity-provider';
import { cognito } from '../shared/clients.ts';
import { readPerson } from '../shared/people.ts';
import { stepHandler } from '../shared/step.ts';
import { readUser, usernameOf, userPoolOf } from '../shared/tenant-users.ts';
import type { Tenant } from '../shared/tenants.ts';
import { undone } from '../shared/undo.ts';

/*
 * Deletes the user that CreateAdminUser made, also one whose making was not recorded: its name is derived. A user of another tenant under that name is left alone. Repeating it finds no user.
 * Nothing undoes it.
 */
async function username({ tenantId, administratorId, administratorUsername }: Tenant): Promise<string | undefined> {
  if (administratorUsername) return administratorUsername;
  const person = await readPerson(tenantId, administratorId);
  return person && usernameOf(tenantId, person.email);
}

export const handler = stepHandler({
  name: 'DeleteAdminUser',
  during: 'ABANDONED',
  run: async ({ tenant }) => {
    const Username = await username(tenant);
    const user = Username && (await readUser(tenant, Username));
    if (!user) return undone();
    if (user.tenantId !== tenant.tenantId) return undone(`The user ${Username} is another tenant's, and was left alone.`);
    try {
      await cognito().send(new AdminDeleteUserCommand({ UserPoolId: userPoolOf(tenant), Username }));
    } catch (error) {
      if (!(error instanceof UserNotFoundException)) throw error;
    }
    return undone();
  },
});
