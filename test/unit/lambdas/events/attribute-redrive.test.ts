import { beforeEach, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/events/attribute-redrive.ts';
import { handler as startOnboarding } from '../../../../lambdas/events/start-onboarding.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import { eventsOf, react, signUpAndConfirm, tenantOf } from '../../../support/onboarding.ts';
import { context } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { awsError, newWorld, type World } from '../../../support/world.ts';

const output = collectOutput();
let world: World;
let tenantId: string;
beforeEach(async () => {
  world = newWorld();
  tenantId = await signUpAndConfirm(world);
  await react(startOnboarding, tenantId);
});

const person = {
  type: 'AssumedRole',
  principalId: 'AROAEXAMPLEID000000:zoe.kanarienvogel@example.com',
  arn: 'arn:aws:sts::111122223333:assumed-role/Operators/zoe.kanarienvogel@example.com',
  sessionContext: { sessionIssuer: { arn: 'arn:aws:iam::111122223333:role/Operators' } },
};
const ours = { ...person, sessionContext: { sessionIssuer: { arn: 'arn:aws:iam::111122223333:role/RedriveTenant' } } };
const hear = (userIdentity: object = person, eventID = '11111111-1111-4111-8111-111111111111') =>
  (handler as (event: unknown, context: unknown) => Promise<void>)(
    {
      source: 'aws.states',
      detail: {
        eventID,
        eventTime: '2026-11-02T09:00:00Z',
        eventName: 'RedriveExecution',
        userIdentity,
        requestParameters: { executionArn: [...world.stateMachine.executions.keys()][0] },
      },
    },
    context(),
  );
const attributed = () => eventsOf(world, tenantId).filter(({ type }) => type === 'RedrivenFromConsole');

test('says in the audit trail who redrove, by an id and not by a name', async () => {
  await hear();
  const { runId } = tenantOf(world, tenantId).run ?? {};
  expect(attributed()).toMatchObject([
    {
      actor: { kind: 'staff', id: 'AROAEXAMPLEID000000' },
      runId,
      generation: 1,
      data: { cloudTrailEventId: '11111111-1111-4111-8111-111111111111', at: '2026-11-02T09:00:00Z' },
    },
  ]);
  expectWholeChain(eventsOf(world, tenantId));
  expect(JSON.stringify([eventsOf(world, tenantId), world.snapshot().tables, output()])).not.toContain('kanarienvogel');
});

test('an event that comes twice is in the trail once, and another redrive is another event', async () => {
  await hear();
  await hear();
  await Promise.all([hear(person, '22222222-2222-4222-8222-222222222222'), hear(person, '22222222-2222-4222-8222-222222222222')]);
  expect(attributed()).toHaveLength(2);
});

test("the API's own redrives, which have a reason, are left alone", async () => {
  const before = eventsOf(world, tenantId);
  await hear(ours);
  expect(eventsOf(world, tenantId)).toEqual(before);
});

test('what cannot be recorded fails, so that it is tried again and kept', async () => {
  world.fail(world.calls.length + 1, awsError('ThrottlingException'));
  await expect(hear()).rejects.toMatchObject({ name: 'ThrottlingException' });
  await hear();
  expect(attributed()).toHaveLength(1);
  await expect(hear({ type: 'Root' }, undefined as never)).resolves.toBeUndefined();
  await expect((handler as (event: unknown, context: unknown) => Promise<void>)({ detail: {} }, context())).rejects.toMatchObject({
    name: 'InvalidInput',
  });
});
