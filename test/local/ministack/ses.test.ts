import { CreateEmailIdentityCommand, SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { account, assumeRole, type BareMiniStack, createRole, region, startBareMiniStack } from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
let sender: SESv2Client;
beforeAll(async () => {
  stack = await startBareMiniStack();
  for (const EmailIdentity of ['example.com', 'example.net']) {
    await new SESv2Client(stack.options()).send(new CreateEmailIdentityCommand({ EmailIdentity }));
  }
  const roleArn = await createRole(stack, [
    {
      Effect: 'Allow',
      Action: 'ses:SendEmail',
      Resource: `arn:aws:ses:${region}:${account}:identity/example.com`,
      Condition: { StringEquals: { 'ses:FromAddress': 'welcome@example.com' } },
    },
  ]);
  sender = new SESv2Client(stack.options(await assumeRole(stack, roleArn)));
});
afterAll(() => stack.stop());

function send(FromEmailAddress: string) {
  return sender.send(
    new SendEmailCommand({
      FromEmailAddress,
      Destination: { ToAddresses: ['zoe@example.org'] },
      Content: { Simple: { Subject: { Data: 'Please confirm' }, Body: { Text: { Data: 'Follow the link.' } } } },
    }),
  );
}

test('a mail is sent only by the address that the policy names, and is then in the list of mails', async () => {
  await expect(send('other@example.com')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(send('welcome@example.net')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await send('Welcome <welcome@example.com>');
  const { messages } = (await (await fetch(`${stack.endpoint}/_ministack/ses/messages`)).json()) as { messages: Record<string, unknown[]> };
  expect(messages[account]).toMatchObject([{ To: ['zoe@example.org'], Subject: 'Please confirm', BodyText: 'Follow the link.' }]);
});
