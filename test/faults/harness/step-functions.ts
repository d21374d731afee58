import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { actions } from '../../../local/step-functions/actions.ts';
import type { Engine } from '../../../local/step-functions/engine.ts';
import type { StateMachine } from '../../../local/step-functions/execution.ts';
import { ServiceError } from '../../../local/step-functions/service-error.ts';
import type { VirtualClock } from '../../../local/step-functions/virtual-clock.ts';
import type { Next } from './wire.ts';

const answer = (statusCode: number, body: object) => ({
  response: {
    statusCode,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: Readable.from([Buffer.from(JSON.stringify(body))]),
  },
});

/** arn:aws:states:<region>:<account>:execution:<machine>:<name> */
const machineOf = (executionArn: unknown) =>
  String(executionArn).replace(':execution:', ':stateMachine:').split(':').slice(0, -1).join(':');

/**
 * Has the local stack judge whether the caller may do that. It knows nothing of this process's executions, so that all it answers to who may is that there is none; only what would begin one there
 * is not asked.
 * @returns its refusal, or undefined
 */
async function refusalOf(ask: Next, args: object, executionArn: unknown): Promise<object | undefined> {
  if (!executionArn) return undefined;
  const { response } = (await ask(args)) as { response: { statusCode: number; body: Readable } };
  const told = JSON.parse(await text(response.body)) as { readonly __type?: string };
  return told.__type?.includes('AccessDenied') ? answer(response.statusCode, told) : undefined;
}

/**
 * Serves the requests of an SDK's client by an engine of this process, as the local stack serves them: local/step-functions/service.ts.
 * @returns what serves a request that would otherwise be sent to the local stack by `ask`
 */
export function stepFunctionsOf(engine: Engine, clock: VirtualClock, machines: readonly StateMachine[]): (ask: Next) => Next {
  const handlers = actions(engine, clock);
  const known = machines.map(({ arn, name, roleArn, definition }) => ({
    stateMachineArn: arn,
    name,
    roleArn,
    definition: JSON.stringify(definition),
  }));
  return (ask) => async (args) => {
    const { headers, body } = (args as { request: { headers: Record<string, string>; body: Uint8Array } }).request;
    const action = String(headers['x-amz-target']).split('.').at(-1) as string;
    const data = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>;
    const stateMachine = known.find(({ stateMachineArn }) =>
      [data['stateMachineArn'], machineOf(data['executionArn'])].includes(stateMachineArn),
    );
    if (!stateMachine) throw new Error(`${data['stateMachineArn'] ?? data['executionArn']} is not of a workflow here.`);
    // What describes a state machine is not about executions, and is not the engine's.
    if (action === 'DescribeStateMachine') return answer(200, { ...stateMachine, status: 'ACTIVE', type: 'STANDARD', creationDate: 0 });
    const refusal = await refusalOf(ask, args, data['executionArn']);
    if (refusal) return refusal;
    const handler = Object.hasOwn(handlers, action) ? handlers[action] : undefined;
    if (!handler) throw new Error(`The engine does not serve ${action}.`);
    try {
      return answer(200, handler({ action, data, account: '', region: '', endpoint: '', stateMachine }));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      return answer(400, { __type: error.name, message: error.message });
    }
  };
}
