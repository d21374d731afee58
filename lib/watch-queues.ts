import type { IConstruct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { DeadLetters } from './dead-letters.ts';
import { partsOf } from './parts-of.ts';

/** Rings for each queue of dead letters, for as long as something lies in it. */
export function watchQueues(alarms: Alarms, watched: readonly IConstruct[]): void {
  for (const { node, queue } of partsOf(watched, DeadLetters))
    alarms.ring(node.id, {
      what: `Something was given up and lies in ${node.id}.`,
      first: 'read one message without deleting it, and the alarm of the function that it names.',
      metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
    });
}
