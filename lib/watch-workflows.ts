import type { IConstruct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { partsOf } from './parts-of.ts';
import { Workflow } from './workflow.ts';

const sum = { statistic: 'Sum' };

/** Rings when executions are held back. Of those that end in any way but well, the findings tell (watch-findings.ts). */
export function watchWorkflows(alarms: Alarms, watched: readonly IConstruct[]): void {
  for (const { node, stateMachine } of partsOf(watched, Workflow))
    alarms.ring(`${node.id}Throttled`, {
      what: 'Workflows go on more slowly than they could: Step Functions holds their transitions back.',
      first: "compare the account's use of StateTransition with its quota in Service Quotas.",
      metric: stateMachine.metricThrottled(sum),
    });
}
