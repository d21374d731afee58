import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Problem, type ProblemKind, problemKinds, problemType } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { projectPath } from '../../lib/project.ts';
import { type Assembly, type Resource, synthesisedAssembly } from '../support/assembly.ts';
import { words } from '../support/template-words.ts';

interface SynthesisedRoute {
  readonly route: string;
  readonly handler: string;
  readonly authorization: string;
}

let assembly: Assembly;
let resources: Resource[];
let served: SynthesisedRoute[];

/** The path of a resource: its parts up to the root. */
function pathOf(reference: Record<string, unknown>): string {
  if ('Fn::GetAtt' in reference) return '';
  const { properties } = resources.find(({ id }) => id === reference['Ref']) as Resource;
  return `${pathOf(properties.ParentId)}/${properties.PathPart}`;
}

beforeAll(async () => {
  assembly = await synthesisedAssembly();
  resources = assembly.resources(undefined, 'Tenantry-Api');
  served = resources
    .filter(({ type }) => type === 'AWS::ApiGateway::Method')
    .map(({ properties }) => ({
      route: `${properties.HttpMethod} ${pathOf(properties.ResourceId)}`,
      handler: words(properties.Integration.Uri).match(/functions\/\w+?([A-Z]\w+)Function\/invocations$/)?.[1] ?? '',
      authorization: properties.AuthorizationType,
    }));
});

const stage = () => resources.find(({ type }) => type === 'AWS::ApiGateway::Stage') as Resource;

describe('the routes', () => {
  test('are those of the contract, each served by its own handler', () => {
    const expected = routes.map(({ method, path, operation }) => `${method} ${path} ${operation}`);
    expect(served.map(({ route, handler }) => `${route} ${handler.replace(/^(Signup|Staff)(?=[A-Z])/, '')}`).sort()).toEqual(
      expected.sort(),
    );
  });

  test('are those of the API description', () => {
    const openapi = JSON.parse(readFileSync(projectPath('contracts/generated/openapi.json'), 'utf8')) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const described = Object.entries(openapi.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(served.map(({ route }) => route).sort()).toEqual(described.sort());
  });

  test.each(routes.filter(({ access }) => access === 'staff').map(({ method, path }) => `${method} ${path}`))(
    '%s needs a token of the staff pool',
    (route) => {
      expect(served.find((each) => each.route === route)?.authorization).toBe('COGNITO_USER_POOLS');
    },
  );

  test('take tokens of the staff pool alone, and remember none that may have ended', () => {
    const [authorizer, ...others] = resources.filter(({ type }) => type === 'AWS::ApiGateway::Authorizer');
    expect(others).toEqual([]);
    expect(authorizer?.properties).toMatchObject({ Type: 'COGNITO_USER_POOLS', AuthorizerResultTtlInSeconds: 0 });
    expect(authorizer?.properties.ProviderARNs.map(words)).toEqual(['StaffUserPool']);
  });
});

describe('the stage', () => {
  const settings = (): { ResourcePath: string; HttpMethod: string; ThrottlingRateLimit: number; ThrottlingBurstLimit: number }[] =>
    stage().properties.MethodSettings;

  test('is regional and called v1', () => {
    expect(stage().properties.StageName).toBe('v1');
    const [api] = resources.filter(({ type }) => type === 'AWS::ApiGateway::RestApi');
    expect(api?.properties.EndpointConfiguration).toEqual({ Types: ['REGIONAL'] });
  });

  test('bounds every route, and each public one by a limit of its own', () => {
    for (const { ThrottlingRateLimit, ThrottlingBurstLimit } of settings()) {
      expect(ThrottlingRateLimit).toBeGreaterThan(0);
      expect(ThrottlingBurstLimit).toBeGreaterThan(0);
    }
    const limited = settings().map(({ ResourcePath, HttpMethod }) => `${HttpMethod} ${ResourcePath.slice(1).replaceAll('~1', '/')}`);
    const publicRoutes = routes.filter(({ access }) => access !== 'staff').map(({ method, path }) => `${method} ${path}`);
    expect(limited.sort()).toEqual(['* *', ...publicRoutes].sort());
  });

  test('is where the trace of a request begins', () => {
    expect(stage().properties.TracingEnabled).toBe(true);
    const [api] = assembly.resources('AWS::ApiGateway::RestApi');
    const sampled = assembly.resources('AWS::XRay::SamplingRule', 'Tenantry-Api').map(({ properties }) => properties.SamplingRule);
    expect(sampled).toMatchObject([
      {
        ServiceType: 'AWS::ApiGateway::Stage',
        ServiceName: `${api?.properties.Name}/${stage().properties.StageName}`,
        FixedRate: 0.1,
        ReservoirSize: 0,
      },
    ]);
  });

  test('logs its own errors and never what was sent', () => {
    for (const setting of settings())
      expect(setting).toMatchObject({ LoggingLevel: 'ERROR', DataTraceEnabled: false, MetricsEnabled: true });
  });

  test('logs of a request neither who sent it nor ids, tokens or query strings', () => {
    const format = JSON.parse(stage().properties.AccessLogSetting.Format) as Record<string, string>;
    expect(Object.values(format).sort()).toEqual([
      '$context.awsEndpointRequestId',
      '$context.error.responseType',
      '$context.httpMethod',
      '$context.integrationLatency',
      '$context.requestId',
      '$context.requestTimeEpoch',
      '$context.resourcePath',
      '$context.responseLatency',
      '$context.responseLength',
      '$context.status',
    ]);
    expect(words(stage().properties.AccessLogSetting.DestinationArn)).toMatch(/ApiAccessLog$/);
  });
});

describe('what the gateway refuses by itself', () => {
  const responses = () =>
    new Map(
      resources
        .filter(({ type }) => type === 'AWS::ApiGateway::GatewayResponse')
        .map(({ properties }) => [properties.ResponseType, properties]),
    );

  test.each<[string, ProblemKind]>([
    ['UNAUTHORIZED', 'unauthorized'],
    ['EXPIRED_TOKEN', 'unauthorized'],
    ['ACCESS_DENIED', 'forbidden'],
    ['MISSING_AUTHENTICATION_TOKEN', 'not-found'],
    ['THROTTLED', 'too-many-requests'],
    ['REQUEST_TOO_LARGE', 'body-too-large'],
    ['UNSUPPORTED_MEDIA_TYPE', 'unsupported-media-type'],
    ['INTEGRATION_TIMEOUT', 'unavailable'],
    ['DEFAULT_4XX', 'invalid-request'],
    ['DEFAULT_5XX', 'internal-error'],
  ])('as %s is the problem "%s" of the contract', (responseType, kind) => {
    const response = responses().get(responseType);
    const body = Problem.parse(JSON.parse(response.ResponseTemplates['application/json']));
    const { status, title } = problemKinds[kind];
    expect(body).toMatchObject({ type: problemType(kind), title, status });
    expect(response.StatusCode).toBe(String(status));
    expect(response.ResponseParameters['gatewayresponse.header.Content-Type']).toBe("'application/problem+json'");
  });

  test('is always answered as a problem, and tells clients how to sign in and when to come back', () => {
    for (const { ResponseTemplates } of responses().values())
      expect(() => Problem.parse(JSON.parse(ResponseTemplates['application/json']))).not.toThrow();
    expect(responses().get('UNAUTHORIZED').ResponseParameters).toMatchObject({ 'gatewayresponse.header.WWW-Authenticate': "'Bearer'" });
    expect(responses().get('THROTTLED').ResponseParameters).toMatchObject({ 'gatewayresponse.header.Retry-After': "'5'" });
  });
});

test('links to the API use its own address, unless the deployment gives another', () => {
  const urls = assembly
    .resources('AWS::Lambda::Function')
    .flatMap(({ properties }) => properties.Environment.Variables.PUBLIC_URL ?? [])
    .map(words);
  expect(urls).toEqual(Array(2).fill('https://ApiRestApi.execute-api.AWS::Region.AWS::URLSuffix/v1'));
  expect(words(assembly.template('Tenantry-Api').Outputs?.['ApiUrl']?.Value)).toBe(urls[0]);
});
