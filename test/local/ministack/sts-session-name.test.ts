import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { assumeRole, type BareMiniStack, createRole, startBareMiniStack } from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
beforeAll(async () => {
  stack = await startBareMiniStack();
});
afterAll(() => stack.stop());

test('the policy of whoever assumes a role decides by the name of the session', async () => {
  const role = await createRole(stack, []);
  const assume = { Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' };
  const caller = await assumeRole(
    stack,
    await createRole(stack, [assume, { ...assume, Effect: 'Deny', Condition: { StringEquals: { 'sts:RoleSessionName': 'forbidden' } } }]),
  );
  await assumeRole(stack, role, { RoleSessionName: 'welcome' }, caller);
  await expect(assumeRole(stack, role, { RoleSessionName: 'forbidden' }, caller)).rejects.toMatchObject({ name: 'AccessDenied' });
});
