import { synthesise } from '../local/synthesise.ts';
import { fixedCosts, tracedIn } from './cost/fixed-costs.ts';
import { costOf, type PipelineUnit, prices } from './cost/prices.ts';
import { type ApartUnits, type Units, unitsOf } from './cost/units.ts';
import type { Figures } from './figures.ts';
import { openAccount } from './measure/account.ts';
import { confirm, readStatus, signUp, until } from './measure/customer.ts';
import { Meter } from './measure/meter.ts';
import { type MeasuredStack, openStack } from './measure/stack.ts';

/** What 1,000 pooled onboardings may cost, in dollars. */
export const goalUsdPer1000 = 0.4;

/** Onboards one tenant, as a customer does who looks at the status once, and counts what that took. */
export async function measureUnits(stack: MeasuredStack, tier: string) {
  const traced = tracedIn(await synthesise({ log: () => undefined }));
  const account = openAccount(stack);
  const meter = new Meter(stack.endpoint);
  try {
    const [shapes, handlers] = [await account.tableShapes(), await account.handlers()];
    await meter.start();
    const signup = await signUp(stack, tier);
    await confirm(stack, signup);
    const history = await account.history(await account.endedExecution(signup.accepted.tenantId));
    const { status } = await readStatus(signup);
    if (status !== 'ACTIVE') throw new Error(`The tenant is ${status}.`);
    // A reaction that has served its record may still be writing its log.
    await until('The last invocation', async () =>
      (await meter.read()).invocations.some(({ function: name }) => handlers.get(name) === 'api/get-signup') ? true : undefined,
    );
    const mails = (await stack.mails()).filter(({ to }) => to.includes(signup.email)).length;
    return unitsOf(await meter.stop(), history, shapes, handlers, { administratorKeyId: stack.credentials.accessKeyId, traced, mails });
  } finally {
    await meter.stop();
    account.close();
  }
}

/** Dollars for 1,000 tenants, by unit; the dearest first. */
export function pricesOf(units: Units): { unit: PipelineUnit; units: number; usdPer1000: number }[] {
  return (Object.keys(units) as PipelineUnit[])
    .map((unit) => ({ unit, units: units[unit], usdPer1000: 1000 * costOf(units[unit], prices.pipeline[unit]) }))
    .toSorted((one, other) => other.usdPer1000 - one.usdPer1000);
}
export const usdPer1000Of = (units: Units): number => pricesOf(units).reduce((sum, { usdPer1000 }) => sum + usdPer1000, 0);

const apartPer1000 = (apart: ApartUnits) =>
  (['cognitoUsers', 'mails'] as const).map((unit) => ({
    unit,
    units: apart[unit],
    usdPer1000: 1000 * costOf(apart[unit], prices.apart[unit]),
  }));

const table = (rows: readonly { unit: string; units: number; usdPer1000: number }[], whats: Readonly<Record<string, { what: string }>>) =>
  rows.map(
    ({ unit, units, usdPer1000 }) => `  ${units.toFixed(units % 1 ? 3 : 0).padStart(9)}  $${usdPer1000.toFixed(4)}  ${whats[unit]?.what}`,
  );

/** What an onboarding costs at list prices, from units that were counted in a run. */
export async function cost(log: (line: string) => void): Promise<Figures> {
  const stack = await openStack(log);
  try {
    // The first tenant starts the functions' processes, which no tenant after it pays for.
    await measureUnits(stack, 'starter');
    const { units, apart, invocationsByHandler } = await measureUnits(stack, 'starter');
    const usdPer1000 = usdPer1000Of(units);
    const fixed = fixedCosts(await synthesise({ log }));
    return {
      text: [
        `Pooled onboarding, a tenant; list prices of ${prices.region} of ${prices.asOf} (bench/prices.json names each source):`,
        '      units  per 1,000 tenants',
        ...table(pricesOf(units), prices.pipeline),
        `  total      $${usdPer1000.toFixed(4)}  goal: at most $${goalUsdPer1000.toFixed(2)}`,
        'Apart from it:',
        ...table(apartPer1000(apart), prices.apart),
        ...fixed.map(
          ({ type, count, usdPerMonth }) =>
            `  ${String(count).padStart(9)}  $${usdPerMonth.toFixed(2)} a month  ${prices.fixedMonthly[type]?.what}`,
        ),
        `Invocations: ${Object.entries(invocationsByHandler)
          .map(([handler, count]) => `${handler} ${count}`)
          .join(', ')}`,
      ],
      json: {
        usdPer1000,
        units,
        invocationsByHandler,
        apart: { ...apart, usdPer1000: apartPer1000(apart).reduce((sum, each) => sum + each.usdPer1000, 0) },
        fixedUsdPerMonth: fixed.reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0),
        prices: { region: prices.region, asOf: prices.asOf },
        goal: goalUsdPer1000,
      },
      missed:
        usdPer1000 > goalUsdPer1000
          ? [`1,000 pooled onboardings cost $${usdPer1000.toFixed(4)}, more than $${goalUsdPer1000.toFixed(2)}`]
          : [],
    };
  } finally {
    await stack.close();
  }
}
