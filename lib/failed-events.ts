import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';

/**
 * How many of what a mapping handed over its function did not handle. A function that reports these instead of failing as a whole counts no error of its own. The mapping must have
 * MetricType.EVENT_COUNT: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html#event-source-mapping-metrics
 */
export const metricFailedEvents = (mapping: EventSourceMapping): Metric =>
  new Metric({
    namespace: 'AWS/Lambda',
    metricName: 'FailedInvokeEventCount',
    dimensionsMap: { EventSourceMappingUUID: mapping.eventSourceMappingId },
    statistic: 'Sum',
  });
