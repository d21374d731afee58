import { MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IConstruct } from 'constructs';
import type { Alarms } from './alarms.ts';

import { Handler } from './handler.ts';
import { partsOf } from './parts-of.ts';
import { QueueReaction } from './queue-reaction.ts';
import { Step } from './step.ts';
import { StreamReaction } from './stream-reaction.ts';

const sum = { statistic: 'Sum' };
/** A step that fails once is tried again and harms nobody; of this many attempts, that many failures are no accident any more. */
const rate = { fewestAttempts: 20, failedPercent: 10 };
/** A reaction takes a second or two. After this long customers ask. */
const lateMinutes = 10;

/** Rings when functions fail that nobody waits for, when steps fail more often than their retries should have to mend, and when Lambda holds calls back. */
export function watchFunctions(alarms: Alarms, watched: readonly IConstruct[]): void {
  for (const reaction of partsOf(watched, Handler).filter(({ folder }) => folder === 'events'))
    alarms.ring(`${reaction.node.id}Errors`, {
      what: `${reaction.node.id} failed and is tried again.`,
      first: "look for the error's name and operation in the function's log.",
      metric: reaction.metricFailures(),
    });

  for (const { node, function: lambda } of partsOf(watched, StreamReaction))
    alarms.ring(`${node.id}Late`, {
      what: `${node.id} is more than ${lateMinutes} minutes behind what happens to tenants.`,
      first: `look whether ${node.id}Errors rings too; if not, whether the function is throttled.`,
      metric: lambda.metric('IteratorAge', { statistic: 'Maximum' }),
      threshold: lateMinutes * 60_000,
    });

  // Of messages that are put off again and again the metric says nothing: SQS leaves those out that were received three times. They ring as errors.
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
  for (const { node, queue } of partsOf(watched, QueueReaction))
    alarms.ring(`${node.id}Late`, {
      what: `${node.id} has left a message in its queue for more than ${lateMinutes} minutes.`,
      first: `look whether ${node.id}Errors rings too; if not, whether the function is throttled.`,
      metric: queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum' }),
      threshold: lateMinutes * 60,
    });

  for (const { node, function: lambda } of partsOf(watched, Step))
    alarms.ring(`${node.id}ErrorRate`, {
      what: `${node.id} fails at ${rate.failedPercent} % of its attempts or more. Retries may still mend it.`,
      first: "look for the error that is most frequent in the step's log, and at the health of the service that its operation names.",
      metric: new MathExpression({
        label: 'failed %',
        expression: `IF(attempts >= ${rate.fewestAttempts}, 100 * failures / attempts, 0)`,
        usingMetrics: { failures: lambda.metricErrors(sum), attempts: lambda.metricInvocations(sum) },
      }),
      threshold: rate.failedPercent,
      article: node.id,
    });

  // Of all functions in the Region together: none has a share of its own reserved, so that one which takes all is everybody's trouble.
  alarms.ring('FunctionsThrottled', {
    what: 'Lambda refuses to run functions: all that may run at once in this Region do.',
    first: 'look in the console of Lambda for the function with the most concurrent executions.',
    metric: new Metric({ namespace: 'AWS/Lambda', metricName: 'Throttles', ...sum }),
  });
}
