import { synthesise } from '../local/synthesise.ts';
import { fixedCosts, fixedCostsOfSilo, hasFirewall, logsExecutions, tracedIn } from './cost/fixed-costs.ts';
import { costOf, type PipelineUnit, prices } from './cost/prices.ts';
import { type ApartUnits, type Units, unitsOf } from './cost/units.ts';
import type { Figures } from './figures.ts';
import { openAccount } from './measure/account.ts';
import { confirm, payFor, readStatus, signUp, until } from './measure/customer.ts';
import { Meter } from './measure/meter.ts';
import { type MeasuredStack, openStack } from './measure/stack.ts';

/** What 1,000 pooled onboardings may cost, in dollars. */
export const goalUsdPer1000 = 0.4;

/** Onboards one tenant, as a customer does who pays at once, if there is anything to pay, and looks at the status once; counts what that took. */
export async function measureUnits(stack: MeasuredStack, tier: string) {
  const assembly = await synthesise({ log: () => undefined });
  const account = openAccount(stack);
  const meter = new Meter(stack.endpoint);
  try {
    const handlers = await account.handlers();
    await meter.start();
    const signup = await signUp(stack, tier);
    const paid = await payFor(stack, signup);
    await confirm(stack, signup);
    const history = await account.history(await account.endedExecution(signup.accepted.tenantId));
    const { status } = await readStatus(signup);
    if (status !== 'ACTIVE') throw new Error(`The tenant is ${status}.`);
    // A reaction that has served its record may still be writing its log.
    const last = ['api/get-signup', ...(paid ? ['events/settle-billing'] : [])];
    await until('The last invocation', async () => {
      const { invocations } = await meter.read();
      const ended = invocations.map(({ function: name }) => handlers.get(name));
      return last.every((handler) => ended.includes(handler)) ? true : undefined;
    });
    const mails = (await stack.mails()).filter(({ to }) => to.includes(signup.email)).length;
    // A silo's table is there only now.
    return unitsOf(await meter.stop(), history, await account.tableShapes(), handlers, {
      administratorKeyId: stack.credentials.accessKeyId,
      traced: tracedIn(assembly),
      firewall: hasFirewall(assembly),
      executionsLogged: logsExecutions(assembly),
      mails,
    });
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

const monthlyLines = (fixed: ReturnType<typeof fixedCosts>) =>
  fixed.map(
    ({ type, count, usdPerMonth }) =>
      `  ${String(count).padStart(9)}  $${usdPerMonth.toFixed(2)} a month  ${prices.fixedMonthly[type]?.what}`,
  );
const monthlySum = (fixed: ReturnType<typeof fixedCosts>) => fixed.reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0);
const invocationsLine = (invocationsByHandler: Record<string, number>) =>
  `Invocations: ${Object.entries(invocationsByHandler)
    .map(([handler, count]) => `${handler} ${count}`)
    .join(', ')}`;

/** A tenant's own units. The first tenant of a tier starts the functions' processes, which no tenant after it pays for. */
async function measureWarm(stack: MeasuredStack, tier: string) {
  await measureUnits(stack, tier);
  return measureUnits(stack, tier);
}

/** What an onboarding costs at list prices, from units that were counted in a run. */
export async function cost(log: (line: string) => void): Promise<Figures> {
  const stack = await openStack(log);
  try {
    const { units, apart, invocationsByHandler } = await measureWarm(stack, 'starter');
    const silo = await measureWarm(stack, 'enterprise');
    const [usdPer1000, siloUsdPer1000] = [usdPer1000Of(units), usdPer1000Of(silo.units)];
    const assembly = await synthesise({ log });
    const [fixed, fixedOfSilo] = [fixedCosts(assembly), fixedCostsOfSilo(assembly)];
    return {
      text: [
        `Pooled onboarding, a tenant; list prices of ${prices.region} of ${prices.asOf} (bench/prices.json names each source):`,
        '      units  per 1,000 tenants',
        ...table(pricesOf(units), prices.pipeline),
        `  total      $${usdPer1000.toFixed(4)}  goal: at most $${goalUsdPer1000.toFixed(2)}`,
        'Apart from it:',
        ...table(apartPer1000(apart), prices.apart),
        ...monthlyLines(fixed),
        invocationsLine(invocationsByHandler),
        'Silo onboarding, a tenant that pays; its stack takes minutes on AWS and seconds here, and each look at it more is three transitions and an invocation:',
        ...table(pricesOf(silo.units), prices.pipeline),
        `  total      $${siloUsdPer1000.toFixed(4)}`,
        'Apart from it:',
        ...table(apartPer1000(silo.apart), prices.apart),
        ...monthlyLines(fixedOfSilo),
        invocationsLine(silo.invocationsByHandler),
      ],
      json: {
        usdPer1000,
        units,
        invocationsByHandler,
        apart: { ...apart, usdPer1000: apartPer1000(apart).reduce((sum, each) => sum + each.usdPer1000, 0) },
        fixedUsdPerMonth: monthlySum(fixed),
        silo: {
          usdPer1000: siloUsdPer1000,
          units: silo.units,
          invocationsByHandler: silo.invocationsByHandler,
          apart: silo.apart,
          fixedUsdPerMonth: monthlySum(fixedOfSilo),
        },
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
