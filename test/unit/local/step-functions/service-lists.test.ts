import {
  GetExecutionHistoryCommand,
  type GetExecutionHistoryCommandInput,
  ListExecutionsCommand,
  type ListExecutionsCommandInput,
  RedriveExecutionCommand,
  type SFNClient,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { EmulatedAws, ended, errorOf, started } from './support/emulated-aws.ts';
import { machine } from './support/world.ts';

let aws: EmulatedAws;
let client: SFNClient;
let stateMachineArn: string;
const arns: string[] = [];
beforeAll(async () => {
  aws = await EmulatedAws.start();
  client = aws.client();
  const fail = { Type: 'Choice', Choices: [{ Condition: '{% $states.input.fail %}', Next: 'F' }], Default: 'S' };
  stateMachineArn = aws.machine('listed', machine({ C: fail, F: { Type: 'Fail' }, S: { Type: 'Succeed' } }));
  for (let index = 0; index < 12; index++) {
    arns.push(await started(client, stateMachineArn, { fail: index % 3 === 0 }, `run-${index}`));
    await ended(client, arns[index] ?? '');
  }
  await client.send(new RedriveExecutionCommand({ executionArn: arns[0] }));
  await ended(client, arns[0] ?? '');
});
afterAll(() => aws.close());

async function listed(request: Partial<ListExecutionsCommandInput>): Promise<string[][]> {
  const pages: string[][] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.send(new ListExecutionsCommand({ stateMachineArn, ...request, nextToken }));
    pages.push((page.executions ?? []).map(({ name = '' }) => name));
    nextToken = page.nextToken;
  } while (nextToken);
  return pages;
}

const names = (...indexes: number[]) => indexes.map((index) => `run-${index}`);

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListExecutions.html
describe('ListExecutions', () => {
  test('gives all, the newest first', async () => {
    expect(await listed({})).toEqual([names(11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)]);
  });

  test('in pages, each execution once', async () => {
    expect(await listed({ maxResults: 5 })).toEqual([names(11, 10, 9, 8, 7), names(6, 5, 4, 3, 2), names(1, 0)]);
    expect(await listed({ maxResults: 6 })).toEqual([names(11, 10, 9, 8, 7, 6), names(5, 4, 3, 2, 1, 0)]);
  });

  test('by status and by redrive', async () => {
    expect(await listed({ statusFilter: 'FAILED', maxResults: 3 })).toEqual([names(9, 6, 3), names(0)]);
    expect(await listed({ statusFilter: 'RUNNING' })).toEqual([[]]);
    expect(await listed({ redriveFilter: 'REDRIVEN' })).toEqual([names(0)]);
    expect(await listed({ redriveFilter: 'NOT_REDRIVEN', statusFilter: 'FAILED' })).toEqual([names(9, 6, 3)]);
  });

  test('what is started between two pages shifts nothing', async () => {
    const first = await client.send(
      new ListExecutionsCommand({ stateMachineArn, maxResults: 2, redriveFilter: 'NOT_REDRIVEN', statusFilter: 'FAILED' }),
    );
    await ended(client, await started(client, stateMachineArn, { fail: true }, 'later'));
    const second = await client.send(
      new ListExecutionsCommand({
        stateMachineArn,
        maxResults: 2,
        redriveFilter: 'NOT_REDRIVEN',
        statusFilter: 'FAILED',
        nextToken: first.nextToken,
      }),
    );
    expect(second.executions?.map(({ name }) => name)).toEqual(names(3));
  });

  test('a token of another list is refused', async () => {
    const { nextToken } = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 2 }));
    expect(await errorOf(client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'FAILED', nextToken })))).toBe(
      'InvalidToken',
    );
  });
});

// https://docs.aws.amazon.com/step-functions/latest/apireference/API_GetExecutionHistory.html
describe('GetExecutionHistory', () => {
  async function ids(request: Partial<GetExecutionHistoryCommandInput>): Promise<(number | undefined)[][]> {
    const pages: (number | undefined)[][] = [];
    let nextToken: string | undefined;
    do {
      const page = await client.send(new GetExecutionHistoryCommand({ executionArn: arns[1], ...request, nextToken }));
      pages.push((page.events ?? []).map(({ id }) => id));
      nextToken = page.nextToken;
    } while (nextToken);
    return pages;
  }

  test('forwards and backwards, in pages', async () => {
    expect(await ids({})).toEqual([[1, 2, 3, 4, 5, 6]]);
    expect(await ids({ maxResults: 4 })).toEqual([
      [1, 2, 3, 4],
      [5, 6],
    ]);
    expect(await ids({ maxResults: 3 })).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(await ids({ reverseOrder: true, maxResults: 4 })).toEqual([
      [6, 5, 4, 3],
      [2, 1],
    ]);
    expect(await ids({ reverseOrder: true, maxResults: 1000 })).toEqual([[6, 5, 4, 3, 2, 1]]);
  });

  test('without the data', async () => {
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn: arns[1], includeExecutionData: false }));
    expect(events?.[1]?.stateEnteredEventDetails).toEqual({ name: 'C' });
  });
});
