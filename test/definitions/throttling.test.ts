import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { loadCatalog } from '../../catalog/catalog.ts';
import { projectPath } from '../../lib/project.ts';
import type { Json } from '../../local/step-functions/json.ts';
import { StatesError } from '../../local/step-functions/states-error.ts';
import { fails, World } from '../unit/local/step-functions/support/world.ts';

/* The workflows as they are deployed, on a virtual clock, while their functions are throttled. */

type Definition = { States: Record<string, { Type: string; Arguments?: { Payload: Record<string, unknown> } }> };

/** A workflow whose functions are told which step they are, as the world's functions must be. */
function workflow(name: 'onboard' | 'abandon'): Definition {
  const definition = JSON.parse(readFileSync(projectPath(`statemachines/${name}-tenant.asl.json`), 'utf8')) as Definition;
  for (const [step, { Arguments }] of Object.entries(definition.States)) if (Arguments) Arguments.Payload['step'] = step;
  return definition;
}
const tasksOf = ({ States }: Definition) => Object.entries(States).flatMap(([name, { Type }]) => (Type === 'Task' ? [name] : []));

/** A world in which every step of these workflows succeeds at once. */
function newWorld(): World {
  const world = new World();
  for (const step of [...tasksOf(workflow('onboard')), ...tasksOf(workflow('abandon'))])
    world.let(step, () => ({ ready: true, askAgainSeconds: 2 }));
  world.let(
    'PlanTenant',
    () =>
      ({
        steps:
          loadCatalog()
            .tiers.find(({ tier }) => tier === 'enterprise')
            ?.steps.map(({ step }) => step) ?? [],
      }) as Json,
  );
  return world;
}
const input = (tenantId: string) => ({ tenantId, runId: `onboard-${tenantId}`, generation: 1 });

describe.each(['onboard', 'abandon'] as const)('the workflow %s', (name) => {
  test.each(tasksOf(workflow(name)))(
    'goes on by itself from %s when that was throttled for a quarter of an hour, and failed otherwise meanwhile',
    async (step) => {
      const world = newWorld();
      let calls = 0;
      const well = 15 * 60_000;
      world.let(step, (payload, call) => {
        calls += 1;
        // Every other kind of failure has four tries of its own.
        if (calls % 4 === 0 && calls <= 16) return fails('Sandbox.Timedout')(payload, call);
        if (world.elapsed < well) return fails(calls % 2 ? 'Throttled' : 'Lambda.TooManyRequestsException')(payload, call);
        return { ready: true, askAgainSeconds: 2, steps: [] };
      });
      const execution = await world.run(workflow(name), input('one'));
      expect([execution.status, execution.error]).toEqual(['SUCCEEDED', undefined]);
      // It is there soon after the service is well again.
      expect(world.elapsed).toBeLessThan(well + 3 * 60_000);
    },
  );
});

test('a burst leaves no run behind that is 400 seconds of the rate of Cognito, as 1,000 tenants are at a tenth of it', async () => {
  const world = newWorld();
  const [tenants, perSecond, perTenant] = [250, 1.25, 2];
  // What the SDK tries itself is left out: it makes each try of the workflow likelier to be served.
  let [tokens, filledAt, served] = [perSecond, 0, 0];
  const create = () => {
    tokens = Math.min(perSecond, tokens + ((world.elapsed - filledAt) / 1_000) * perSecond);
    filledAt = world.elapsed;
    if (tokens < 1)
      throw new StatesError('Throttled', 'CognitoIdentityProvider.AdminCreateUser failed with TooManyRequestsException (retry)');
    tokens -= 1;
    served += 1;
    return {};
  };
  world.let('CreateAdminUser', create);
  world.let('InviteAdministrator', create);
  const executions = Array.from({ length: tenants }, (_, place) => world.start(workflow('onboard'), input(`tenant-${place}`)));
  await world.clock.runUntilIdle();
  expect(executions.map(({ status }) => status).filter((status) => status !== 'SUCCEEDED')).toEqual([]);
  expect(served).toBe(tenants * perTenant);
});
