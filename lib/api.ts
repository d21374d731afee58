import { Aws, RemovalPolicy } from 'aws-cdk-lib';
import {
  AccessLogField,
  AccessLogFormat,
  EndpointType,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  type Method,
  type MethodDeploymentOptions,
  MethodLoggingLevel,
  type MethodOptions,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Operation } from '../contracts/routes.ts';
import { routeOf, routes } from '../contracts/routes.ts';
import { acknowledge } from './acknowledge.ts';
import { answerProblems } from './gateway-problems.ts';
import type { Handler } from './handler.ts';
import { TraceSampling } from './trace-sampling.ts';
import { WebFirewall } from './web-firewall.ts';

const restApiName = 'Tenantry';
const stageName = 'v1';

/** Errors of the gateway itself are logged; requests are not, because their bodies and query strings hold personal data and tokens. */
const logging = { loggingLevel: MethodLoggingLevel.ERROR, dataTraceEnabled: false, metricsEnabled: true } as const;

/** How many requests a second a route takes, and how many at once, from everybody together. */
export interface RouteLimit {
  readonly requestsPerSecond: number;
  readonly burst: number;
}
const ordinaryLimit: RouteLimit = { requestsPerSecond: 50, burst: 100 };

/** A setting of one route replaces the stage's as a whole, so that logging must be said again in each. */
const setting = ({ requestsPerSecond, burst }: RouteLimit): MethodDeploymentOptions => ({
  ...logging,
  throttlingRateLimit: requestsPerSecond,
  throttlingBurstLimit: burst,
});

export interface ApiProps {
  readonly publicUrl: string | undefined;
  /** The limits of routes that have one of their own; all others share the ordinary one. */
  readonly limits: Partial<Record<Operation, RouteLimit>>;
}

/** The REST API. Its routes stand in contracts/routes.ts; each is a Lambda proxy, and bodies are checked by the handlers, which name the field. */
export class Api extends Construct {
  readonly restApi: RestApi;
  /** Where customers reach the API, without a slash at its end. */
  readonly publicUrl: string;

  constructor(scope: Construct, id: string, { publicUrl, limits }: ApiProps) {
    super(scope, id);
    const accessLog = new LogGroup(this, 'AccessLog', { retention: RetentionDays.THREE_MONTHS, removalPolicy: RemovalPolicy.DESTROY });
    this.restApi = new RestApi(this, 'RestApi', {
      restApiName,
      endpointTypes: [EndpointType.REGIONAL],
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: {
        stageName,
        tracingEnabled: true,
        ...setting(ordinaryLimit),
        methodOptions: Object.fromEntries(
          routes.flatMap(({ operation, method, path }) => {
            const limit = limits[operation];
            return limit ? [[`${path}/${method}`, setting(limit)]] : [];
          }),
        ),
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: accessLogFormat(),
      },
    });
    // A stage is known by this name: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-configuring-xray-sampling-rules.html
    new TraceSampling(this, 'TraceSampling', { serviceType: 'AWS::ApiGateway::Stage', serviceName: `${restApiName}/${stageName}` });
    // The construct's own output: the stack has ApiUrl, which honours publicUrl.
    this.restApi.node.tryRemoveChild('Endpoint');
    new WebFirewall(this, 'Firewall', { stageArn: this.restApi.deploymentStage.stageArn });
    answerProblems(this.restApi);
    // Not restApi.url: it names the stage, the stage waits for the functions, and the functions need the address.
    this.publicUrl = publicUrl ?? `https://${this.restApi.restApiId}.execute-api.${Aws.REGION}.${Aws.URL_SUFFIX}/${stageName}`;

    acknowledge(this.restApi, {
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]':
        "The account's one role by which API Gateway writes logs; AWS prescribes this policy for it.",
      'AwsSolutions-APIG2':
        'The handlers check requests by the schemas of contracts/, and say which field is wrong and what to send instead.',
    });
  }

  /** Serves the route of this operation by this handler. */
  serve(handler: Handler, options: MethodOptions): Method {
    const { method, path } = routeOf(handler.node.id as Operation);
    const resource = path
      .split('/')
      .filter(Boolean)
      .reduce<IResource>((parent, part) => parent.getResource(part) ?? parent.addResource(part), this.restApi.root);
    acknowledge(handler.function, {
      'Serverless-LambdaDLQ': 'API Gateway waits for the answer; nobody invokes the function asynchronously.',
    });
    return resource.addMethod(method, new LambdaIntegration(handler.function, { allowTestInvoke: false }), options);
  }
}

/**
 * What is known of a request: the route and not the path, so that ids stay out; no query string, because reader tokens stand there; no addresses of
 * clients, which are personal data and of no use here: limits are kept by the gateway, and who did what stands in the audit events.
 */
const accessLogFormat = () =>
  AccessLogFormat.custom(
    JSON.stringify({
      time: AccessLogField.contextRequestTimeEpoch(),
      requestId: AccessLogField.contextRequestId(),
      // By this one the request is found in the handler's log, which calls it function_request_id.
      handlerRequestId: AccessLogField.contextAwsEndpointRequestId(),
      method: AccessLogField.contextHttpMethod(),
      route: AccessLogField.contextResourcePath(),
      status: AccessLogField.contextStatus(),
      responseBytes: AccessLogField.contextResponseLength(),
      latencyMilliseconds: AccessLogField.contextResponseLatency(),
      handlerMilliseconds: AccessLogField.contextIntegrationLatency(),
      gatewayError: AccessLogField.contextErrorResponseType(),
    }),
  );
