import { Duration } from 'aws-cdk-lib';
import { type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { EventInvokeConfig } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';
import type { DeadLetters } from './dead-letters.ts';
import { type Ability, Handler } from './handler.ts';

export interface RuleReactionProps {
  /** Which events of AWS's services, on the account's default bus, wake the handler. */
  readonly when: EventPattern;
  readonly abilities: readonly Ability[];
  readonly deadLetters: DeadLetters;
}

/** A handler (lambdas/events/) that events of AWS's services wake. EventBridge delivers at least once and in no order; what it cannot deliver, and what keeps failing, goes to the dead letters. */
export class RuleReaction extends Handler {
  readonly rule: Rule;

  constructor(scope: Construct, id: string, { when, abilities, deadLetters }: RuleReactionProps) {
    super(scope, id, { folder: 'events', abilities });
    this.rule = new Rule(this, 'Rule', { description: `Wakes ${id}.`, eventPattern: when });
    // To the function itself and to the queue: a rule that may not invoke its target drops the event, unless it has one.
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    this.rule.addTarget(new LambdaFunction(this.function, { deadLetterQueue: deadLetters.queue }));
    new EventInvokeConfig(this, 'Invocation', {
      function: this.function,
      maxEventAge: Duration.hours(6),
      retryAttempts: 2,
      onFailure: new SqsDestination(deadLetters.queue),
    });
    acknowledge(this.function, {
      'Serverless-LambdaDLQ': 'An asynchronous invocation that fails goes to the dead letters as its failure destination.',
    });
  }
}
