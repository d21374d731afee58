import { beforeEach, describe, expect, test } from '@jest/globals';
import { articleOf, type Finding, findingKinds } from '../../../../contracts/findings.ts';
import { AuditEvent, type AuditEvent as Event } from '../../../../contracts/tenant.ts';
import { closeFinding, findingIdOf, findingsOf, raiseFinding } from '../../../../lambdas/shared/findings.ts';
import { eventsOf, signUpAndConfirm, tenantOf } from '../../../support/onboarding.ts';
import { newWorld, tables, type World } from '../../../support/world.ts';

const minute = 60_000;
const actor = { kind: 'schedule', id: 'SweepTenants' } as const;
let world: World;
let tenantId: string;
beforeEach(async () => {
  world = newWorld();
  tenantId = await signUpAndConfirm(world);
});
const subject = () => ({
  kind: 'RunFailed' as const,
  tenantId,
  runId: tenantOf(world, tenantId).run?.runId,
  generation: 1,
  step: 'PlanTenant' as const,
});
const sighting = (more: object = {}) => ({ ...subject(), reason: 'A test broke it.', actor, ...more });
const found = () => world.database.all(tables.findings) as unknown as Finding[];
const typesOf = (events: readonly Event[]) => events.map(({ type }) => type).filter((type) => type.startsWith('Finding'));
const now = (minutes = 0) => new Date(Date.parse('2026-11-20T08:00:00.000Z') + minutes * minute).toISOString();
const close = (at?: string) => closeFinding(subject(), { actor, reason: 'It goes on.', ...(at ? { at } : {}) });

describe('a finding', () => {
  test('is opened with its audit event, and says what staff do', async () => {
    const { findingId, opened } = await raiseFinding(sighting());
    expect(opened).toBe(true);
    expect(found()).toMatchObject([
      { findingId, kind: 'RunFailed', tenantId, step: 'PlanTenant', openedAt: now(), reason: 'A test broke it.' },
    ]);
    expect(found()[0]?.nextAction).toBe(`Mend the cause, then: tenantry redrive ${tenantId} --reason '…'`);
    expect(eventsOf(world, tenantId).at(-1)).toMatchObject({
      type: 'FindingOpened',
      actor,
      step: 'PlanTenant',
      data: { findingId, kind: 'RunFailed' },
    });
  });

  test('that is found again is noted, without a second event', async () => {
    await raiseFinding(sighting());
    const events = eventsOf(world, tenantId).length;
    world.advance(5 * minute);
    expect(await raiseFinding(sighting())).toEqual({ findingId: findingIdOf(subject()), opened: false });
    expect(found()).toMatchObject([{ openedAt: now(), lastSeenAt: now(5) }]);
    expect(eventsOf(world, tenantId)).toHaveLength(events);
  });

  test('that two see at the same time is opened once', async () => {
    const raised = await Promise.all([1, 2, 3].map(() => raiseFinding(sighting())));
    expect(raised.filter(({ opened }) => opened)).toHaveLength(1);
    expect(typesOf(eventsOf(world, tenantId))).toEqual(['FindingOpened']);
  });

  test('is closed once, with its audit event', async () => {
    await raiseFinding(sighting());
    world.advance(minute);
    expect(await close()).toBe(true);
    expect(await close()).toBe(false);
    expect(found()).toMatchObject([{ closedAt: now(1), closedBy: actor }]);
    expect(typesOf(eventsOf(world, tenantId))).toEqual(['FindingOpened', 'FindingClosed']);
  });

  test('that was closed is opened again by what is seen later, and not by what was seen before', async () => {
    await raiseFinding(sighting());
    world.advance(10 * minute);
    await close();
    expect(await raiseFinding(sighting({ at: now(9) }))).toMatchObject({ opened: false });
    expect(await raiseFinding(sighting({ at: now(11) }))).toMatchObject({ opened: true });
    expect(found()).toMatchObject([{ openedAt: now(11) }]);
    expect(found()[0]).not.toHaveProperty('closedAt');
  });

  test('is not closed by what was seen before it was opened', async () => {
    await raiseFinding(sighting({ at: now(10) }));
    expect(await close(now(9))).toBe(false);
    expect(await close(now(10))).toBe(true);
  });

  test('that nobody opened is not closed', async () => {
    expect(await close()).toBe(false);
    expect(typesOf(eventsOf(world, tenantId))).toEqual([]);
  });

  test('of the platform has its event in the platform’s chain', async () => {
    const about = 'cus_1';
    await raiseFinding({ kind: 'RunLost', about, reason: 'Nobody knows it.', actor });
    world.advance(minute);
    await raiseFinding({ kind: 'RunLost', about: 'cus_2', reason: 'Nobody knows it.', actor });
    await closeFinding({ kind: 'RunLost', about }, { actor, reason: 'It is gone.' });
    const events = (world.database.all(tables.events) as unknown as Event[]).filter((event) => event.tenantId === 'PLATFORM');
    expect(events.map(({ seq, type }) => [seq, type])).toEqual([
      [1, 'FindingOpened'],
      [2, 'FindingOpened'],
      [3, 'FindingClosed'],
    ]);
    for (const event of events) expect(AuditEvent.safeParse(event).error).toBeUndefined();
    expect(events[1]?.prevHash).toBe(events[0]?.hash);
    expect((await findingsOf(undefined)).map(({ about: of, closedAt }) => [of, closedAt !== undefined])).toEqual([
      ['cus_1', true],
      ['cus_2', false],
    ]);
  });
});

test('what it is of makes the id: another run, generation, step or thing is another finding', () => {
  const ids = [
    {},
    { generation: 2 },
    { step: undefined },
    { runId: 'other' },
    { about: 'x' },
    { tenantId: undefined },
    { kind: 'RunLost' as const },
  ].map((more) => findingIdOf({ ...subject(), ...more }));
  expect(new Set(ids).size).toBe(ids.length);
});

test.each(Object.keys(findingKinds) as (keyof typeof findingKinds)[])('%s names its article', (kind) => {
  expect(articleOf(kind)).toBe(`docs/runbook.md#${kind.toLowerCase()}`);
});
