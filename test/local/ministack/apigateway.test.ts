import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type BareMiniStack, region, startBareMiniStack } from '../../support/bare-ministack.ts';
import { deployStack, type Resources } from '../../support/stacks.ts';
import { password } from '../../support/user-pools.ts';

let stack: BareMiniStack;
let refs: Record<string, string>;

/** Handlers by the path that they answer. */
const handlers: Record<string, string> = {
  well: `({ statusCode: 201, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ path: event.path, claims: event.requestContext.authorizer?.claims }) })`,
  throws: `(() => { throw new TypeError('secret internals') })()`,
  malformed: `({ message: 'no status code' })`,
  bodyless: `({ statusCode: 200, body: { not: 'a string' } })`,
  slow: `await new Promise((done) => setTimeout(done, 3000)).then(() => ({ statusCode: 200 }))`,
  unpermitted: `({ statusCode: 200, body: 'never' })`,
  guarded: `({ statusCode: 200, body: event.requestContext.authorizer.claims.sub })`,
};

function route(name: string, code: string): Resources {
  const functionArn = { 'Fn::GetAtt': [`${name}Function`, 'Arn'] };
  const Uri = { 'Fn::Sub': [`arn:aws:apigateway:${region}:lambda:path/2015-03-31/functions/\${arn}/invocations`, { arn: functionArn }] };
  const permission = {
    Type: 'AWS::Lambda::Permission',
    Properties: {
      FunctionName: functionArn,
      Action: 'lambda:InvokeFunction',
      Principal: 'apigateway.amazonaws.com',
      SourceArn: { 'Fn::Sub': `arn:aws:execute-api:${region}:\${AWS::AccountId}:\${Api}/live/POST/${name}` },
    },
  };
  return {
    [`${name}Function`]: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Runtime: 'nodejs24.x',
        Handler: 'index.handler',
        Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
        Code: { ZipFile: `exports.handler = async (event) => ${code}` },
        Timeout: 10,
      },
    },
    [`${name}Path`]: {
      Type: 'AWS::ApiGateway::Resource',
      Properties: { RestApiId: { Ref: 'Api' }, ParentId: { 'Fn::GetAtt': ['Api', 'RootResourceId'] }, PathPart: name },
    },
    [`${name}Method`]: {
      Type: 'AWS::ApiGateway::Method',
      Properties: {
        RestApiId: { Ref: 'Api' },
        ResourceId: { Ref: `${name}Path` },
        HttpMethod: 'POST',
        ...(name === 'guarded'
          ? { AuthorizationType: 'COGNITO_USER_POOLS', AuthorizerId: { Ref: 'Authorizer' } }
          : { AuthorizationType: 'NONE' }),
        Integration: { Type: 'AWS_PROXY', IntegrationHttpMethod: 'POST', Uri, ...(name === 'slow' ? { TimeoutInMillis: 500 } : {}) },
      },
    },
    ...(name === 'unpermitted' ? {} : { [`${name}Permission`]: permission }),
  };
}

beforeAll(async () => {
  stack = await startBareMiniStack();
  const names = Object.keys(handlers);
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
  };
  const deployed = await deployStack(stack, {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Name: 'checks' } },
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } },
    Pool: { Type: 'AWS::Cognito::UserPool', Properties: { UserPoolName: 'pool' } },
    Client: {
      Type: 'AWS::Cognito::UserPoolClient',
      Properties: { UserPoolId: { Ref: 'Pool' }, ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
    },
    Authorizer: {
      Type: 'AWS::ApiGateway::Authorizer',
      Properties: {
        RestApiId: { Ref: 'Api' },
        Name: 'pool',
        Type: 'COGNITO_USER_POOLS',
        ProviderARNs: [{ 'Fn::GetAtt': ['Pool', 'Arn'] }],
        IdentitySource: 'method.request.header.Authorization',
      },
    },
    ...Object.assign({}, ...names.map((name) => route(name, handlers[name] ?? ''))),
    Deployment: {
      Type: 'AWS::ApiGateway::Deployment',
      DependsOn: names.map((name) => `${name}Method`),
      Properties: { RestApiId: { Ref: 'Api' } },
    },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: { RestApiId: { Ref: 'Api' }, DeploymentId: { Ref: 'Deployment' }, StageName: 'live' },
    },
  });
  expect(deployed.StackStatus).toBe('CREATE_COMPLETE');
  refs = deployed.refs;
});
afterAll(() => stack.stop());

async function post(path: string, more: { headers?: Record<string, string>; body?: string } = {}) {
  const answer = await fetch(`${stack.endpoint}/_aws/execute-api/${refs['Api']}/live/${path}`, { method: 'POST', body: '{}', ...more });
  return { status: answer.status, text: await answer.text() };
}

test('a function that keeps to the form answers as it wants', async () => {
  const { status, text } = await post('well');
  expect([status, JSON.parse(text)]).toEqual([201, { path: '/well' }]);
});

test.each(['throws', 'malformed', 'bodyless'])('a function that does not is a 502 that tells nothing: %s', async (path) => {
  expect(await post(path)).toEqual({ status: 502, text: '{"message": "Internal server error"}' });
});

test('a function that does not permit the API is not called', async () => {
  const { status, text } = await post('unpermitted');
  expect([status, JSON.parse(text)]).toEqual([500, { message: 'Internal server error' }]);
});

test('a function that takes longer than the integration is a 504', async () => {
  const { status, text } = await post('slow');
  expect([status, JSON.parse(text)]).toEqual([504, { message: 'Endpoint request timed out' }]);
});

test('a body beyond ten megabytes is a 413', async () => {
  expect((await post('well', { body: 'x'.repeat(10 * 1024 * 1024 + 1) })).status).toBe(413);
});

test('a Cognito authorizer lets tokens of its own pool through, and nothing changed or missing', async () => {
  const cognito = new CognitoIdentityProviderClient(stack.options());
  const UserPoolId = refs['Pool'];
  await cognito.send(new AdminCreateUserCommand({ UserPoolId, Username: 'zoe', MessageAction: 'SUPPRESS' }));
  await cognito.send(new AdminSetUserPasswordCommand({ UserPoolId, Username: 'zoe', Password: password, Permanent: true }));
  const { AuthenticationResult } = await cognito.send(
    new AdminInitiateAuthCommand({
      UserPoolId,
      ClientId: refs['Client'],
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'zoe', PASSWORD: password },
    }),
  );
  const token = AuthenticationResult?.IdToken ?? '';
  const [head, claims = '', signature] = token.split('.');
  const later = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), exp: 4_000_000_000 };
  const changed = [head, Buffer.from(JSON.stringify(later)).toString('base64url'), signature].join('.');
  const status = async (Authorization: string) => (await post('guarded', { headers: Authorization ? { Authorization } : {} })).status;
  expect([await status(token), await status(changed), await status('no token'), await status('')]).toEqual([200, 401, 401, 401]);
});
