import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { costOf, prices } from './prices.ts';
import type { Traced } from './units.ts';

type Properties = { Rules?: unknown[]; TracingEnabled?: boolean; TracingConfiguration?: { Enabled?: boolean } };
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

/** What X-Ray follows in a deployment of this assembly. */
export function tracedIn(assembly: string): Traced {
  const resources = resourcesOf(assembly);
  const has = (type: string, on: (properties: Properties) => boolean | undefined) =>
    resources.some(({ Type, Properties = {} }) => Type === type && on(Properties));
  return {
    workflow: has('AWS::StepFunctions::StateMachine', ({ TracingConfiguration }) => TracingConfiguration?.Enabled) ? 1 : 0,
    api: has('AWS::ApiGateway::Stage', ({ TracingEnabled }) => TracingEnabled),
  };
}

function resourcesOf(assembly: string) {
  return readdirSync(assembly)
    .filter((name) => name.endsWith('.template.json'))
    .flatMap((file) => Object.values((JSON.parse(readFileSync(join(assembly, file), 'utf8')) as Template).Resources ?? {}));
}
