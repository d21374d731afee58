import { SendMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { TenantId } from '../../contracts/identifiers.ts';
import { sqs } from './clients.ts';
import { environment } from './environment.ts';
import { InvalidInput } from './errors.ts';

const Message = z.strictObject({ tenantId: TenantId });

/**
 * Asks for a tenant's billing to be settled (settlement.ts), beside whatever asks. Asking twice does no harm, and neither does asking in vain.
 * @returns the message's id
 */
export async function askToSettle(tenantId: string, delaySeconds = 0): Promise<string> {
  const { MessageId } = await sqs().send(
    new SendMessageCommand({
      QueueUrl: environment('BILLING_QUEUE_URL'),
      MessageBody: JSON.stringify({ tenantId } satisfies z.infer<typeof Message>),
      ...(delaySeconds > 0 ? { DelaySeconds: delaySeconds } : {}),
    }),
  );
  return MessageId ?? '';
}

/** @returns the tenant that a message asks for. @throws InvalidInput when it names none */
export function tenantAskedFor(body: string): string {
  try {
    return Message.parse(JSON.parse(body)).tenantId;
  } catch {
    throw new InvalidInput('The message does not name a tenant.');
  }
}
