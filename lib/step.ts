import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import { type Ability, Handler } from './handler.ts';

export interface StepProps {
  readonly abilities: readonly Ability[];
}

/**
 * A step of a workflow. Its id is its name everywhere: the state and the placeholder in statemachines/, the handler lambdas/steps/<id in kebab
 * case>.ts, its record and its heading in the runbook.
 */
export class Step extends Handler {
  /** Each Task of a workflow waits for longer than this (30 s), so that a step which hangs is cut off by Lambda and says so in its log. */
  static readonly timeoutSeconds = 20;

  /** To know for how long a step's function may be under way. */
  static knowTimeout(): Ability {
    return { environment: { STEP_TIMEOUT_SECONDS: String(Step.timeoutSeconds) } };
  }

  constructor(scope: Construct, id: string, props: StepProps) {
    super(scope, id, { folder: 'steps', abilities: props.abilities, timeoutSeconds: Step.timeoutSeconds });
    acknowledge(this.function, {
      'Serverless-LambdaDLQ': 'The workflow waits for the answer and retries; nobody invokes the function asynchronously.',
    });
  }
}
