import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { costOf, prices } from './prices.ts';
import type { Traced } from './units.ts';

interface Properties {
  readonly Rules?: unknown[];
  readonly Description?: string;
  readonly TracingEnabled?: boolean;
  readonly TracingConfiguration?: { readonly Enabled?: boolean };
  readonly LoggingConfiguration?: { readonly Level?: string };
  readonly TracingConfig?: { readonly Mode?: string };
  readonly SamplingRule?: { readonly ServiceType: string; readonly FixedRate: number; readonly ReservoirSize: number };
}
type Resource = { Type: string; Properties?: Properties };

interface FixedCost {
  readonly type: string;
  readonly count: number;
  readonly usdPerMonth: number;
}

/** What the deployment costs a month when nobody signs up, counted in the templates of a synthesised assembly, by type of resource. */
export const fixedCosts = (assembly: string): FixedCost[] => monthly(resourcesOf(assembly));

/** What one silo costs a month, whatever is done in it. */
export const fixedCostsOfSilo = (assembly: string): FixedCost[] => monthly(resourcesIn(join(assembly, 'silo', 'template.json')));

function monthly(resources: readonly Resource[]): FixedCost[] {
  const counts = new Map<string, number>();
  const add = (type: string, count: number) => counts.set(type, (counts.get(type) ?? 0) + count);
  for (const { Type, Properties } of resources) {
    add(Type, 1);
    if (Type === 'AWS::WAFv2::WebACL') add(`rule of ${Type}`, Properties?.Rules?.length ?? 0);
  }
  return Object.entries(prices.fixedMonthly).flatMap(([type, price]) => {
    const count = counts.get(type) ?? 0;
    return count > 0 ? [{ type, count, usdPerMonth: costOf(count, price) }] : [];
  });
}

/** Whether Step Functions logs each event of an execution, and not only errors. */
export const logsExecutions = (assembly: string): boolean =>
  resourcesOf(assembly).some(
    ({ Type, Properties }) => Type === 'AWS::StepFunctions::StateMachine' && Properties?.LoggingConfiguration?.Level === 'ALL',
  );

/** Whether each request to the API is looked at by a firewall. */
export const hasFirewall = (assembly: string): boolean =>
  resourcesOf(assembly).some(({ Type }) => Type === 'AWS::WAFv2::WebACLAssociation');

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

const resourcesOf = (assembly: string): Resource[] =>
  readdirSync(assembly)
    .filter((name) => name.endsWith('.template.json'))
    .flatMap((file) => resourcesIn(join(assembly, file)));

const resourcesIn = (template: string): Resource[] =>
  Object.values((JSON.parse(readFileSync(template, 'utf8')) as { Resources?: Record<string, Resource> }).Resources ?? {});
