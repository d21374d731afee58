import { Readable } from 'node:stream';
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

/** Serves the requests of an SDK's client by an engine of this process, as the local stack serves them: local/step-functions/service.ts. */
export function stepFunctionsOf(engine: Engine, clock: VirtualClock, machines: readonly StateMachine[]): Next {
  const handlers = actions(engine, clock);
  const known = machines.map(({ arn, name, roleArn, definition }) => ({
    stateMachineArn: arn,
    name,
    roleArn,
    definition: JSON.stringify(definition),
  }));
  return async (args) => {
    const { headers, body } = (args as { request: { headers: Record<string, string>; body: Uint8Array } }).request;
    const action = String(headers['x-amz-target']).split('.').at(-1) as string;
    const data = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>;
    const stateMachine = known.find(({ stateMachineArn }) =>
      [data['stateMachineArn'], machineOf(data['executionArn'])].includes(stateMachineArn),
    );
    if (!stateMachine) throw new Error(`${data['stateMachineArn'] ?? data['executionArn']} is not of a workflow here.`);
    // What describes a state machine is not about executions, and is not the engine's.
    if (action === 'DescribeStateMachine') return answer(200, { ...stateMachine, status: 'ACTIVE', type: 'STANDARD', creationDate: 0 });
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
