import { CfnSamplingRule } from 'aws-cdk-lib/aws-xray';
import { Construct } from 'constructs';

/** One in ten: enough to see where time goes. What happened to one tenant stands in its records, its audit events and the logs, sampled or not. */
const tracedShare = 0.1;

export interface TraceSamplingProps {
  /** Where traces begin: the type of resource, and the name by which it is known in them. */
  readonly serviceType: 'AWS::ApiGateway::Stage' | 'AWS::StepFunctions::StateMachine';
  readonly serviceName: string;
}

/**
 * How many of the traces that begin at a resource are recorded. Whoever begins a trace decides, and all that is called keeps to it
 * (https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html). Without a rule, X-Ray records one request of each second and a twentieth of the rest, which is
 * every signup of most days. The share can be raised for a while in the console.
 */
export class TraceSampling extends Construct {
  constructor(scope: Construct, id: string, { serviceType, serviceName }: TraceSamplingProps) {
    super(scope, id);
    new CfnSamplingRule(this, 'Rule', {
      samplingRule: {
        version: 1,
        // At most 32 characters: https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html
        ruleName: `Tenantry-${scope.node.id}`,
        priority: 1_000,
        fixedRate: tracedShare,
        reservoirSize: 0,
        serviceType,
        serviceName,
        resourceArn: '*',
        host: '*',
        httpMethod: '*',
        urlPath: '*',
      },
    });
  }
}
