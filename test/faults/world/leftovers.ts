import { abandonSteps } from '../../../contracts/steps.ts';
import { chainProblems } from '../../support/chain-problems.ts';
import type { Item } from './tables.ts';
import type { TenantWorld } from './world.ts';

/* What stays of a tenant that was given up. Every store that is not named here must have nothing of it. */

/** All that its head says. */
const headStays = [
  ...[
    'pk',
    'sk',
    'tenantId',
    'slug',
    'tier',
    'tierVersion',
    'region',
    'status',
    'revision',
    'signedUpAt',
    'statusChangedAt',
    'termsVersion',
  ],
  ...[
    'administratorId',
    'administratorUsername',
    'conditionsMet',
    'signupKeyHash',
    'readerTokenHash',
    'confirmationTokenHash',
    'run',
    'notUndone',
  ],
  ...['payment', 'statusPartition', 'tierPartition', 'listPosition'],
];

interface Records {
  readonly items: readonly Item[];
  readonly slug?: Item;
  readonly signup?: Item;
}

function ofRecords({ items, slug, signup }: Records): string[] {
  const head = items.find(({ sk }) => sk === 'TENANT') ?? {};
  const others = items.filter((item) => item !== head && !String(item['sk']).startsWith('STEP#'));
  return [
    ...(head['status'] === 'ABANDONED' ? [] : [`It is ${head['status']}.`]),
    ...Object.keys(head).flatMap((field) => (headStays.includes(field) ? [] : [`Its head still says ${field}.`])),
    ...others.map(({ sk }) => `Its record ${sk} is left.`),
    ...(slug ? ['Its slug is not free.'] : []),
    ...(signup?.['abandonedAt'] ? [] : ['Its signup does not say that it was abandoned.']),
  ];
}

interface Billing {
  readonly payments: readonly { readonly status: string; readonly amount: number }[];
  readonly refunds: readonly { readonly amount: number }[];
  readonly subscriptions: readonly { readonly status: string }[];
}

function ofBilling(billing: Billing | undefined): string[] {
  const { payments = [], refunds = [], subscriptions = [] } = billing ?? {};
  const paid = payments.filter(({ status }) => status === 'succeeded').map(({ amount }) => amount);
  const back = refunds.map(({ amount }) => amount);
  return [
    ...subscriptions.filter(({ status }) => status !== 'canceled').map(({ status }) => `Its subscription is ${status}.`),
    ...(paid.join() === back.join() ? [] : [`It paid ${paid.join() || 'nothing'} and got ${back.join() || 'nothing'} back.`]),
  ];
}

const stays: Readonly<Record<string, (found: never) => string[]>> = {
  'TenantRecords/Tenants': ofRecords,
  'TenantRecords/Events': (events: readonly Item[]) =>
    abandonSteps.flatMap((name) => {
      const times = events.filter(({ type, step }) => type === 'StepSucceeded' && step === name).length;
      return times === 1 ? [] : [`${name} has succeeded ${times} times.`];
    }),
  PaymentProvider: ofBilling,
  // Its billing is asked for by a message that nobody takes back; whoever takes it finds nothing to bill.
  'Billing/Queue': () => [],
};

const isNothing = (found: unknown) => found === undefined || (Array.isArray(found) && found.length === 0);

/** @returns what is left of a tenant that was given up and must not be, in words */
export const leftovers = ({ comparable, events }: TenantWorld): string[] => [
  ...chainProblems(events),
  ...Object.entries(comparable).flatMap(([store, found]) =>
    store in stays
      ? (stays[store] as (found: unknown) => string[])(found)
      : isNothing(found)
        ? []
        : [`${store} still has ${JSON.stringify(found)}.`],
  ),
];
