import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { SendEmailCommand } from '@aws-sdk/client-sesv2';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb, ses } from '../shared/clients.ts';
import { environment } from '../shared/environment.ts';
import { readPerson } from '../shared/people.ts';
import { instant } from '../shared/runtime.ts';
import { signupSecrets } from '../shared/signup-secrets.ts';
import { reactionHandler } from '../shared/stream.ts';
import { mailKey, readTenant } from '../shared/tenants.ts';

/*
 * Mails the administrator of a new signup the link that confirms the address. SES has no idempotency key: a marker written after sending keeps repeated
 * records silent, and a crash between the two sends the same link again rather than none.
 */

/** Nothing free in it comes from the request: whoever signs up must not be able to have us mail their words to others. */
const mailOf = (slug: string, link: string, before: string) => ({
  subject: 'Confirm your e-mail address',
  text: `Hello,

somebody, most likely you, has signed up the organisation "${slug}" with this address. Confirm that this address is yours:

${link}

The link works until ${before}. If it was not you, ignore this mail: nothing is set up, and the signup expires.
`,
});

export const handler = reactionHandler(async (tenantId) => {
  const tenant = await readTenant(tenantId);
  if (tenant?.status !== 'PENDING' || tenant.conditionsMet['email-confirmed'] || !tenant.expiresAt) return;
  const TableName = environment('TENANTS_TABLE');
  const marker = await dynamodb().send(new GetCommand({ TableName, Key: mailKey(tenantId, 'confirmation'), ConsistentRead: true }));
  if (marker.Item) return;
  const [person, secrets] = await Promise.all([readPerson(tenantId, tenant.administratorId), signupSecrets(tenant.signupKeyHash)]);
  if (!person) return;
  const link = `${environment('PUBLIC_URL')}/signups/${tenantId}/confirmation?token=${secrets.confirmationToken(tenantId)}`;
  const { subject, text } = mailOf(tenant.slug, link, tenant.expiresAt);
  await ses().send(
    new SendEmailCommand({
      FromEmailAddress: environment('MAIL_FROM_ADDRESS'),
      Destination: { ToAddresses: [person.email] },
      Content: { Simple: { Subject: { Data: subject, Charset: 'UTF-8' }, Body: { Text: { Data: text, Charset: 'UTF-8' } } } },
    }),
  );
  try {
    await dynamodb().send(
      new PutCommand({
        TableName,
        Item: { ...mailKey(tenantId, 'confirmation'), sentAt: instant() },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  } catch (error) {
    // The same record was served twice at the same time; both mails carry the same link.
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
});
