import { SFNClient } from '@aws-sdk/client-sfn';
import type { AwsClients } from './aws-clients.ts';
import { callAwsSdk, toJson } from './aws-sdk-call.ts';
import type { Clock } from './clock.ts';
import type { AwsSession } from './hand-over.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { invokeInput, invokeResult } from './lambda-invocation.ts';
import { awaitExecution, startExecutionInput } from './nested-execution.ts';
import { StatesError } from './states-error.ts';
import type { TaskCall, TaskInvoker } from './task-invoker-contract.ts';

export interface AwsTaskInvokerOptions {
  readonly clients: AwsClients;
  readonly clock: Clock;
  /** The newest session of a state machine's role. */
  readonly sessionOf: (stateMachineArn: string) => AwsSession;
}

/** Makes the tasks' calls over the AWS SDK, in the name of the state machine's role. */
export function awsTaskInvoker({ clients, clock, sessionOf }: AwsTaskInvokerOptions): TaskInvoker {
  return async (call) => {
    const { resource, signal } = call;
    const args = objectArguments(call);
    const session = sessionOf(call.execution.stateMachineArn);
    const send = (input: object, errorPrefix?: string) =>
      callAwsSdk(clients, {
        service: resource.service,
        action: resource.action,
        input,
        session,
        signal,
        ...(errorPrefix ? { errorPrefix } : {}),
      });
    if (resource.sdk) return toJson(await send(args));
    switch (resource.service) {
      case 'lambda':
        return invokeResult(await send(invokeInput(args), 'Lambda'));
      case 'sqs':
        return toJson(await send({ ...args, MessageBody: asText(args['MessageBody']) }, 'SQS'));
      case 'events':
        return eventsResult(await send(eventsInput(args, call), 'EventBridge'));
      case 'states': {
        const { executionArn, startDate } = await send(startExecutionInput(args), 'StepFunctions');
        const begun = toJson({ ExecutionArn: executionArn, StartDate: startDate });
        if (resource.pattern !== 'sync') return begun;
        call.submitted(begun);
        return awaitExecution(clients.get(SFNClient, session), String(executionArn), clock, signal);
      }
      default:
        throw new StatesError('States.Runtime', `The integration ${resource.resourceType}:${resource.resourceName} is not served here.`);
    }
  };
}

function objectArguments({ arguments: args, stateName }: TaskCall): JsonObject {
  if (isJsonObject(args)) return args;
  throw new StatesError('States.Runtime', `The Arguments of the state '${stateName}' must be an object.`);
}

/** Step Functions takes an object where the service takes text. */
function asText(value: Json | undefined): string | undefined {
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value);
}

/** Step Functions adds the execution and the state machine to the resources: https://docs.aws.amazon.com/step-functions/latest/dg/connect-eventbridge.html */
function eventsInput(args: JsonObject, { execution }: TaskCall): object {
  const entries = Array.isArray(args['Entries']) ? args['Entries'] : [];
  return {
    ...args,
    Entries: entries.filter(isJsonObject).map((entry) => ({
      ...entry,
      Detail: asText(entry['Detail']),
      Resources: [...(Array.isArray(entry['Resources']) ? entry['Resources'] : []), execution.arn, execution.stateMachineArn],
    })),
  };
}

/** EventBridge answers success even when it took no entry; Step Functions makes that an error. */
function eventsResult(answer: Record<string, unknown>): Json {
  if (Number(answer['FailedEntryCount'] ?? 0) > 0) throw new StatesError('EventBridge.FailedEntry', JSON.stringify(answer));
  return toJson(answer);
}
