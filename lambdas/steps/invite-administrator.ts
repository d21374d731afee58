import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { cognito } from '../shared/clients.ts';
import { Conflict, NotAllowed } from '../shared/errors.ts';
import { stepHandler } from '../shared/step.ts';
import { readUser, userPoolOf } from '../shared/tenant-users.ts';

/*
 * Has Cognito mail the administrator a temporary password, which never passes through us. A step that is done answers its record and mails nothing. When the
 * record of a sent mail was lost, the repeat sends another one: RESEND makes a new password, so the last mail always works. An administrator who has
 * chosen a password already was invited, and is left alone. It cannot be undone.
 */
export const handler = stepHandler({
  name: 'InviteAdministrator',
  during: 'ACTIVE',
  intent: (tenant) => ({ username: tenant.administratorUsername ?? 'none' }),
  run: async ({ tenant, startedAt }) => {
    const { administratorUsername: username } = tenant;
    if (!username) throw new NotAllowed('The tenant has no administrator yet.');
    const user = await readUser(tenant, username);
    if (user?.tenantId !== tenant.tenantId) throw new Conflict("The administrator's user is not the tenant's.");
    if (user.status !== 'CONFIRMED') await invite(userPoolOf(tenant), username);
    return { result: { invitedAt: startedAt } };
  },
});

async function invite(UserPoolId: string, username: string) {
  // For users whose temporary password waits to be changed; it makes a new one, also when the old one has expired:
  // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_AdminCreateUser.html
  await cognito().send(
    new AdminCreateUserCommand({ UserPoolId, Username: username, MessageAction: 'RESEND', DesiredDeliveryMediums: ['EMAIL'] }),
  );
}
