import { InvokeCommand } from '@aws-sdk/client-lambda';
import { VendedCredentials, type VendingRequest } from '../../contracts/vending.ts';
import { lambda } from './clients.ts';
import { environment } from './environment.ts';
import { NotAllowed, rememberOperation, Superseded } from './errors.ts';
import type { StepContext } from './step.ts';

/** What the vending function threw, as the Lambda runtime hands it over: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html */
interface Thrown {
  readonly errorType?: string;
  readonly errorMessage?: string;
}

/** The vending function's error, as if it had been thrown here: its name decides what the workflow does, and its operation what staff look at. */
function rethrown({ errorType = 'Error', errorMessage = '' }: Thrown): Error {
  if (errorType === 'NotAllowed') return new NotAllowed(errorMessage);
  if (errorType === 'Superseded') return new Superseded(errorMessage);
  const [, operation, failureClass] = /^(\S+) failed with \w+ \((.*?)\)/.exec(errorMessage) ?? [];
  const error = Object.assign(new Error(errorMessage), { name: errorType, $fault: failureClass === 'retry' ? 'server' : 'client' });
  if (operation?.includes('.')) rememberOperation(error, operation);
  return error;
}

/**
 * The only way to a tenant's data: credentials that the vending function gives for the step that is under way. The tenant comes of the step's record.
 * @throws NotAllowed when the step is not under way any more, Superseded when a later attempt has taken over; otherwise what the vending function met
 */
export async function vendCredentials({ tenant, input, step, attempt }: StepContext): Promise<VendedCredentials> {
  const request: VendingRequest = {
    record: { tenantId: tenant.tenantId, runId: input.runId, step },
    generation: input.generation,
    attempt,
  };
  const { Payload, FunctionError } = await lambda().send(
    new InvokeCommand({ FunctionName: environment('VEND_CREDENTIALS_ARN'), Payload: JSON.stringify(request) }),
  );
  const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString('utf8'));
  if (FunctionError) throw rethrown(answer as Thrown);
  return VendedCredentials.parse(answer);
}
