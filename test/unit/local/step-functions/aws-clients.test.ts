import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AwsClients } from '../../../../local/step-functions/aws-clients.ts';
import { until } from './support/emulated-aws.ts';

const held: ServerResponse[] = [];
const server = createServer((request, response) => {
  request.resume();
  held.push(response);
});
beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

function session(accessKeyId: string) {
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: 'eu-central-1',
    credentials: { accessKeyId, secretAccessKey: 'secret', sessionToken: 'token' },
  };
}

test('all clients share so many connections; further calls wait for their turn', async () => {
  const clients = new AwsClients(2);
  const invoke = (accessKeyId: string) => clients.get(LambdaClient, session(accessKeyId)).send(new InvokeCommand({ FunctionName: 'f' }));
  const calls = Promise.all(['a', 'a', 'b', 'b', 'c'].map(invoke));
  let answered = 0;
  for (const expected of [2, 2, 1]) {
    await until(() => held.length === expected);
    for (const response of held.splice(0)) {
      answered++;
      response.end('{}');
    }
  }
  expect((await calls).map(({ StatusCode }) => StatusCode)).toEqual([200, 200, 200, 200, 200]);
  expect(answered).toBe(5);
  clients.close();
});

test('a session has one client of each kind', () => {
  const clients = new AwsClients();
  const client = clients.get(LambdaClient, session('a'));
  expect(clients.get(LambdaClient, session('a'))).toBe(client);
  expect(clients.get(LambdaClient, session('b'))).not.toBe(client);
  clients.close();
});
