import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type FindingKind, findingKinds } from '../contracts/findings.ts';
import type { Alarms } from './alarms.ts';
import type { Handler } from './handler.ts';

/** Of every five-minute period, the sweep's own budget is three. */
const longestSweepSeconds = 300;
const namespace = 'Tenantry';
const metricName = 'OpenFindings';

/** How many findings of a kind are open. */
export const openFindings = (kind: FindingKind) => new Metric({ namespace, metricName, dimensionsMap: { kind }, statistic: 'Maximum' });

/**
 * Rings for each kind of finding, for as long as one is open. A filter makes the metric of the line that each sweep logs: no library in a bundle and no call, and it counts what is true instead of
 * what was said once. The sweep runs all the time, so that its silence is trouble as well.
 */
export function watchFindings(scope: Construct, alarms: Alarms, sweep: Handler): void {
  const { logGroup } = sweep.function;
  new MetricFilter(scope, 'OpenFindings', {
    logGroup,
    metricNamespace: namespace,
    metricName,
    filterPattern: FilterPattern.exists('$.openFindings'),
    metricValue: '$.openFindings',
    dimensions: { kind: '$.findingKind' },
  });
  for (const [kind, { means }] of Object.entries(findingKinds))
    alarms.ring(kind, {
      what: means,
      first: `run "tenantry stuck --kind ${kind}" for whom, since when, why, and what to do.`,
      metric: openFindings(kind as FindingKind),
    });
  const duration = new MetricFilter(scope, 'SweepDuration', {
    logGroup,
    metricNamespace: namespace,
    metricName: 'SweepSeconds',
    filterPattern: FilterPattern.exists('$.sweepSeconds'),
    metricValue: '$.sweepSeconds',
  });
  alarms.ring(`${sweep.node.id}Late`, {
    what: 'Nobody looks for tenants that are stuck, or looking takes too long.',
    first: `look whether ${sweep.node.id}Errors rings; if not, whether its schedule is enabled.`,
    metric: duration.metric({ statistic: 'Maximum' }),
    threshold: longestSweepSeconds,
    minutes: 15,
    silence: 'is trouble',
  });
}
