import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { CognitoIdentityProviderClient, ListUserPoolsCommand } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Rates } from '../../../bench/measure/rates.ts';
import { type BareMiniStack, startBareMiniStack } from '../../support/bare-ministack.ts';

let stack: BareMiniStack;
let rates: Rates;
beforeAll(async () => {
  stack = await startBareMiniStack();
  rates = new Rates(stack.endpoint);
});
afterAll(() => stack.stop());

const tries = (call: () => Promise<unknown>, count: number) =>
  Promise.all(
    Array.from({ length: count }, () =>
      call().then(
        () => 'served',
        ({ name }: Error) => name,
      ),
    ),
  );
const some = 0.001;

test('a service refuses what is beyond its rate in its own words, the others and its other operations serve', async () => {
  const cognito = new CognitoIdentityProviderClient(stack.options());
  const cloudFormation = new CloudFormationClient(stack.options());
  const dynamodb = new DynamoDBClient(stack.options());
  await rates.set([
    { name: 'UserPoolRead', service: 'cognito-idp', actions: ['ListUserPools'], perSecond: some },
    { name: 'UserPoolUpdate', service: 'cognito-idp', actions: ['CreateUserPool'], perSecond: some },
    { name: 'CloudFormation', service: 'cloudformation', perSecond: some },
  ]);
  const listPools = () => cognito.send(new ListUserPoolsCommand({ MaxResults: 1 }));
  expect((await tries(listPools, 3)).sort()).toEqual(['TooManyRequestsException', 'TooManyRequestsException', 'served']);
  expect((await tries(() => cloudFormation.send(new ListStacksCommand({})), 3)).sort()).toEqual(['Throttling', 'Throttling', 'served']);
  expect(await tries(() => dynamodb.send(new ListTablesCommand({})), 3)).toEqual(['served', 'served', 'served']);
  expect(await rates.read()).toEqual([
    { name: 'UserPoolRead', served: 1, throttled: 2 },
    { name: 'UserPoolUpdate', served: 0, throttled: 0 },
    { name: 'CloudFormation', served: 1, throttled: 2 },
  ]);
  await rates.lift();
  expect(await tries(listPools, 2)).toEqual(['served', 'served']);
});

test('a rate lets through what flows into it in time', async () => {
  const cognito = new CognitoIdentityProviderClient(stack.options());
  await rates.set([{ name: 'all', service: 'cognito-idp', perSecond: 20 }]);
  const begun = performance.now();
  const retried = async () => {
    for (;;) {
      const [outcome] = await tries(() => cognito.send(new ListUserPoolsCommand({ MaxResults: 1 })), 1);
      if (outcome === 'served') return;
    }
  };
  await Promise.all(Array.from({ length: 30 }, retried));
  // Twenty at once, and ten more at twenty a second.
  expect(performance.now() - begun).toBeGreaterThan(450);
  await rates.lift();
});
