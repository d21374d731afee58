import type { Command } from 'commander';
import type { BillingCheck } from '../../contracts/billing-check.ts';
import { billingFacts } from '../billing-facts.ts';
import { contextOf } from '../context.ts';
import { examples } from '../options.ts';
import { facts, printJson, printLines, printNote, table } from '../output.ts';

const example = examples(
  'tenantry billing check 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1',
  'tenantry billing check 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1 --customer cus_Q8sTq2wXy4Zk1a',
);

/** Adds the commands about what tenants pay. */
export function billing(program: Command): void {
  const group = program
    .command('billing')
    .summary('look after what tenants pay')
    .description('Looks after what tenants pay at the payment provider. Needs you to be signed in.')
    .addHelpText('after', example);
  group
    .command('check')
    .summary('compare a tenant with the payment provider')
    .description(
      'Compares a tenant with the payment provider at once, mends what is safe, opens findings for the rest, and closes those that no longer hold. It is done for all tenants in turn by itself. Needs you to be signed in.',
    )
    .argument('<tenantId>', 'the id of the tenant')
    .option('--customer <id>', 'look at this customer at the provider too, such as one that was made in the place of a deleted one')
    .addHelpText('after', example)
    .action(async (tenantId: string, { customer }: { customer?: string }, command: Command) => {
      const context = contextOf(command);
      const checked = await context.call('CheckBilling', { path: { tenantId }, body: customer ? { customerId: customer } : {} });
      if (context.json) return printJson(checked);
      print(checked);
    });
}

const done: Record<BillingCheck['mended'][number]['does'], string> = {
  settle: 'Settled its billing.',
  'take-up-subscription': 'Took up a subscription',
  'take-up-customer': 'Took up a customer with its subscription',
  'cancel-subscription': 'Ended a subscription too many',
  'return-payment': 'Canceled a payment, or paid it back',
};

function print({ tenantId, billing: state, mended, findings }: BillingCheck): void {
  printLines([
    ...facts([['Tenant', tenantId], ...billingFacts(state)]),
    ...mended.map(({ does, customerId, subscriptionId, paymentIntentId }) =>
      does === 'settle' ? done.settle : `${done[does]}: ${[customerId, subscriptionId, paymentIntentId].filter(Boolean).join(', ')}.`,
    ),
    ...(findings.length > 0
      ? [
          '',
          ...table(
            ['FINDING', 'SINCE', 'REASON'],
            findings.map(({ kind, openedAt, reason }) => [kind, openedAt, reason]),
          ),
          ...findings.map(({ nextAction, article }) => `${nextAction} ${article}`),
        ]
      : []),
  ]);
  if (!state) printNote('The tenant pays nothing.');
  else if (findings.length === 0) printNote('No finding of its billing is open.');
}
