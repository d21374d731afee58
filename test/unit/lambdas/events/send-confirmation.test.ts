import { beforeEach, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/events/send-confirmation.ts';
import { canary, changeTenant, mailedToken, react, signUp, signUpAndConfirm, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, tables, type World } from '../../../support/world.ts';

const output = collectOutput();
let world: World;
let tenantId: string;
beforeEach(async () => {
  world = newWorld();
  ({ tenantId } = await signUp());
});
const done = { batchItemFailures: [] };

test('mails the administrator one link to this signup, with until when it works', async () => {
  expect(await react(handler, tenantId)).toEqual(done);
  expect(world.mails).toMatchObject([{ to: canary.email, subject: 'Confirm your e-mail address' }]);
  const { text } = world.mails[0] as { text: string };
  expect(text).toContain(`https://api.example.com/v1/signups/${tenantId}/confirmation?token=`);
  expect(text).toContain('2026-11-27T08:00:00.000Z');
  expect(text.match(/https?:/g)).toHaveLength(1);
});

test('lets nobody put their own words into a mail to others', async () => {
  await react(handler, tenantId);
  expect(JSON.stringify(world.mails[0]?.text)).not.toMatch(/kanarienvogel/i);
});

test('mails once, however often and late the record comes', async () => {
  await react(handler, tenantId);
  await react(handler, tenantId, tenantId);
  expect(world.mails).toHaveLength(1);
});

test('mails again, with the same link, rather than never when the record of a sent mail was lost', async () => {
  world.fail('Put', awsError('InternalServerError', 'server'));
  expect(await react(handler, tenantId)).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }] });
  const token = mailedToken(world);
  expect(await react(handler, tenantId)).toEqual(done);
  expect([world.mails.length, mailedToken(world)]).toEqual([2, token]);
});

test('two deliveries at the same time do no harm', async () => {
  const { reached, release } = world.hold('Put');
  const slow = react(handler, tenantId);
  await reached;
  expect(await react(handler, tenantId)).toEqual(done);
  release();
  expect(await slow).toEqual(done);
});

test('reports the first record that fails, and leaves it and all after it for the next delivery', async () => {
  const { tenantId: second } = await signUp();
  const { tenantId: third } = await signUp();
  await react(handler, tenantId);
  world.fail('SendEmail', awsError('TooManyRequestsException', 'client', `to ${canary.email}`));
  expect(await react(handler, tenantId, second, third)).toEqual({ batchItemFailures: [{ itemIdentifier: '2' }] });
  expect(world.mails).toHaveLength(1);
  expect(output()).toContain('"errorName":"TooManyRequestsException"');
  expect(output()).not.toContain(canary.email);
});

test('mails nobody for a signup that is confirmed, has ended, is unknown, or whose person is erased', async () => {
  const confirmed = await signUpAndConfirm(world);
  const mails = world.mails.length;
  changeTenant(world, tenantId, { status: 'EXPIRED' });
  const { tenantId: erased } = await signUp();
  world.database.remove(tables.peopleKeys, { tenantId: erased });
  expect(await react(handler, confirmed, tenantId, erased, '99999999-9999-4999-8999-999999999999')).toEqual(done);
  expect(world.mails).toHaveLength(mails);
  expect(tenantOf(world, tenantId).status).toBe('EXPIRED');
});
