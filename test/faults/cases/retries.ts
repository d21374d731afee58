import type { StateMachineDefinition } from '../../../local/step-functions/definition.ts';

/** How often a state's Retry tries again, by the class of errors. */
export type Retries = ReadonlyMap<string, number>;

/** Unless it is said: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html#error-handling-retrying-after-an-error */
const attemptsUnlessSaid = 3;

/** @returns every class that the state's Retry names */
export function retriesOf({ States }: StateMachineDefinition, state: string): Retries {
  const { Retry = [] } = States[state] as {
    readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts?: number }[];
  };
  return new Map(
    Retry.flatMap(({ ErrorEquals, MaxAttempts = attemptsUnlessSaid }) => ErrorEquals.map((name) => [name, MaxAttempts] as const)),
  );
}

/** An error that this class has and no other one: `States.ALL` is for those that are named nowhere. */
export const errorOfClass = (name: string): string => (name === 'States.ALL' ? 'NamedNowhere' : name);
