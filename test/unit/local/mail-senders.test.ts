import { expect, test } from '@jest/globals';
import { sendersIn } from '../../../local/mail-senders.ts';

test('the senders of a template are those that its functions are told to send from', () => {
  const sender = (address: unknown) => ({
    Properties: { Environment: { Variables: { MAIL_FROM_ADDRESS: address, OTHER: 'x@example.com' } } },
  });
  const template = {
    Resources: { Confirm: sender('onboarding@example.com'), Warn: sender('alarms@example.org'), Silent: { Properties: {} } },
  };
  expect(sendersIn(template as never)).toEqual(['onboarding@example.com', 'alarms@example.org']);
});
