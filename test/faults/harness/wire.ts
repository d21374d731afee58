import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { WireTreatment } from './lambda-process.ts';
import { connectionReset, refusalOf } from './refusals.ts';

/** What the innermost of the SDK's middleware takes and hands back: https://github.com/smithy-lang/smithy-typescript */
export type Next = (args: object) => Promise<object>;

/** Serves a request as its treatment says. It knows nothing of who asks. */
export async function onTheWire(treatment: WireTreatment, serviceId: string, next: Next, args: object): Promise<object> {
  switch (treatment.wire) {
    case 'serve':
      return whole(await next(args));
    case 'reset':
      throw connectionReset();
    case 'lose-answer':
      await unheard(next(args));
      throw connectionReset();
    case 'send-twice':
      await unheard(next(args));
      return whole(await next(args));
    case 'refuse':
      return { response: refusalOf(serviceId, treatment.refusal) };
  }
}

/** The answer once all of it has come: how long the network takes for a body that the code reads by itself must not decide which of its calls is the next. */
async function whole(answer: object): Promise<object> {
  const { response } = answer as { response?: { body?: unknown } };
  if (response?.body instanceof Readable) response.body = Readable.from(await buffer(response.body));
  return answer;
}

/** Nobody reads the answer; its connection is free for others once it has come. */
async function unheard(answer: Promise<object>): Promise<void> {
  const { response } = (await answer) as { response?: { body?: Readable } };
  response?.body?.resume();
}
