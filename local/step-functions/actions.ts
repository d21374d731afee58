import type { Clock } from './clock.ts';
import type { StateMachineDefinition } from './definition.ts';
import { parseDefinition, validateDefinitionText } from './definition-validation.ts';
import { executionDescription, executionListItem, seconds } from './descriptions.ts';
import type { Engine } from './engine.ts';
import { type HandOver, stateMachineOf } from './hand-over.ts';
import { exceedsDataLimit, type Json } from './json.ts';
import { pagePosition, pageSize, pageToken } from './pagination.ts';
import * as requests from './requests.ts';
import { ServiceError } from './service-error.ts';
import { StatesError } from './states-error.ts';
import type { TokenWaiter } from './task-tokens.ts';

type Handler = (handOver: HandOver) => Record<string, unknown>;

/** The actions of the Step Functions API that concern executions, by their names. */
export function actions(engine: Engine, clock: Clock): Readonly<Record<string, Handler>> {
  const definitions = new Map<string, { readonly text: string; readonly definition: StateMachineDefinition }>();

  /** A state machine is parsed once for as long as it stays the same. */
  function parsedDefinition(arn: string, text: string): StateMachineDefinition {
    const known = definitions.get(arn);
    if (known?.text === text) return known.definition;
    const definition = parseDefinition(text);
    definitions.set(arn, { text, definition });
    return definition;
  }

  function known(executionArn: string) {
    requests.assertExecutionArn(executionArn);
    return engine.executions.get(executionArn);
  }

  return {
    StartExecution({ data, stateMachine }) {
      const { stateMachineArn, name, input } = requests.parseRequest(requests.startExecution, data);
      const record = machineOf(stateMachine, stateMachineArn);
      if (record.type === 'EXPRESS')
        throw new ServiceError('StateMachineTypeNotSupported', 'State machines of type EXPRESS are not served here; use STANDARD.');
      if (typeof name === 'string') requests.assertExecutionName(name);
      const definition = parsedDefinition(record.stateMachineVersionArn ?? record.stateMachineArn, record.definition);
      const execution = engine.start({
        stateMachine: stateMachineOf(record, definition),
        name: name ?? undefined,
        input: input ?? undefined,
      });
      return { executionArn: execution.arn, startDate: seconds(execution.startDate) };
    },

    StartSyncExecution() {
      throw new ServiceError('StateMachineTypeNotSupported', 'This operation is not supported by this type of state machine');
    },

    StopExecution({ data }) {
      const { executionArn, error, cause } = requests.parseRequest(requests.stopExecution, data);
      known(executionArn);
      return { stopDate: seconds(engine.stop(executionArn, error ?? undefined, cause ?? undefined).stopDate) };
    },

    RedriveExecution({ data, stateMachine }) {
      const { executionArn, clientToken } = requests.parseRequest(requests.redriveExecution, data);
      known(executionArn);
      if (!stateMachine) throw new ServiceError('ExecutionNotRedrivable', 'State machine is in DELETING status.');
      return { redriveDate: seconds(engine.redrive(executionArn, clientToken ?? undefined).redriveDate) };
    },

    DescribeExecution({ data }) {
      const { executionArn } = requests.parseRequest(requests.describeExecution, data);
      return executionDescription(known(executionArn), clock.now());
    },

    DescribeStateMachineForExecution({ data, stateMachine }) {
      const { executionArn } = requests.parseRequest(requests.describeExecution, data);
      const execution = known(executionArn);
      const { arn, name, roleArn, definition } = execution.stateMachine;
      const updateDate = stateMachine?.updateDate ?? stateMachine?.creationDate;
      return {
        stateMachineArn: arn,
        name,
        roleArn,
        definition: JSON.stringify(definition),
        updateDate: typeof updateDate === 'number' ? updateDate : seconds(execution.startDate),
      };
    },

    ListExecutions({ data, stateMachine }) {
      const request = requests.parseRequest(requests.listExecutions, data);
      const { stateMachineArn, statusFilter, redriveFilter, maxResults, nextToken } = request;
      const record = machineOf(stateMachine, stateMachineArn);
      const list = ['ListExecutions', stateMachineArn, statusFilter, redriveFilter];
      const all = engine.executions.ofStateMachine(record.stateMachineArn);
      const last = nextToken === undefined ? undefined : pagePosition(nextToken, list);
      const rest = last === undefined ? all : all.slice(1 + all.findIndex((execution) => execution.arn === last));
      const found = rest.filter(
        (execution) =>
          (statusFilter === undefined || execution.status === statusFilter) &&
          (redriveFilter === undefined || (redriveFilter === 'REDRIVEN') === execution.redriveCount > 0) &&
          [record.stateMachineArn, execution.stateMachine.versionArn, execution.stateMachine.aliasArn].includes(stateMachineArn),
      );
      const page = found.slice(0, pageSize(maxResults));
      const more = found.length > page.length ? { nextToken: pageToken(page.at(-1)?.arn ?? '', list) } : {};
      return { executions: page.map(executionListItem), ...more };
    },

    GetExecutionHistory({ data }) {
      const {
        executionArn,
        reverseOrder = false,
        includeExecutionData = true,
        maxResults,
        nextToken,
      } = requests.parseRequest(requests.getExecutionHistory, data);
      const { history } = known(executionArn);
      const list = ['GetExecutionHistory', executionArn, reverseOrder, includeExecutionData];
      const size = pageSize(maxResults);
      const first = nextToken === undefined ? (reverseOrder ? history.length : 1) : Number(pagePosition(nextToken, list));
      const events = reverseOrder
        ? history.between(first - size + 1, first, includeExecutionData).reverse()
        : history.between(first, first + size - 1, includeExecutionData);
      const next = reverseOrder ? first - size : first + size;
      return { events, ...(next >= 1 && next <= history.length ? { nextToken: pageToken(String(next), list) } : {}) };
    },

    SendTaskSuccess({ data }) {
      const { taskToken, output } = requests.parseRequest(requests.sendTaskSuccess, data);
      const value = taskOutput(output);
      openTask(engine, taskToken).succeed(value);
      return {};
    },

    SendTaskFailure({ data }) {
      const { taskToken, error, cause } = requests.parseRequest(requests.sendTaskFailure, data);
      openTask(engine, taskToken).fail(new StatesError(error ?? '', cause ?? ''));
      return {};
    },

    SendTaskHeartbeat({ data }) {
      const { taskToken } = requests.parseRequest(requests.sendTaskHeartbeat, data);
      openTask(engine, taskToken).heartbeat();
      return {};
    },

    ValidateStateMachineDefinition({ data }) {
      const { definition } = requests.parseRequest(requests.validateStateMachineDefinition, data);
      const diagnostics = validateDefinitionText(definition).map((message) => ({
        severity: 'ERROR',
        code: 'SCHEMA_VALIDATION_FAILED',
        message,
      }));
      return { result: diagnostics.length === 0 ? 'OK' : 'FAIL', diagnostics, truncated: false };
    },
  };
}

function machineOf(record: HandOver['stateMachine'], arn: string) {
  if (!record) throw new ServiceError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return record;
}

/** The task that waits for the token, or AWS's refusal: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html */
function openTask(engine: Engine, taskToken: string): TokenWaiter {
  const state = engine.tokens.look(taskToken);
  switch (state.kind) {
    case 'open':
      return state.waiter;
    case 'closed':
      throw new ServiceError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    case 'unknown':
      throw new ServiceError('TaskDoesNotExist', "Task does not exist: 'Provided task does not exist'");
    case 'malformed':
      throw new ServiceError('InvalidToken', "Invalid Token: 'Invalid token'");
  }
}

function taskOutput(text: string): Json {
  if (exceedsDataLimit(text)) throw new ServiceError('InvalidOutput', 'Invalid Output: more than 262144 bytes');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ServiceError('InvalidOutput', `Invalid Output: '${error instanceof Error ? error.message : error}'`);
  }
}
