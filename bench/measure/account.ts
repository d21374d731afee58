import { DescribeTableCommand, DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, paginateGetExecutionHistory, paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { TableShape } from '../cost/dynamodb-units.ts';
import { until } from './customer.ts';
import type { MeasuredStack } from './stack.ts';

/** How long to wait between two looks at an execution that is being measured: each takes the emulator's time, which the steps' calls need. */
const lookMilliseconds = 200;

/** An administrator's eyes in the measured account. What they look at is no part of a measurement. */
export function openAccount(stack: MeasuredStack) {
  const { endpoint, region, credentials, outputs } = stack;
  const config = () => ({ endpoint, region, credentials: { ...credentials } });
  const dynamodb = new DynamoDBClient(config());
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const lambda = new LambdaClient(config());
  const stepFunctions = new SFNClient(config());
  return {
    config,
    documents,
    /** The key attributes of all tables and their indexes, by table name. */
    async tableShapes(): Promise<Map<string, TableShape>> {
      const shapes = new Map<string, TableShape>();
      for await (const { TableNames = [] } of paginateListTables({ client: dynamodb }, {}))
        for (const TableName of TableNames) {
          const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
          const names = (keys: readonly { AttributeName?: string | undefined }[] = []) =>
            keys.map(({ AttributeName }) => AttributeName ?? '');
          shapes.set(TableName, {
            keys: names(Table?.KeySchema),
            indexes: (Table?.GlobalSecondaryIndexes ?? []).map(({ KeySchema, Projection }) => ({
              keys: names(KeySchema),
              projected: Projection?.ProjectionType === 'ALL' ? 'all' : (Projection?.NonKeyAttributes ?? []),
            })),
          });
        }
      return shapes;
    },
    /** Where each function's code is told, such as "steps/plan-tenant", by the function's name. */
    async handlers(): Promise<Map<string, string>> {
      const handlers = new Map<string, string>();
      for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {}))
        for (const { FunctionName = '', Description = '' } of Functions) {
          const [, handler] = /lambdas\/(.+)\.ts/.exec(Description) ?? [];
          if (handler) handlers.set(FunctionName, handler);
        }
      return handlers;
    },
    /** The ARN of a tenant's execution, once it has ended. @throws when it did not succeed */
    async endedExecution(tenantId: string): Promise<string> {
      const executionArn = await until(
        'The execution',
        async () => {
          const { Item } = await documents.send(
            new GetCommand({
              TableName: outputs['TenantsTableName'],
              Key: { pk: `TENANT#${tenantId}`, sk: 'TENANT' },
              ConsistentRead: true,
            }),
          );
          const runId = Item?.['run']?.runId;
          if (!runId) return undefined;
          for await (const { executions = [] } of paginateListExecutions(
            { client: stepFunctions },
            { stateMachineArn: outputs['OnboardTenantArn'] },
          )) {
            const own = executions.find(({ name }) => name?.startsWith(runId));
            if (own) return own.executionArn;
          }
          return undefined;
        },
        lookMilliseconds,
      );
      await until(
        'The end of the execution',
        async () => {
          const { status } = await stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
          if (status === 'RUNNING') return undefined;
          if (status !== 'SUCCEEDED') throw new Error(`The execution ended ${status}.`);
          return status;
        },
        lookMilliseconds,
      );
      return executionArn as string;
    },
    /** The name and status of every execution that there has been. */
    async executions(): Promise<{ readonly name: string; readonly status: string }[]> {
      const found: { name: string; status: string }[] = [];
      for await (const { executions = [] } of paginateListExecutions(
        { client: stepFunctions },
        { stateMachineArn: outputs['OnboardTenantArn'] },
      ))
        found.push(...executions.map(({ name = '', status = '' }) => ({ name, status })));
      return found;
    },
    /** The events of an execution. */
    async history(executionArn: string) {
      const events = [];
      for await (const page of paginateGetExecutionHistory({ client: stepFunctions }, { executionArn, includeExecutionData: false }))
        events.push(...(page.events ?? []));
      return events;
    },
    close() {
      for (const client of [dynamodb, lambda, stepFunctions]) client.destroy();
    },
  };
}
export type Account = ReturnType<typeof openAccount>;
