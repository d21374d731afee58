import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { expect, test } from '@jest/globals';
import { TenantProvisioned } from '../../../../contracts/events.ts';
import { runStep, stepRecord, tenantBefore, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, type World } from '../../../support/world.ts';

collectOutput();
const details = (world: World) => world.busEvents.map(({ Detail }) => TenantProvisioned.parse(JSON.parse(Detail as string)));

test('puts one event on the bus that says which tenant works, and nothing personal', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'EmitTenantProvisioned');
  const { eventId } = await runStep(world, 'EmitTenantProvisioned', tenantId);
  const { slug, tierVersion, revision, statusChangedAt } = tenantOf(world, tenantId);
  expect(world.busEvents).toMatchObject([{ EventBusName: 'tenantry', Source: 'tenantry.tenants', DetailType: 'TenantProvisioned' }]);
  expect(details(world)).toEqual([
    {
      schemaVersion: 1,
      eventId,
      occurredAt: statusChangedAt,
      tenantId,
      revision,
      slug,
      tier: 'starter',
      tierVersion,
      region: 'eu-central-1',
    },
  ]);
});

test('a repetition that could not be excluded is the same event, to be recognised by its id', async () => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'EmitTenantProvisioned');
  world.loseAnswer('PutEvents');
  await expect(runStep(world, 'EmitTenantProvisioned', tenantId)).rejects.toThrow();
  world.advance(3_600_000);
  await runStep(world, 'EmitTenantProvisioned', tenantId);
  expect(details(world)).toHaveLength(2);
  expect(details(world)[1]).toEqual(details(world)[0]);
});

test('other tenants have other event ids', async () => {
  const world = newWorld();
  for (let count = 0; count < 3; count += 1)
    await runStep(world, 'EmitTenantProvisioned', await tenantBefore(world, 'EmitTenantProvisioned'));
  expect(new Set(details(world).map(({ eventId }) => eventId)).size).toBe(3);
});

test.each([
  ['InternalFailure', 'retry', 'InternalFailure'],
  ['ThrottlingException', 'retry', 'Throttled'],
  ['NotAuthorizedForSourceException', 'bug', 'NotAuthorizedForSourceException'],
])('an event that the bus did not take fails the step, though PutEvents answers 200: %s', async (ErrorCode, failureClass, name) => {
  const world = newWorld();
  const tenantId = await tenantBefore(world, 'EmitTenantProvisioned');
  world.answerOnce(PutEventsCommand, { FailedEntryCount: 1, Entries: [{ ErrorCode, ErrorMessage: 'arn:aws:events:x' }] });
  await expect(runStep(world, 'EmitTenantProvisioned', tenantId)).rejects.toMatchObject({
    name,
    message: expect.stringMatching(/^EventBridge\.PutEvents failed/),
  });
  expect(stepRecord(world, tenantId, 'EmitTenantProvisioned')).toMatchObject({
    state: 'FAILED',
    failure: { class: failureClass, error: ErrorCode },
  });
});
