import { AdminCreateUserCommand, AdminSetUserPasswordCommand } from '@aws-sdk/client-cognito-identity-provider';
import { cognito } from '../shared/clients.ts';
import { Conflict, NotAllowed } from '../shared/errors.ts';
import { randomPassword } from '../shared/passwords.ts';
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
  // RESEND is for users whose temporary password waits to be changed; an expired one is renewed first.
  await cognito().send(new AdminSetUserPasswordCommand({ UserPoolId, Username: username, Password: randomPassword(), Permanent: false }));
  await cognito().send(
    new AdminCreateUserCommand({ UserPoolId, Username: username, MessageAction: 'RESEND', DesiredDeliveryMediums: ['EMAIL'] }),
  );
}
