import type { Account } from './account.ts';
import { confirm, signUp } from './customer.ts';
import { type Measurement, Meter } from './meter.ts';
import type { MeasuredStack } from './stack.ts';

/** One tenant's way to ACTIVE, as it was recorded. Times are in milliseconds. */
export interface Onboarding {
  readonly tenantId: string;
  /** From the accepted signup until the tenant was ACTIVE, for somebody who presses the button as soon as the mail is there. */
  readonly acceptedToActive: number;
  /** From the moment in which the last condition was met until the tenant was ACTIVE. */
  readonly confirmedToActive: number;
  /** The sum of the step handlers' wall times up to ActivateTenant. */
  readonly steps: number;
  /** Its requests end with ACTIVE. */
  readonly measurement: Measurement;
  /** All requests until the end of the run, with the invitation and the announcement. */
  readonly requestsToTheEnd: Measurement['requests'];
}

/** Onboards one pooled tenant and records it. Nothing else must happen on the stack meanwhile. */
export async function recordOnboarding(stack: MeasuredStack, account: Account, handlers: ReadonlyMap<string, string>): Promise<Onboarding> {
  const meter = new Meter(stack.endpoint);
  await meter.start();
  try {
    const signup = await signUp(stack);
    await confirm(stack, signup);
    await account.endedExecution(signup.accepted.tenantId);
    const measurement = await meter.stop();
    const of = (handler: string) => measurement.invocations.find(({ function: name }) => handlers.get(name) === handler);
    const [confirmed, activated] = [of('api/confirm-signup'), of('steps/activate-tenant')];
    if (!confirmed || !activated) throw new Error('The recording lacks the confirmation or the activation.');
    const activeAt = activated.startedAt + activated.milliseconds;
    const steps = measurement.invocations.filter(
      ({ function: name, startedAt }) => handlers.get(name)?.startsWith('steps/') && startedAt <= activated.startedAt,
    );
    return {
      tenantId: signup.accepted.tenantId,
      acceptedToActive: activeAt - signup.acceptedAt,
      confirmedToActive: activeAt - (confirmed.startedAt + confirmed.milliseconds),
      steps: steps.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
      requestsToTheEnd: measurement.requests,
      measurement: { ...measurement, requests: measurement.requests.filter(({ startedAt }) => startedAt <= activeAt) },
    };
  } finally {
    await meter.stop();
  }
}
