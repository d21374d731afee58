import { join } from 'node:path';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import onboardingLimits from '../../catalog/onboarding.json' with { type: 'json' };
import { platform } from '../../contracts/tenant.ts';
import { stateDirectory } from '../../local/checkout.ts';
import { type LocalStack, startLocalStack } from '../../local/stack.ts';
import type { Signup } from '../e2e/support/signups.ts';
import type { StaffMember } from '../e2e/support/staff.ts';
import { expectWholeChain } from '../support/chain.ts';

/*
 * Onboarding pauses when one step fails for tenant after tenant, and goes on by itself when a tenant has passed it; and by hand. It turns everybody away, so that this has
 * a local stack to itself.
 */

let stack: LocalStack;
let clients: typeof import('../e2e/support/clients.ts');
let faults: typeof import('../e2e/support/faults.ts');
let records: typeof import('../e2e/support/records.ts');
let schedules: typeof import('../e2e/support/schedules.ts');
let signups: typeof import('../e2e/support/signups.ts');
let until: typeof import('../e2e/support/until.ts')['until'];
let operator: StaffMember;
beforeAll(async () => {
  const recordFile = join(stateDirectory, `alone-${process.pid}.json`);
  stack = await startLocalStack({ log: () => undefined, recordFile });
  // What the end-to-end tests see and act with, on this stack: they read its record as they load.
  process.env['TENANTRY_LOCAL_STACK'] = recordFile;
  clients = await import('../e2e/support/clients.ts');
  faults = await import('../e2e/support/faults.ts');
  records = await import('../e2e/support/records.ts');
  schedules = await import('../e2e/support/schedules.ts');
  signups = await import('../e2e/support/signups.ts');
  ({ until } = await import('../e2e/support/until.ts'));
  const { StaffMember: member } = await import('../e2e/support/staff.ts');
  operator = await member.signIn();
});
afterAll(async () => {
  await operator?.leave();
  await stack?.stop();
});

async function onboarding(...parameters: string[]): Promise<{ state: string; step?: string; reason?: string; probe?: string }> {
  const { exitCode, output, errors } = await operator.tenantry('onboarding', ...parameters, '--json');
  expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
  return JSON.parse(output);
}
const untilOnboarding = (wanted: string) =>
  until(`Onboarding to be ${wanted}`, async () => {
    const found = await onboarding('show');
    return found.state === wanted && found;
  });
const postSignup = () => signups.postSignup(signups.newRequest());
const wordsTo = async (signup: Signup) => (await signups.readStatus(signup)).next[0]?.description;

async function failsAt(step: 'EstablishIsolation'): Promise<void> {
  const signup = await signups.signUp();
  await faults.cannotAssumeTenant(step).break(signup.tenantId);
  await signups.confirm(signup);
}

/** What the schedule does every 5 minutes. */
const sweep = () => schedules.runs('SweepTenants');

/** As if the time until one run may try were over. */
const passProbeTime = () =>
  clients.documents.send(
    new UpdateCommand({
      TableName: clients.output('TenantsTableName'),
      Key: { pk: platform, sk: platform },
      UpdateExpression: 'SET onboarding.probeAt = :past',
      ExpressionAttributeValues: { ':past': new Date(Date.now() - 1_000).toISOString() },
    }),
  );

test('it pauses when a step failed for enough tenants in a row, holds what was accepted, and goes on when one has passed', async () => {
  const accepted = await signups.signUp();
  await Promise.all(Array.from({ length: onboardingLimits.failuresInARow }, () => failsAt('EstablishIsolation')));
  expect(await untilOnboarding('paused')).toMatchObject({
    step: 'EstablishIsolation',
    reason: `EstablishIsolation failed for ${onboardingLimits.failuresInARow} tenants in a row.`,
  });
  const refused = await postSignup();
  expect(refused).toMatchObject({ status: 503, body: { type: 'urn:problem-type:tenantry:onboarding-paused' } });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);

  await signups.confirm(accepted);
  expect(await wordsTo(accepted)).toMatch(/^New tenants are not set up at the moment\./);
  await records.waitedForLong(accepted.tenantId);
  await sweep();
  expect(await records.executionsOf(accepted.tenantId)).toEqual([]);

  await passProbeTime();
  expect((await onboarding('show')).state).toBe('half-open');
  await sweep();
  await signups.untilOnboarded(accepted);
  await untilOnboarding('open');
  expect((await postSignup()).status).toBe(202);
  const chain = await records.auditEvents(platform);
  expectWholeChain(chain);
  expect(chain.map(({ type }) => type).filter((type) => type.startsWith('Onboarding'))).toEqual([
    'OnboardingPaused',
    'OnboardingProbed',
    'OnboardingResumed',
  ]);
});

test('by hand it pauses until it is resumed by hand, and what waited is started then', async () => {
  const waiting = await signups.signUp();
  expect(await onboarding('pause', '--reason', 'The region has trouble.')).toMatchObject({
    state: 'paused',
    reason: 'The region has trouble.',
  });
  await signups.confirm(waiting);
  expect((await postSignup()).status).toBe(503);
  expect((await onboarding('resume', '--reason', 'It is over.')).state).toBe('open');
  await records.waitedForLong(waiting.tenantId);
  await sweep();
  await signups.untilOnboarded(waiting);
});
