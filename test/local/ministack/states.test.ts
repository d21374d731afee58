import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { EventBridgeClient, PutEventsCommand, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  RedriveExecutionCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  account,
  assumeRole,
  type BareMiniStack,
  type Credentials,
  createFunction,
  createRole,
  eventually,
  invoke,
  region,
  startBareMiniStack,
  trustService,
} from '../../support/bare-ministack.ts';

type Question = {
  action: string;
  data: Record<string, unknown>;
  caller: string;
  stateMachine: { name: string; definition: string; roleArn: string } | null;
  roleCredentials: Credentials | null;
  engineCredentials: Credentials;
  endpoint: string;
};

const secret = 'a secret of this test';
const definition = JSON.stringify({ QueryLanguage: 'JSONata', StartAt: 'Done', States: { Done: { Type: 'Succeed' } } });
let engine: Server;
let questions: Question[] = [];
let secrets: (string | undefined)[] = [];
let stack: BareMiniStack;
let root: SFNClient;
let machineArn: string;
let executionArn: string;

beforeAll(async () => {
  engine = createServer(async (request, response) => {
    secrets.push(request.headers['x-engine-secret']?.toString());
    const question = (await json(request)) as Question;
    questions.push(question);
    const unknown = question.data['executionArn'] === `${executionArn}-unknown`;
    response
      .writeHead(unknown ? 400 : 200, { 'content-type': 'application/json' })
      .end(JSON.stringify(unknown ? { __type: 'ExecutionDoesNotExist', message: 'none' } : { executionArn, startDate: 1, redriveDate: 1 }));
  }).listen(0, '127.0.0.1');
  await once(engine, 'listening');
  stack = await startBareMiniStack({ url: `http://127.0.0.1:${(engine.address() as AddressInfo).port}/`, secret });
  root = new SFNClient(stack.options());
  machineArn = await createMachine(
    'onboard',
    await createRole(stack, [], { trust: [trustService('states.amazonaws.com')], name: 'machine' }),
  );
  executionArn = `${machineArn.replace(':stateMachine:', ':execution:')}:run-1`;
});
afterAll(async () => {
  await stack.stop();
  engine.close();
});
beforeEach(() => {
  questions = [];
  secrets = [];
});

async function createMachine(name: string, roleArn: string): Promise<string> {
  return (await root.send(new CreateStateMachineCommand({ name, roleArn, definition }))).stateMachineArn ?? '';
}

async function caller(action: string, resource: string): Promise<SFNClient> {
  const roleArn = await createRole(stack, [{ Effect: 'Allow', Action: action, Resource: resource }]);
  return new SFNClient(stack.options(await assumeRole(stack, roleArn)));
}

test('an authorised start reaches the engine with the machine, the caller and the role’s session', async () => {
  const client = await caller('states:StartExecution', machineArn);
  await client.send(new StartExecutionCommand({ stateMachineArn: machineArn, name: 'run-1', input: '{}' }));
  expect(secrets).toEqual([secret]);
  expect(questions).toMatchObject([
    {
      action: 'StartExecution',
      data: { name: 'run-1', input: '{}' },
      caller: expect.stringMatching(/:assumed-role\/.*\/check$/),
      stateMachine: { name: 'onboard', definition },
      endpoint: stack.endpoint,
    },
  ]);
  const sts = new STSClient(stack.options(questions[0]?.roleCredentials ?? undefined));
  expect((await sts.send(new GetCallerIdentityCommand({}))).Arn).toBe(`arn:aws:sts::${account}:assumed-role/machine/StepFunctions`);
});

test('a refused or unsigned call never reaches the engine', async () => {
  const stranger = await caller('states:ListStateMachines', '*');
  await expect(stranger.send(new StartExecutionCommand({ stateMachineArn: machineArn }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  await expect(stranger.send(new RedriveExecutionCommand({ executionArn }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect(questions).toEqual([]);
});

test('an execution is authorised by its own ARN and handed over with its machine', async () => {
  const client = await caller('states:RedriveExecution', executionArn);
  await client.send(new RedriveExecutionCommand({ executionArn }));
  expect(questions).toMatchObject([{ action: 'RedriveExecution', stateMachine: { name: 'onboard' }, roleCredentials: {} }]);
  await expect(client.send(new RedriveExecutionCommand({ executionArn: `${executionArn}-other` }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});

test('the engine’s refusals reach the caller', async () => {
  await expect(root.send(new DescribeExecutionCommand({ executionArn: `${executionArn}-unknown` }))).rejects.toMatchObject({
    name: 'ExecutionDoesNotExist',
  });
});

test('a task token is authorised as the machine that it belongs to', async () => {
  const token = (arn: string) => `${Buffer.from(arn).toString('base64url')}.AbC_-1`;
  const client = await caller('states:SendTaskSuccess', machineArn);
  await client.send(new SendTaskSuccessCommand({ taskToken: token(machineArn), output: '{}' }));
  expect(questions).toMatchObject([{ action: 'SendTaskSuccess', stateMachine: { name: 'onboard' } }]);
  for (const taskToken of [token(`${machineArn}-other`), 'not a token', token('not an ARN')]) {
    await expect(client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  }
});

test('a role that Step Functions may not assume starts nothing', async () => {
  const arn = await createMachine('untrusted', await createRole(stack, [], { trust: [trustService('lambda.amazonaws.com')] }));
  await expect(root.send(new StartExecutionCommand({ stateMachineArn: arn }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  expect(questions).toEqual([]);
});

test('state machines themselves stay with MiniStack', async () => {
  expect((await root.send(new DescribeStateMachineCommand({ stateMachineArn: machineArn }))).definition).toBe(definition);
  expect(questions).toEqual([]);
});

test('a rule on an event starts an execution', async () => {
  const events = new EventBridgeClient(stack.options());
  const RoleArn = await createRole(stack, [{ Effect: 'Allow', Action: 'states:StartExecution', Resource: machineArn }], {
    trust: [trustService('events.amazonaws.com')],
  });
  await events.send(new PutRuleCommand({ Name: 'start', EventPattern: JSON.stringify({ source: ['shop'] }) }));
  await events.send(new PutTargetsCommand({ Rule: 'start', Targets: [{ Id: 'machine', Arn: machineArn, RoleArn }] }));
  await events.send(new PutEventsCommand({ Entries: [{ Source: 'shop', DetailType: 'Sold', Detail: '{"n":1}' }] }));
  const [question] = await eventually('The start of an execution', async () => (questions.length > 0 ? questions : undefined));
  expect(question).toMatchObject({ action: 'StartExecution', data: { stateMachineArn: machineArn } });
  expect(JSON.parse(String(question?.data['input']))).toMatchObject({ source: 'shop', detail: { n: 1 } });
});

test('only the engine may speak as Step Functions, and it may do nothing else', async () => {
  await root.send(new StartExecutionCommand({ stateMachineArn: machineArn }));
  const entry = (Source: string) => new PutEventsCommand({ Entries: [{ Source, DetailType: 'Execution', Detail: '{}' }] });
  const engineEvents = new EventBridgeClient(stack.options(questions[0]?.engineCredentials));
  expect((await engineEvents.send(entry('aws.states'))).FailedEntryCount).toBe(0);
  await expect(engineEvents.send(entry('aws.s3'))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  const publisher = await createRole(stack, [
    { Effect: 'Allow', Action: 'events:PutEvents', Resource: `arn:aws:events:${region}:${account}:event-bus/*` },
  ]);
  const forger = new EventBridgeClient(stack.options(await assumeRole(stack, publisher)));
  expect((await forger.send(entry('aws.states'))).Entries).toMatchObject([{ ErrorCode: 'NotAuthorizedForSourceException' }]);
});

test('functions do not know where the engine is, nor its secret', async () => {
  const arn = await createFunction(stack, 'exports.handler = async () => JSON.stringify(process.env)');
  const { payload } = await invoke(stack, arn);
  expect(payload).toContain('AWS_LAMBDA_FUNCTION_NAME');
  expect(payload).not.toContain('TENANTRY_ENGINE');
  expect(payload).not.toContain(secret);
});
