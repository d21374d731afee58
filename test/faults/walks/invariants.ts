import type { Check } from '../../../contracts/steps.ts';
import { tierOf } from '../../../lambdas/shared/catalog.ts';
import { transitions } from '../../../lambdas/shared/lifecycle.ts';
import type { Execution } from '../../../local/step-functions/execution.ts';
import { chainProblems } from '../../support/chain-problems.ts';
import type { Snapshot } from './snapshots.ts';

/** Facts of which each tenant has at most one, whatever befell it. */
const once = [
  'SignedUp',
  'EmailConfirmed',
  'SignupExpired',
  'PaymentRequested',
  'PaymentSucceeded',
  'PaymentRefunded',
  'SubscriptionCreated',
];
/** In these a tenant has its slug. */
const living = ['PENDING', 'PROVISIONING', 'ACTIVE'];

/** What a tenant is, and was when it was looked at last; with its executions, and how often its card was charged. */
export interface Look {
  readonly now: Snapshot;
  readonly before: Snapshot | undefined;
  readonly executions: readonly Execution[];
  readonly timesPaid: number;
}

type Rule = (now: Snapshot, before: Snapshot | undefined, executions: readonly Execution[], timesPaid: number) => string[];

const unless = (holds: boolean, otherwise: string): string[] => (holds ? [] : [otherwise]);

const rules: readonly Rule[] = [
  ({ tenant, events }) => [
    ...chainProblems(events),
    ...unless(
      tenant.chain.seq === events.length && tenant.chain.hash === events.at(-1)?.hash,
      `The head stands at event ${tenant.chain.seq}, and the chain ends with ${events.length}.`,
    ),
  ],
  ({ tenant, events }, before) => [
    ...unless(!before || tenant.revision >= before.tenant.revision, `The revision fell to ${tenant.revision}.`),
    ...unless(!before || events.length >= before.events.length, `The chain was cut to ${events.length} events.`),
    ...unless(
      !before || before.tenant.status === tenant.status || tenant.revision > before.tenant.revision,
      `It became ${tenant.status} in the same revision ${tenant.revision}.`,
    ),
    ...unless(
      !before ||
        before.tenant.status === tenant.status ||
        transitions.some(({ from, to }) => from === before.tenant.status && to === tenant.status),
      `It went from ${before?.tenant.status} to ${tenant.status}.`,
    ),
  ],
  ({ events }) => {
    const facts = events.map(({ type, step = '', runId = '' }) => (type === 'StepSucceeded' ? `${type} ${runId} ${step}` : type));
    const doubled = facts.filter(
      (fact, place) => (once.includes(fact) || fact.startsWith('StepSucceeded')) && facts.indexOf(fact) !== place,
    );
    return doubled.map((fact) => `It is told twice: ${fact}.`);
  },
  ({ tenant, steps, users }, _before, executions) =>
    ['PENDING', 'EXPIRED'].includes(tenant.status)
      ? [
          ...unless(steps.length === 0, `It is ${tenant.status} and has records of steps.`),
          ...unless(users.length === 0, `It is ${tenant.status} and has a user.`),
          ...unless(executions.length === 0, `It is ${tenant.status} and has an execution.`),
          ...unless(!tenant.silo && !tenant.cell, `It is ${tenant.status} and has a silo.`),
        ]
      : [],
  ({ tenant, users }) => [
    ...unless(users.length <= 1, `The administrator has ${users.length} users.`),
    ...users.flatMap((user) => unless(user.tenantId === tenant.tenantId, `The administrator's user is of the tenant ${user.tenantId}.`)),
    ...unless(
      !tenant.administratorUsername || users.some(({ username }) => username === tenant.administratorUsername),
      'The administrator that the head names has no user.',
    ),
  ],
  ({ tenant }, _before, executions) => [
    ...unless(
      executions.filter(({ status }) => status === 'RUNNING').length <= 1 || (tenant.run?.generation ?? 0) > 1,
      'Two executions run.',
    ),
    ...unless(
      executions.length <= (tenant.run?.generation ?? 0),
      `There are ${executions.length} executions of ${tenant.run?.generation} generations.`,
    ),
  ],
  ({ tenant, slugOwner }) =>
    living.includes(tenant.status)
      ? unless(slugOwner === tenant.tenantId, `It is ${tenant.status}, and its slug is ${slugOwner ?? 'nobody'}’s.`)
      : unless(slugOwner !== tenant.tenantId, `It is ${tenant.status} and keeps its slug.`),
  ({ tenant, events }, _before, _executions, timesPaid) => {
    const { price } = tierOf(tenant.tier) ?? {};
    const paid = events.findIndex(({ type }) => type === 'PaymentSucceeded');
    const moved = events.findIndex(({ data }) => data['to'] === 'PROVISIONING');
    return [
      ...unless(timesPaid <= 1, `Its card was charged ${timesPaid} times.`),
      ...unless(paid < 0 || timesPaid > 0, 'It is noted as paid, and nobody has paid.'),
      ...unless(moved < 0 || !price || (paid >= 0 && paid <= moved), `It is ${tenant.status} and was not paid for.`),
    ];
  },
  ({ tenant, steps, events }) => {
    if (tenant.status !== 'ACTIVE') return [];
    const tested = steps.find(({ step, runId }) => step === 'TestTenant' && runId === tenant.run?.runId);
    const told = events.findIndex(({ type, step }) => type === 'StepSucceeded' && step === 'TestTenant');
    const activated = events.findIndex(({ type, step }) => type === 'StepSucceeded' && step === 'ActivateTenant');
    const checks = (events[told]?.data['checks'] ?? []) as unknown as Check[];
    return [
      ...unless(tested?.state === 'SUCCEEDED', 'It is ACTIVE, and TestTenant has not succeeded.'),
      ...unless(told >= 0 && told < activated, 'It was ACTIVE before the checks had passed.'),
      ...unless(
        checks.length > 0 && checks.every(({ expected, outcome }) => expected === outcome),
        'It is ACTIVE, and the evidence does not say that each check passed.',
      ),
    ];
  },
];

/** @returns what must never be so and is, in words */
export const brokenRules = ({ now, before, executions, timesPaid }: Look): string[] =>
  rules.flatMap((rule) => rule(now, before, executions, timesPaid));
