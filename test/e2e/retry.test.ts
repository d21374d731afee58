import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { RetryAccepted } from '../../contracts/retry.ts';
import type { TenantDetail } from '../../contracts/tenant.ts';
import { expectWholeChain } from '../support/chain.ts';
import { aftermathOf } from './support/aftermath.ts';
import { api, expectProblem } from './support/api.ts';
import { confirmWithRoom } from './support/cell-room.ts';
import { cannotAssumeTenant } from './support/faults.ts';
import { auditEvents, executionsOf, historyOf, readHead, slugOwner, usersWith } from './support/records.ts';
import { confirm, newRequest, onboard, readStatus, type Signup, signUp, untilOnboarded } from './support/signups.ts';
import { certificatesOf, occupyName, recordsOf, signUpForSilo } from './support/silos.ts';
import { StaffMember } from './support/staff.ts';
import { until } from './support/until.ts';
import { world } from './support/world.ts';

/* What was sent at signup cannot be used, is corrected, and the onboarding ends as if it had been sent so. */

let operator: StaffMember;
let clean: Signup;
beforeAll(async () => {
  [operator, clean] = await Promise.all([StaffMember.signIn(), onboard()]);
});
afterAll(() => operator.leave());

const untilFailed = (tenantId: string, generation = 1) =>
  until(
    `The failure of generation ${generation}`,
    async () => (await executionsOf(tenantId)).find(({ name }) => name?.endsWith(`-${generation}`))?.status === 'FAILED',
  );

/** Corrects the inputs, as soon as no attempt of a step can be under way any more. */
const retry = (tenantId: string, ...inputs: string[]): Promise<RetryAccepted> =>
  until('The correction', async () => {
    const parameters = inputs.flatMap((input) => ['--input', input]);
    const { exitCode, output, errors } = await operator.tenantry(
      'retry',
      tenantId,
      ...parameters,
      '--reason',
      'It was misspelt.',
      '--json',
    );
    if (/Send it again in \d+ seconds/.test(errors)) return undefined;
    expect({ exitCode, errors }).toEqual({ exitCode: 0, errors: '' });
    return RetryAccepted.parse(JSON.parse(output));
  });

test('a name that is taken: the tenant gets another slug, and another one after that, and each former one is free again', async () => {
  const signup = await signUpForSilo();
  const { tenantId, request } = signup;
  const nameOf = (slug: string) => `${slug}.tenants.example`;
  const takenName = nameOf(request.slug);
  const [registered, slug] = [newRequest().slug, newRequest().slug];
  const fault = cannotAssumeTenant('TestTenant');
  await fault.break(tenantId);
  const leave = await occupyName(takenName);
  try {
    await confirmWithRoom(signup);
    await untilFailed(tenantId);
    expect((await readStatus(signup)).steps.find(({ step }) => step === 'RegisterHostName')).toMatchObject({
      state: 'FAILED',
      failure: { nextAction: expect.stringContaining('the entry can be corrected') },
    });
    const headers = await operator.authorization();
    const { body } = await api('GET', `/tenants/${tenantId}`, { headers });
    const { failure } = (body as TenantDetail).steps.find(({ step }) => step === 'RegisterHostName') ?? {};
    expect(failure).toMatchObject({ class: 'needs input', error: 'Conflict', nextAction: expect.stringContaining('tenantry retry') });

    const other = await signUp();
    expectProblem(
      await api('POST', `/tenants/${tenantId}/retry`, { headers, body: { reason: 'Taken.', input: { slug: other.request.slug } } }),
      'slug-taken',
      ['/input/slug'],
    );

    expect(await retry(tenantId, `slug=${registered}`)).toMatchObject({ generation: 2, corrected: ['slug'], step: 'RegisterHostName' });
    await untilFailed(tenantId, 2);
    expect(await readHead(tenantId)).toMatchObject({ hostName: nameOf(registered) });
    await fault.mend(tenantId);
    // Its name is registered by now, and has to go.
    expect(await retry(tenantId, `slug=${slug}`)).toMatchObject({ generation: 3, corrected: ['slug'], step: 'TestTenant' });
    await untilOnboarded(signup);
    expect(await readHead(tenantId)).toMatchObject({ slug, status: 'ACTIVE', hostName: nameOf(slug) });
    expect([(await recordsOf(nameOf(slug))).length, (await certificatesOf(nameOf(slug))).length]).toEqual([3, 1]);
    expect([await recordsOf(nameOf(registered)), await certificatesOf(nameOf(registered))]).toEqual([[], []]);
    expect([await recordsOf(takenName), await certificatesOf(takenName)]).toEqual([[`${takenName}. A 192.0.2.1`], []]);
  } finally {
    await leave();
  }
  expect([await slugOwner(request.slug), await slugOwner(registered)]).toEqual([undefined, undefined]);
  expect((await signUp({ slug: request.slug })).tenantId).not.toBe(tenantId);
  expectWholeChain(await auditEvents(tenantId));
});

test('a wrong address, after its user was made: another is invited, nothing is left of the first, and neither address is told to anybody', async () => {
  const signup = await signUp();
  const { tenantId, request } = signup;
  const fault = cannotAssumeTenant('TestTenant');
  await fault.break(tenantId);
  await confirm(signup);
  await untilFailed(tenantId);
  const former = request.administrator.email;
  expect(await usersWith(former)).toHaveLength(1);
  await fault.mend(tenantId);

  const { email } = newRequest().administrator;
  const { slug } = newRequest();
  const corrected = { ...signup, request: { ...request, slug, administrator: { ...request.administrator, email } } };
  expect(await retry(tenantId, `administrator.email=${email}`, `slug=${slug}`)).toMatchObject({
    generation: 2,
    corrected: ['slug', 'administrator.email'],
    step: 'TestTenant',
  });
  await untilOnboarded(signup);
  expect(await usersWith(former)).toEqual([]);
  expect(await aftermathOf(corrected)).toEqual(await aftermathOf(clean));
  const subjects = async (to: string) => ((await world.mailsTo(to)) ?? []).map(({ subject }) => subject);
  expect(await subjects(email)).toEqual(['Your tenant is ready']);
  expect(await subjects(former)).toEqual(['Confirm your e-mail address']);
  expect([await slugOwner(request.slug), await slugOwner(slug)]).toEqual([undefined, tenantId]);

  const chain = await auditEvents(tenantId);
  expectWholeChain(chain);
  expect(chain.filter(({ type }) => type === 'InputCorrected')).toMatchObject([
    { actor: { kind: 'staff', id: expect.any(String) }, reason: 'It was misspelt.', generation: 2 },
  ]);
  const executions = await executionsOf(tenantId);
  const histories = await Promise.all(executions.map(({ executionArn = '' }) => historyOf(executionArn)));
  const told = JSON.stringify([chain, executions, histories]);
  for (const address of [former, email]) expect(told).not.toContain(address);
  const { output } = await operator.tenantry('show', tenantId);
  expect(output).toMatch(/InputCorrected .*staff .*It was misspelt\./);
});

test('an active tenant is refused, and stays as it is', async () => {
  const { tenantId } = clean;
  const before = await auditEvents(tenantId);
  const headers = await operator.authorization();
  const body = { reason: 'By mistake.', input: { slug: newRequest().slug } };
  expectProblem(await api('POST', `/tenants/${tenantId}/retry`, { headers, body }), 'not-correctable');
  expect(await auditEvents(tenantId)).toEqual(before);
});
