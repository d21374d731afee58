import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { sqs } from '../shared/clients.ts';
import { environment } from '../shared/environment.ts';
import { stepHandler } from '../shared/step.ts';

/*
 * Asks for the tenant's subscription, and does not wait for it: create-subscription.ts makes it in its own time, however long the payment provider is away. A repeat asks again, which makes nothing
 * twice, because a tenant has one subscription. Undone by ending the subscription.
 */
export const handler = stepHandler({
  name: 'EnqueueBilling',
  during: 'PROVISIONING',
  run: async ({ tenant }) => {
    const { MessageId } = await sqs().send(
      new SendMessageCommand({ QueueUrl: environment('BILLING_QUEUE_URL'), MessageBody: JSON.stringify({ tenantId: tenant.tenantId }) }),
    );
    return { result: { messageId: MessageId ?? '' } };
  },
});
