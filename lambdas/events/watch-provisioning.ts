import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { dynamodb } from '../shared/clients.ts';
import { environment } from '../shared/environment.ts';
import { logger } from '../shared/logger.ts';
import { instant, runtime } from '../shared/runtime.ts';
import { listShards, readTenant, statusPartition } from '../shared/tenants.ts';

/*
 * Says in its log how long the tenant has been PROVISIONING that has been so for the longest; an alarm is made of that line (lib/watch-tenants.ts). It sees what no
 * metric of a service shows: a workflow that was never started, and a failed one that nobody repaired. It changes nothing.
 */

interface Oldest {
  readonly tenantId?: string;
  readonly since: string;
}

/** The tenants of a shard that are PROVISIONING, the earliest signup first, as long as they were signed up before an instant that may move. */
async function* provisioningTenants(shard: number, signedUpBefore: () => string): AsyncGenerator<string> {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await dynamodb().send(
      new QueryCommand({
        TableName: environment('TENANTS_TABLE'),
        IndexName: 'ByStatus',
        KeyConditionExpression: 'statusPartition = :partition AND listPosition < :before',
        ExpressionAttributeValues: { ':partition': statusPartition('PROVISIONING', shard), ':before': signedUpBefore() },
        ExclusiveStartKey,
      }),
    );
    for (const { pk, listPosition } of page.Items ?? []) {
      // Nobody's run starts before their signup: what comes now cannot have waited for longer.
      if (String(listPosition) >= signedUpBefore()) return;
      yield String(pk).replace(/^TENANT#/, '');
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
}

export const handler = middy<unknown, { oldestProvisioningSeconds: number }>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(async (_event: unknown, _context: Context) => {
    const now = runtime.now();
    let oldest: Oldest = { since: instant(now) };
    for (let shard = 0; shard < listShards; shard += 1)
      for await (const tenantId of provisioningTenants(shard, () => oldest.since)) {
        const tenant = await readTenant(tenantId);
        const since = tenant?.status === 'PROVISIONING' && tenant.run?.startedAt;
        if (since && since < oldest.since) oldest = { tenantId, since };
      }
    const oldestProvisioningSeconds = Math.floor((now.getTime() - Date.parse(oldest.since)) / 1_000);
    logger.info('The tenant that has been PROVISIONING for the longest.', { tenantId: oldest.tenantId, oldestProvisioningSeconds });
    return { oldestProvisioningSeconds };
  });
