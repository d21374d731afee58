import { AdminCreateUserCommand, UsernameExistsException } from '@aws-sdk/client-cognito-identity-provider';
import { cognito } from '../shared/clients.ts';
import { Conflict, NotAllowed } from '../shared/errors.ts';
import { readPerson } from '../shared/people.ts';
import { stepHandler } from '../shared/step.ts';
import { deleteUser, readUser, tenantAttribute, usernameOf, userPoolOf } from '../shared/tenant-users.ts';

/*
 * Creates the first administrator's user, without any mail. The username is derived from tenant and address, so a repeat meets the user that it made
 * before; a user of another tenant under that name is a conflict. The users of addresses that were corrected since are deleted. Undone by deleting the user.
 */
export const handler = stepHandler({
  name: 'CreateAdminUser',
  // An active tenant whose address was corrected has its user made anew; otherwise the step is done by then.
  during: ['PROVISIONING', 'ACTIVE'],
  run: async ({ tenant }) => {
    const { formerUsernames = [] } = tenant;
    const person = await readPerson(tenant.tenantId, tenant.administratorId);
    if (!person) throw new NotAllowed('The administrator has been erased.');
    const userPoolId = userPoolOf(tenant);
    const username = await usernameOf(tenant.tenantId, person.email);
    for (const former of formerUsernames) if (former !== username) await deleteUser(tenant, former);
    try {
      await cognito().send(
        new AdminCreateUserCommand({
          UserPoolId: userPoolId,
          Username: username,
          MessageAction: 'SUPPRESS',
          UserAttributes: [
            { Name: 'email', Value: person.email },
            // Confirmed by the link in the signup's mail; one that staff have corrected since, by the password that is mailed there and without which nobody signs in.
            { Name: 'email_verified', Value: 'true' },
            { Name: tenantAttribute, Value: tenant.tenantId },
          ],
        }),
      );
    } catch (error) {
      if (!(error instanceof UsernameExistsException)) throw error;
      if ((await readUser(tenant, username))?.tenantId !== tenant.tenantId) throw new Conflict('The username belongs to another tenant.');
    }
    return { result: { userPoolId, username }, change: () => ({ administratorUsername: username, formerUsernames: undefined }) };
  },
});
