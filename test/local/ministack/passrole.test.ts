import { randomUUID } from 'node:crypto';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import {
  account,
  assumeRole,
  type BareMiniStack,
  type Credentials,
  createRole,
  region,
  type Statement,
  startBareMiniStack,
  trustService,
} from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
let passed: string;
let without: Credentials;
const everythingButPassing: Statement = { Effect: 'Allow', NotAction: 'iam:PassRole', Resource: '*' };

beforeAll(async () => {
  stack = await startBareMiniStack();
  passed = await createRole(stack, [], {
    trust: ['lambda', 'states', 'events'].map((service) => trustService(`${service}.amazonaws.com`)),
  });
  without = await assumeRole(stack, await createRole(stack, [everythingButPassing]));
});
afterAll(() => stack.stop());

async function passingTo(service: string): Promise<Credentials> {
  const Condition = { StringEquals: { 'iam:PassedToService': `${service}.amazonaws.com` } };
  return assumeRole(
    stack,
    await createRole(stack, [everythingButPassing, { Effect: 'Allow', Action: 'iam:PassRole', Resource: passed, Condition }]),
  );
}

const uses: [string, (credentials: Credentials) => Promise<unknown>][] = [
  [
    'lambda',
    (credentials) =>
      new LambdaClient(stack.options(credentials)).send(
        new CreateFunctionCommand({
          FunctionName: `function-${randomUUID()}`,
          Runtime: 'nodejs24.x',
          Handler: 'index.handler',
          Role: passed,
          Code: { ZipFile: zipSync({ 'index.js': strToU8('') }) },
        }),
      ),
  ],
  [
    'states',
    (credentials) =>
      new SFNClient(stack.options(credentials)).send(
        new CreateStateMachineCommand({
          name: `machine-${randomUUID()}`,
          roleArn: passed,
          definition: JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } }),
        }),
      ),
  ],
  [
    'events',
    async (credentials) => {
      const events = new EventBridgeClient(stack.options(credentials));
      const Rule = `rule-${randomUUID()}`;
      await events.send(new PutRuleCommand({ Name: Rule, EventPattern: '{"source":["shop"]}' }));
      const Arn = `arn:aws:states:${region}:${account}:stateMachine:onboard`;
      return events.send(new PutTargetsCommand({ Rule, Targets: [{ Id: 'machine', Arn, RoleArn: passed }] }));
    },
  ],
];

test.each(uses)('a role is passed to %s only by who may pass it there', async (service, use) => {
  await expect(use(without)).rejects.toThrow(/iam:PassRole/);
  await expect(use(await passingTo('ec2'))).rejects.toThrow(/iam:PassRole/);
  await use(await passingTo(service));
});
