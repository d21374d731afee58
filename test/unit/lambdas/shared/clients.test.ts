import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AdminGetUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cognito, dynamodb } from '../../../../lambdas/shared/clients.ts';
import { explain } from '../../../../lambdas/shared/errors.ts';

/* The SDK itself, against a server that answers every call with one error: what the handlers learn of a failure must hold for real clients. */

let server: Server;
let answer: { status: number; error: string };

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify({ __type: `com.amazonaws.test#${answer.error}`, message: 'arn:aws:test is secret' }));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  Object.assign(process.env, {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_MAX_ATTEMPTS: '1',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
});
afterAll(() => {
  dynamodb().destroy();
  cognito().destroy();
  server.closeAllConnections();
  server.close();
});

const failureOf = (call: Promise<unknown>) =>
  call.then(
    () => {
      throw new Error('It must fail.');
    },
    (error: unknown) => explain(error),
  );

test.each([
  [{ status: 400, error: 'ProvisionedThroughputExceededException' }, 'retry'],
  [{ status: 400, error: 'AccessDeniedException' }, 'bug'],
  [{ status: 500, error: 'InternalServerError' }, 'retry'],
])('a document client’s error names its operation: %j is "%s"', async (error, expected) => {
  answer = error;
  const failure = await failureOf(dynamodb().send(new GetCommand({ TableName: 'T', Key: { pk: 'x' } })));
  expect(failure).toMatchObject({ class: expected, error: error.error, operation: 'DynamoDB.GetItem' });
  const written = await failureOf(dynamodb().send(new TransactWriteCommand({ TransactItems: [] })));
  expect(written.operation).toBe('DynamoDB.TransactWriteItems');
});

test('so does another client’s', async () => {
  answer = { status: 400, error: 'InvalidParameterException' };
  const failure = await failureOf(cognito().send(new AdminGetUserCommand({ UserPoolId: 'x_y', Username: 'z' })));
  expect(failure).toMatchObject({
    class: 'needs input',
    error: 'InvalidParameterException',
    operation: 'CognitoIdentityProvider.AdminGetUser',
  });
  expect(JSON.stringify(failure)).not.toContain('arn:');
});
