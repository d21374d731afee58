import { createHash } from 'node:crypto';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type * as z from 'zod/mini';
import { eventSource, events } from '../../contracts/events.ts';
import { eventBridge } from './clients.ts';
import { environment } from './environment.ts';
import { rememberOperation } from './errors.ts';

/** @returns the same UUID (RFC 9562, version 8: hash-based) for the same fact, so that consumers recognise a repetition */
export function eventIdOf(...fact: readonly (string | number)[]): string {
  const bytes = createHash('sha256').update(JSON.stringify(fact)).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * Puts one event on the bus. @returns the bus's own id of it
 * @throws an error with the name of EventBridge's code when it was not taken: PutEvents answers 200 even then
 */
export async function emit<Type extends keyof typeof events>(type: Type, detail: z.infer<(typeof events)[Type]>): Promise<string> {
  const { FailedEntryCount, Entries } = await eventBridge().send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: environment('EVENT_BUS_NAME'),
          Source: eventSource,
          DetailType: type,
          Detail: JSON.stringify(events[type].parse(detail)),
          Time: new Date(detail.occurredAt),
          Resources: [],
        },
      ],
    }),
  );
  const entry = Entries?.[0];
  if (FailedEntryCount || !entry?.EventId) {
    const refused = Object.assign(new Error('EventBridge did not take the event.'), { name: entry?.ErrorCode ?? 'EventNotTaken' });
    rememberOperation(refused, 'EventBridge.PutEvents');
    throw refused;
  }
  return entry.EventId;
}
