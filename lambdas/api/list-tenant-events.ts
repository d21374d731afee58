import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { ListTenantEvents } from '../../contracts/routes.ts';
import { AuditEvent, type AuditEventPage } from '../../contracts/tenant.ts';
import { apiHandler } from '../shared/api.ts';
import { dynamodb } from '../shared/clients.ts';
import { decodeCursor, encodeCursor } from '../shared/cursor.ts';
import { environment } from '../shared/environment.ts';
import { UnknownTenant } from '../shared/errors.ts';

/* Lists a tenant's audit events in the order of their chain. Every tenant has at least the event of its signup, so none means no such tenant. */

const Query = z.object({ limit: z.number(), cursor: z.optional(z.string()) });

export const handler = apiHandler(ListTenantEvents, async ({ path, query }) => {
  const { limit, cursor } = Query.parse(query);
  const after = cursor ? decodeCursor(cursor, z.int().check(z.minimum(0))) : 0;
  const { Items, LastEvaluatedKey } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('EVENTS_TABLE'),
      ConsistentRead: true,
      KeyConditionExpression: 'tenantId = :tenantId AND seq > :after',
      ExpressionAttributeValues: { ':tenantId': path['tenantId'], ':after': after },
      Limit: limit,
    }),
  );
  const events = (Items ?? []).map((item) => AuditEvent.parse(item));
  if (events.length === 0 && after === 0) throw new UnknownTenant('There is no such tenant.');
  const last = events.at(-1);
  const body: AuditEventPage = { events, ...(LastEvaluatedKey && last ? { nextCursor: encodeCursor(last.seq) } : {}) };
  return { body };
});
