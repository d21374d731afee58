import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { type IPrincipal, Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type CfnFunction, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcards } from './acknowledge.ts';
import { type HandlerFolder, handlerCode } from './handler-bundles.ts';
import { kebabCase } from './project.ts';

/** Something that a handler may do: what its role is allowed, and what its code must know for it. The two are always given together. */
export interface Ability {
  readonly environment?: Readonly<Record<string, string>>;
  readonly statements?: readonly PolicyStatement[];
  /** Files that its code reads, which lie beside it: their paths by the names that they have there. */
  readonly files?: Readonly<Record<string, string>>;
  /** Statements whose resources have a wildcard, and why there is nothing narrower. */
  readonly wildcard?: { readonly id: string; readonly statements: readonly PolicyStatement[]; readonly reason: string };
  /** For what must name the role in turn, such as the trust policy of a role that is assumed. */
  readonly trust?: (role: IPrincipal) => void;
}

export interface HandlerProps {
  /** The folder below lambdas/; the file in it is the construct's id in kebab case. */
  readonly folder: HandlerFolder;
  /** All that the handler may do. Its role can do nothing else but write its log. */
  readonly abilities: readonly Ability[];
  readonly timeoutSeconds?: number;
  readonly memoryMegabytes?: number;
}

/** A Lambda function with a role and a log group of its own, made of one file below lambdas/. */
export class Handler extends Construct {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly folder: HandlerFolder;

  constructor(scope: Construct, id: string, props: HandlerProps) {
    super(scope, id);
    const name = kebabCase(id);
    const traced = props.folder !== 'events';
    const abilities = [...props.abilities, ...(traced ? [writeTraces()] : [])];
    this.folder = props.folder;

    // Logs hold no personal data; what must be kept for longer is in the audit events.
    const logGroup = new LogGroup(this, 'Log', { retention: RetentionDays.THREE_MONTHS, removalPolicy: RemovalPolicy.DESTROY });
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `What ${id} may do.`,
    });
    this.role.addToPolicy(
      new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }),
    );
    for (const { statements, trust } of abilities) {
      for (const statement of statements ?? []) this.role.addToPolicy(statement);
      trust?.(this.role);
    }
    this.function = new LambdaFunction(this, 'Function', {
      description: `Tenantry: lambdas/${props.folder}/${name}.ts`,
      code: handlerCode(this, props.folder, name, Object.assign({}, ...abilities.map(({ files }) => files ?? {}))),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMegabytes ?? 256,
      timeout: Duration.seconds(props.timeoutSeconds ?? 20),
      role: this.role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: {
        POWERTOOLS_SERVICE_NAME: 'tenantry',
        LOG_LEVEL: 'INFO',
        ...Object.assign({}, ...abilities.map(({ environment }) => environment ?? {})),
      },
    });
    for (const { wildcard } of abilities) {
      if (!wildcard) continue;
      // In a policy of their own, so that the reason covers these statements alone.
      const policy = new Policy(this, wildcard.id, { statements: [...wildcard.statements], roles: [this.role] });
      acknowledgeWildcards(policy, policy.document, wildcard.reason);
      this.function.node.addDependency(policy);
    }
    // Not the construct's own setting, which would grant the wildcard among the statements that are not explained.
    (this.function.node.defaultChild as CfnFunction).tracingConfig = { mode: traced ? 'Active' : 'PassThrough' };
    if (!traced)
      acknowledge(this.function, {
        'Serverless-LambdaTracing':
          'Streams, queues and schedules hand over no trace, so that a reaction would begin one, and how many of those Lambda records cannot be set (https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html). What it starts decides for itself.',
      });
  }

  /** How often it failed. */
  metricFailures(): Metric {
    return this.function.metricErrors({ statistic: 'Sum' });
  }
}

/**
 * To hand X-Ray the segments of sampled calls: how long Lambda took, cold or warm, and the handler in it. Calls to AWS are not told apart there, because
 * the SDK's instrumentation would weigh on every cold start; a failure's AWS operation stands in the log.
 */
const writeTraces = (): Ability => ({
  wildcard: {
    id: 'WriteTraces',
    statements: [new PolicyStatement({ actions: ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], resources: ['*'] })],
    reason:
      'X-Ray has no narrower resource for these: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html',
  },
});
