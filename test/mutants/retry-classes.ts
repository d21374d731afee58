import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StateMachineDefinition } from '../../local/step-functions/definition.ts';
import { root } from './syntax.ts';

/** A class of errors that a state's Retry names. */
export interface RetryClass {
  /** `statemachines/onboard-tenant.asl.json/PlanTenant/retry-class-Conflict` */
  readonly id: string;
  readonly kind: 'retry-class';
  readonly file: string;
  readonly line: number;
  readonly workflow: Workflow;
  readonly state: string;
  readonly name: string;
}

const workflows = {
  onboard: 'statemachines/onboard-tenant.asl.json',
  abandon: 'statemachines/abandon-tenant.asl.json',
} as const;
type Workflow = keyof typeof workflows;

interface States {
  readonly States: Record<string, { Retry?: { ErrorEquals: string[] }[] }>;
}

/** Every class in every Retry of the workflows. */
export const retryClasses = (): RetryClass[] => (Object.keys(workflows) as Workflow[]).flatMap(retryClassesOf);

function retryClassesOf(workflow: Workflow): RetryClass[] {
  const file = workflows[workflow];
  const text = readFileSync(join(root, file), 'utf8');
  const lines = text.split('\n');
  return Object.entries((JSON.parse(text) as States).States).flatMap(([state, { Retry = [] }]) => {
    const begins = lines.findIndex((line) => line.startsWith(`    "${state}": {`));
    return Retry.flatMap(({ ErrorEquals }) => ErrorEquals).map((name) => {
      const line = lines.findIndex((each, place) => place > begins && each.includes('"ErrorEquals"') && each.includes(`"${name}"`)) + 1;
      return { id: `${file}/${state}/retry-class-${name}`, kind: 'retry-class', file, line, workflow, state, name };
    });
  });
}

/** @returns the definition in which a state's Retry does not name the class; a retrier that names none is gone */
export function withoutRetryClass(definition: StateMachineDefinition, { state, name }: RetryClass): StateMachineDefinition {
  const copy = structuredClone(definition) as unknown as States;
  const task = copy.States[state];
  if (!task?.Retry) throw new Error(`The definition has no Retry in ${state}.`);
  task.Retry = task.Retry.flatMap((each) => {
    const ErrorEquals = each.ErrorEquals.filter((known) => known !== name);
    return ErrorEquals.length > 0 ? [{ ...each, ErrorEquals }] : [];
  });
  return copy as unknown as StateMachineDefinition;
}
