import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from './clients.ts';
import type { Write } from './commit.ts';
import { environment } from './environment.ts';
import { slugKey } from './tenants.ts';

/* The rows that make slugs unique. */

/** @returns whose the slug is, or undefined while nobody has it */
export async function ownerOfSlug(slug: string): Promise<string | undefined> {
  const { Item } = await dynamodb().send(
    new GetCommand({ TableName: environment('TENANTS_TABLE'), Key: slugKey(slug), ConsistentRead: true }),
  );
  return Item?.['tenantId'] as string | undefined;
}

/** The write that gives the tenant a slug which nobody else has; it may have it already. */
export const claimOfSlug = (slug: string, tenantId: string): Write => ({
  Put: {
    TableName: environment('TENANTS_TABLE'),
    Item: { ...slugKey(slug), tenantId },
    ConditionExpression: 'attribute_not_exists(pk) OR tenantId = :tenantId',
    ExpressionAttributeValues: { ':tenantId': tenantId },
  },
});

/** The write that frees a slug of the tenant's. */
export const releaseOfSlug = (slug: string, tenantId: string): Write => ({
  Delete: {
    TableName: environment('TENANTS_TABLE'),
    Key: slugKey(slug),
    ConditionExpression: 'tenantId = :tenantId',
    ExpressionAttributeValues: { ':tenantId': tenantId },
  },
});
