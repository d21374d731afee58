import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodbWith } from '../shared/clients.ts';
import { Conflict } from '../shared/errors.ts';
import { namespaceItemId, namespaceOf } from '../shared/namespace.ts';
import { stepHandler } from '../shared/step.ts';
import { storesOf } from '../shared/stores.ts';
import { vendCredentials } from '../shared/tenant-credentials.ts';
import { tenantRoleArn } from '../shared/tenant-role.ts';

/*
 * Claims the tenant's namespace in its data table, with the tenant's own scoped credentials: that the claim succeeds shows that its session
 * tag reaches it. The claim carries the run, so that a repeat recognises its own; a namespace of another run is a conflict. Undone by erasing
 * the namespace.
 */
export const handler = stepHandler({
  name: 'EstablishIsolation',
  during: 'PROVISIONING',
  intent: (tenant) => ({ namespace: namespaceOf(tenant.tenantId) }),
  run: async (context) => {
    const { tenant, input, startedAt } = context;
    const documents = dynamodbWith(await vendCredentials(context));
    try {
      await documents.send(
        new PutCommand({
          TableName: storesOf(tenant).tableName,
          Item: { tenantId: namespaceOf(tenant.tenantId), itemId: namespaceItemId, runId: input.runId, claimedAt: startedAt },
          ConditionExpression: 'attribute_not_exists(tenantId) OR runId = :runId',
          ExpressionAttributeValues: { ':runId': input.runId },
        }),
      );
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) throw new Conflict('The namespace belongs to another run.');
      throw error;
    }
    return {
      result: { roleArn: tenantRoleArn(tenant), sessionTags: { tenantId: tenant.tenantId }, namespace: namespaceOf(tenant.tenantId) },
    };
  },
});
