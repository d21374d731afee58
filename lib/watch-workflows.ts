import type { IConstruct } from 'constructs';
import type { Alarms } from './alarms.ts';
import { partsOf } from './parts-of.ts';
import { Workflow } from './workflow.ts';

const sum = { statistic: 'Sum' };

/** Rings when an execution ends in any way but well, and when executions are held back. */
export function watchWorkflows(alarms: Alarms, watched: readonly IConstruct[]): void {
  for (const { node, stateMachine } of partsOf(watched, Workflow)) {
    alarms.ring(`${node.id}Failed`, {
      what: 'A tenant is stuck: a step of its workflow failed.',
      first: 'run "tenantry list --status PROVISIONING", then "tenantry show <tenantId>" for the step and its error.',
      metric: stateMachine.metricFailed(sum),
    });
    alarms.ring(`${node.id}TimedOut`, {
      what: 'A tenant is stuck: its workflow took too long.',
      first: "look in the execution's history for the state that it was in.",
      metric: stateMachine.metricTimedOut(sum),
    });
    alarms.ring(`${node.id}Aborted`, {
      what: 'A tenant is stuck: its workflow was stopped.',
      first: 'look in CloudTrail for who called StopExecution, and ask why.',
      metric: stateMachine.metricAborted(sum),
    });
    alarms.ring(`${node.id}Throttled`, {
      what: 'Workflows go on more slowly than they could: Step Functions holds their transitions back.',
      first: "compare the account's use of StateTransition with its quota in Service Quotas.",
      metric: stateMachine.metricThrottled(sum),
    });
  }
}
