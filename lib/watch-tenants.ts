import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { Alarms } from './alarms.ts';
import type { Handler } from './handler.ts';
import type { Workflow } from './workflow.ts';

/** After the longest run that there can be, so that it rings for nobody who is merely slow. */
const graceMinutes = 15;

/**
 * Rings when a tenant has been PROVISIONING for longer than its workflow may take. A filter makes the metric of the line that the watching function logs: no
 * library in a bundle and no call, and it costs what any metric of ours would. That function runs all the time, so that its silence is trouble as well.
 */
export function watchTenants(scope: Construct, alarms: Alarms, watcher: Handler, workflow: Workflow): void {
  const filter = new MetricFilter(scope, 'OldestProvisioning', {
    logGroup: watcher.function.logGroup,
    metricNamespace: 'Tenantry',
    metricName: 'OldestProvisioningSeconds',
    filterPattern: FilterPattern.exists('$.oldestProvisioningSeconds'),
    metricValue: '$.oldestProvisioningSeconds',
  });
  alarms.ring('StuckTenants', {
    what: 'A tenant has been PROVISIONING for longer than its workflow may take, or nobody looks any more.',
    first: `find its id in the log of ${watcher.node.id}, then run "tenantry show <tenantId>".`,
    metric: filter.metric({ statistic: 'Maximum' }),
    threshold: workflow.timeoutSeconds + graceMinutes * 60,
    minutes: 15,
    silence: 'is trouble',
  });
}
