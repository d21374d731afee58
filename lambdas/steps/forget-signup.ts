import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from '../shared/clients.ts';
import { environment } from '../shared/environment.ts';
import { erasePeople } from '../shared/people.ts';
import { stepHandler } from '../shared/step.ts';
import { slugKey } from '../shared/tenants.ts';
import { undone } from '../shared/undo.ts';

/*
 * Erases the tenant's people, and the key under which they were sealed, and frees the slug in the transaction that ends the step: from then on another tenant can have it. A slug that is another's
 * by now is left alone. Repeating it finds nothing. Nothing undoes it.
 */
export const handler = stepHandler({
  name: 'ForgetSignup',
  during: 'ABANDONED',
  run: async ({ tenant: { tenantId, slug } }) => {
    await erasePeople(tenantId);
    const TableName = environment('TENANTS_TABLE');
    const { Item } = await dynamodb().send(new GetCommand({ TableName, Key: slugKey(slug), ConsistentRead: true }));
    const release = {
      Delete: {
        TableName,
        Key: slugKey(slug),
        ConditionExpression: 'tenantId = :tenantId',
        ExpressionAttributeValues: { ':tenantId': tenantId },
      },
    };
    return { ...undone(), alongside: () => (Item?.['tenantId'] === tenantId ? [release] : []) };
  },
});
