import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  PeriodOverride,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct, IConstruct } from 'constructs';
import { type FindingKind, findingKinds } from '../contracts/findings.ts';
import type { Alarms } from './alarms.ts';
import type { Api } from './api.ts';
import { DeadLetters } from './dead-letters.ts';
import { Handler } from './handler.ts';
import { partsOf } from './parts-of.ts';
import { ProtectedTable } from './protected-table.ts';
import { Step } from './step.ts';
import { openFindings } from './watch-findings.ts';
import { Workflow } from './workflow.ts';

const period = Duration.minutes(5);
const sum = { statistic: 'Sum', period };
const half = { width: 12, height: 6 };

export interface OverviewProps {
  readonly api: Api;
  readonly alarms: Alarms;
  /** The stacks whose parts are shown. */
  readonly watched: readonly IConstruct[];
}

/**
 * A dashboard that reads as a tenant goes: who signs up and confirms, what the steps take and which fail, who becomes a tenant; below it what waits, how
 * the API answers, and what is paid for. Every widget is made of what is deployed.
 */
export function addOverview(scope: Construct, { api, alarms, watched }: OverviewProps): void {
  const handlers = partsOf(watched, Handler);
  const inFolder = (...folders: string[]) => handlers.filter(({ folder }) => folders.includes(folder));
  const steps = partsOf(watched, Step);
  const workflows = partsOf(watched, Workflow);
  const graph = (title: string, left: IMetric[], right: IMetric[] = []): IWidget =>
    new GraphWidget({ title, ...half, left, right, leftYAxis: { min: 0 }, rightYAxis: { min: 0 } });
  const invocations = (shown: readonly Handler[]) =>
    shown.map(({ node, function: lambda }) => lambda.metricInvocations({ ...sum, label: node.id }));

  const dashboard = new Dashboard(scope, 'Overview', { defaultInterval: Duration.hours(12), periodOverride: PeriodOverride.AUTO });
  dashboard.addWidgets(new AlarmStatusWidget({ title: 'What a person must act on', width: 24, height: 6, alarms: alarms.all }));

  heading(dashboard, 'From signup to tenant');
  dashboard.addWidgets(
    graph('Signups and confirmations: requests', invocations(inFolder('api'))),
    graph('What changes wake', invocations(inFolder('events'))),
  );
  for (const { node, stateMachine } of workflows)
    dashboard.addWidgets(
      graph(`${node.id}: started, active, stuck`, [
        stateMachine.metricStarted({ ...sum, label: 'started' }),
        stateMachine.metricSucceeded({ ...sum, label: 'succeeded' }),
        stateMachine.metricFailed({ ...sum, label: 'failed' }),
        stateMachine.metricTimedOut({ ...sum, label: 'timed out' }),
        stateMachine.metricAborted({ ...sum, label: 'aborted' }),
      ]),
      graph(
        `${node.id}: how long it takes`,
        ['p50', 'p99'].map((statistic) => stateMachine.metricTime({ statistic, period, label: statistic })),
      ),
    );
  dashboard.addWidgets(
    graph(
      'Failures by step',
      steps.map(({ node, function: lambda }) => lambda.metricErrors({ ...sum, label: node.id })),
    ),
    ...['p50', 'p99'].map((statistic) =>
      graph(
        `Duration by step, ${statistic}`,
        steps.map(({ node, function: lambda }) => lambda.metricDuration({ statistic, period, label: node.id })),
      ),
    ),
  );

  heading(dashboard, 'What waits');
  dashboard.addWidgets(
    graph(
      'Findings that are open',
      (Object.keys(findingKinds) as FindingKind[]).map((kind) => openFindings(kind).with({ period, label: kind })),
    ),
    graph(
      'Dead letters',
      partsOf(watched, DeadLetters).map(({ node, queue }) =>
        queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period, label: node.id }),
      ),
    ),
    graph(
      'Failures of reactions',
      inFolder('events').map(({ node, function: lambda }) => lambda.metricErrors({ ...sum, label: node.id })),
    ),
  );

  heading(dashboard, 'The API');
  dashboard.addWidgets(
    graph('Requests', [
      api.restApi.metricCount({ ...sum, label: 'all' }),
      api.restApi.metricClientError({ ...sum, label: 'refused (4xx)' }),
      api.restApi.metricServerError({ ...sum, label: 'failed (5xx)' }),
    ]),
    graph(
      'Latency',
      ['p50', 'p99'].map((statistic) => api.restApi.metricLatency({ statistic, period, label: statistic })),
    ),
  );

  heading(dashboard, 'What is paid for');
  dashboard.addWidgets(
    graph(
      'Function time (ms)',
      handlers.map(({ node, function: lambda }) => lambda.metricDuration({ ...sum, label: node.id })),
    ),
    graph(
      'Table units: reads, and writes on the right',
      partsOf(watched, ProtectedTable).map((table) => table.metricConsumedReadCapacityUnits({ ...sum, label: table.node.id })),
      partsOf(watched, ProtectedTable).map((table) => table.metricConsumedWriteCapacityUnits({ ...sum, label: table.node.id })),
    ),
  );
}

const heading = (dashboard: Dashboard, text: string) =>
  dashboard.addWidgets(new TextWidget({ markdown: `# ${text}`, width: 24, height: 1 }));
