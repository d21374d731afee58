import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { StatesError } from './states-error.ts';

/** `Arguments` of `arn:aws:states:::lambda:invoke` as the Lambda API takes them. https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html */
export function invokeInput(args: JsonObject): object {
  const { Payload, ...rest } = args;
  return { ...rest, ...(Payload === undefined ? {} : { Payload: Buffer.from(JSON.stringify(Payload)) }) };
}

/**
 * The task's result. A function's error becomes the task's: its name is the `errorType`, its cause the whole payload.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export function invokeResult(answer: Record<string, unknown>): Json {
  const { StatusCode, ExecutedVersion, FunctionError, Payload } = answer;
  const text = Payload instanceof Uint8Array ? Buffer.from(Payload).toString() : '';
  if (FunctionError !== undefined) throw functionError(text);
  return {
    ...(typeof ExecutedVersion === 'string' ? { ExecutedVersion } : {}),
    Payload: text === '' ? null : parsedOrText(text),
    ...(typeof StatusCode === 'number' ? { StatusCode } : {}),
  };
}

function functionError(text: string): StatesError {
  const payload = parsedOrText(text);
  const errorType = isJsonObject(payload) ? payload['errorType'] : undefined;
  if (typeof errorType === 'string' && errorType !== '') return new StatesError(errorType, text);
  const cause = `The cause could not be determined because Lambda did not return an error type. Returned payload: ${text}`;
  return new StatesError('Lambda.Unknown', cause);
}

function parsedOrText(text: string): Json {
  try {
    return JSON.parse(text);
  } catch {
    // Lambda answers JSON unless the runtime itself was at fault; then its words are all there is.
    return text;
  }
}
