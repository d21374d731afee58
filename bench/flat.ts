import { randomBytes, randomUUID } from 'node:crypto';
import { BatchWriteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { stopReactions } from '../local/stop-reactions.ts';
import { measureUnits, usdPer1000Of } from './cost.ts';
import { type Figures, median, medianBounds } from './figures.ts';
import { type Account, openAccount } from './measure/account.ts';
import { type Onboarding, recordOnboarding } from './measure/onboarding.ts';
import { type MeasuredStack, openStack } from './measure/stack.ts';

/** What a tenant may take more when there are 10,000 than when there are 10. */
export const goalRatio = 1.05;
const few = 10;
const many = 10_000;
/** One onboarding differs from the next by a tenth or more, by chance; the median of so many pairs differs by a few hundredths. */
const pairs = 60;
const warmUps = 10;
/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const batchItems = 25;

/** Fills the stack with copies of an onboarded tenant's head and slug row, under ids of their own, as if so many tenants had come before. */
async function seed(stack: MeasuredStack, account: Account, like: Onboarding, count: number): Promise<void> {
  const table = stack.outputs['TenantsTableName'] as string;
  const Key = { pk: `TENANT#${like.tenantId}`, sk: 'TENANT' };
  const { Item: head = {} } = await account.documents.send(new GetCommand({ TableName: table, Key }));
  const items = Array.from({ length: count }, () => {
    const tenantId = randomUUID();
    const slug = `seed-${randomBytes(10).toString('hex')}`;
    const listPosition = `${head['signedUpAt']}#${tenantId}`;
    const signupKeyHash = randomBytes(32).toString('base64url');
    return [
      { ...head, pk: `TENANT#${tenantId}`, tenantId, slug, listPosition, signupKeyHash },
      { pk: `SLUG#${slug}`, sk: 'SLUG', tenantId },
    ];
  }).flat();
  for (let from = 0; from < items.length; from += batchItems) {
    const requests = items.slice(from, from + batchItems).map((Item) => ({ PutRequest: { Item } }));
    await account.documents.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
  }
}

async function prepare(log: (line: string) => void, tenants: number) {
  const stack = await openStack(log, { fresh: true });
  const account = openAccount(stack);
  const handlers = await account.handlers();
  const first = await recordOnboarding(stack, account, handlers);
  const resume = await stopReactions(stack);
  await seed(stack, account, first, tenants - 1);
  await resume();
  for (let count = 0; count < warmUps; count += 1) await recordOnboarding(stack, account, handlers);
  return {
    units: () => measureUnits(stack, 'starter').then(({ units }) => units),
    milliseconds: async () => (await recordOnboarding(stack, account, handlers)).confirmedToActive,
    close: async () => {
      account.close();
      await stack.close();
    },
  };
}

/** Whether a tenant takes more when many are there: what it costs in units, and how long it takes, on two stacks that are measured in turn. */
export async function flat(log: (line: string) => void): Promise<Figures> {
  const small = await prepare(log, few);
  const large = await prepare(log, many);
  try {
    const [unitsOfSmall, unitsOfLarge] = [await small.units(), await large.units()];
    // Durations differ by chance; they are the second ratio.
    const counted = { gigabyteSeconds: 0 };
    const unitsRatio = usdPer1000Of({ ...unitsOfLarge, ...counted }) / usdPer1000Of({ ...unitsOfSmall, ...counted });
    const times = [];
    for (let pair = 0; pair < pairs; pair += 1) {
      // In turn, so that neither always comes first.
      const largeFirst = pair % 2 === 0 ? undefined : await large.milliseconds();
      const ofSmall = await small.milliseconds();
      times.push({ small: ofSmall, large: largeFirst ?? (await large.milliseconds()) });
    }
    const ratios = times.map((time) => time.large / time.small);
    const latencyRatio = median(ratios);
    const bounds = medianBounds(ratios);
    const ratio = Math.max(unitsRatio, latencyRatio);
    return {
      text: [
        `A tenant among ${few.toLocaleString('en')} and among ${many.toLocaleString('en')}:`,
        `units ${unitsRatio.toFixed(3)}, weighted by their prices`,
        `latency ${latencyRatio.toFixed(3)}, median of ${pairs} pairs, ${bounds.from.toFixed(3)} to ${bounds.to.toFixed(3)} with a confidence of 95 % (${median(times.map((time) => time.small)).toFixed(0)} ms and ${median(times.map((time) => time.large)).toFixed(0)} ms)`,
        `ratio ${ratio.toFixed(3)} (the larger; goal: at most ${goalRatio})`,
      ],
      json: { ratio, unitsRatio, latencyRatio, latencyBounds: bounds, pairs, few, many, unitsOfSmall, unitsOfLarge, goal: goalRatio },
      missed:
        ratio > goalRatio
          ? [`a tenant among ${many} takes ${ratio.toFixed(3)} times what it takes among ${few}, more than ${goalRatio}`]
          : [],
    };
  } finally {
    await small.close();
    await large.close();
  }
}
