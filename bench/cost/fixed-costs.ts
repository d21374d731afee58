import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { costOf, prices } from './prices.ts';
import type { Traced } from './units.ts';

interface Properties {
  readonly Rules?: unknown[];
  readonly Description?: string;
  readonly TracingEnabled?: boolean;
  readonly TracingConfiguration?: { readonly Enabled?: boolean };
  readonly TracingConfig?: { readonly Mode?: string };
  readonly SamplingRule?: { readonly ServiceType: string; readonly FixedRate: number; readonly ReservoirSize: number };
}
type Template = { Resources?: Record<string, { Type: string; Properties?: Properties }> };

/** What the deployment costs a month when nobody signs up, counted in the templates of a synthesised assembly, by type of resource. */
export function fixedCosts(assembly: string): { type: string; count: number; usdPerMonth: number }[] {
  const counts = new Map<string, number>();
  const add = (type: string, count: number) => counts.set(type, (counts.get(type) ?? 0) + count);
  for (const { Type, Properties } of resourcesOf(assembly)) {
    add(Type, 1);
    if (Type === 'AWS::WAFv2::WebACL') add(`rule of ${Type}`, Properties?.Rules?.length ?? 0);
  }
  return Object.entries(prices.fixedMonthly).flatMap(([type, price]) => {
    const count = counts.get(type) ?? 0;
    return count > 0 ? [{ type, count, usdPerMonth: costOf(count, price) }] : [];
  });
}

/** What X-Ray records in a deployment of this assembly. */
export function tracedIn(assembly: string): Traced {
  const resources = resourcesOf(assembly);
  const has = (type: string, on: (properties: Properties) => boolean | undefined) =>
    resources.some(({ Type, Properties = {} }) => Type === type && on(Properties));
  const rules = resources.flatMap(({ Properties }) => (Properties?.SamplingRule ? [Properties.SamplingRule] : []));
  // Without a rule, and within the reservoir of one, X-Ray records everything as long as there is little of it.
  const shareOf = (type: string) => {
    const rule = rules.find(({ ServiceType }) => ServiceType === type);
    return rule?.ReservoirSize === 0 ? rule.FixedRate : 1;
  };
  const [machine, stage] = ['AWS::StepFunctions::StateMachine', 'AWS::ApiGateway::Stage'];
  return {
    workflow: has(machine, ({ TracingConfiguration }) => TracingConfiguration?.Enabled) ? shareOf(machine) : 0,
    api: has(stage, ({ TracingEnabled }) => TracingEnabled) ? shareOf(stage) : 0,
    reactions: has(
      'AWS::Lambda::Function',
      ({ Description, TracingConfig }) => Description?.includes('lambdas/events/') && TracingConfig?.Mode === 'Active',
    )
      ? 1
      : 0,
  };
}

function resourcesOf(assembly: string) {
  return readdirSync(assembly)
    .filter((name) => name.endsWith('.template.json'))
    .flatMap((file) => Object.values((JSON.parse(readFileSync(join(assembly, file), 'utf8')) as Template).Resources ?? {}));
}
