import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { askToSettle } from '../shared/billing-queue.ts';
import { catalog } from '../shared/catalog.ts';
import { dynamodb } from '../shared/clients.ts';
import { commit } from '../shared/commit.ts';
import { environment } from '../shared/environment.ts';
import { explain } from '../shared/errors.ts';
import { transition } from '../shared/lifecycle.ts';
import { logger } from '../shared/logger.ts';
import { erasureOf } from '../shared/people.ts';
import { instant, runtime } from '../shared/runtime.ts';
import { releaseOfSlug } from '../shared/slug-rows.ts';
import { listShards, statusPartition } from '../shared/tenants.ts';

/*
 * Ends signups that were not confirmed in time, frees their slugs and erases their people, on a schedule. It reads, page by page, those
 * of the index's PENDING partitions that are old enough; the head
 * decides, so that a confirmation at the same moment wins or loses as a whole. One tenant's trouble does not keep the others waiting.
 */

/** No tier's signup expires earlier than this after it was made. */
const shortestPendingMilliseconds = () => Math.min(...catalog().tiers.map(({ pendingDays }) => pendingDays)) * 86_400_000;

async function* pendingTenants(shard: number, signedUpBefore: string): AsyncGenerator<string> {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await dynamodb().send(
      new QueryCommand({
        TableName: environment('TENANTS_TABLE'),
        IndexName: 'ByStatus',
        KeyConditionExpression: 'statusPartition = :partition AND listPosition < :before',
        ExpressionAttributeValues: { ':partition': statusPartition('PENDING', shard), ':before': signedUpBefore },
        ExclusiveStartKey,
      }),
    );
    for (const item of page.Items ?? []) yield String(item['pk']).replace(/^TENANT#/, '');
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
}

/** Ends a signup, unless it has a payment that nobody was asked to settle. */
const end = (tenantId: string, asked: boolean) =>
  commit<'ended' | 'not due' | 'has a payment'>({ tenantId }, ({ tenant, now }) => {
    if (tenant.status !== 'PENDING' || !tenant.expiresAt || tenant.expiresAt > now) return { answer: 'not due' };
    if (tenant.payment && !asked) return { answer: 'has a payment' };
    return {
      answer: 'ended',
      tenant: transition(tenant, 'EXPIRED', 'signup-expired', 'schedule', now),
      entry: {
        type: 'SignupExpired',
        actor: { kind: 'schedule', id: 'ExpireSignups' },
        data: { from: tenant.status, to: 'EXPIRED', trigger: 'signup-expired' },
      },
      alongside: [releaseOfSlug(tenant.slug, tenantId), ...erasureOf(tenant)],
    };
  });

/** By then the end is written, as a rule; when it is not, the message comes again. */
const settleAfterSeconds = 5;

/**
 * Asks for the payment to be canceled or paid back before the signup ends, and not after: a process that dies between the two has asked in vain, and the next run asks again.
 * @returns whether the signup has ended now
 */
async function expire(tenantId: string): Promise<boolean> {
  const outcome = await end(tenantId, false);
  if (outcome !== 'has a payment') return outcome === 'ended';
  await askToSettle(tenantId, settleAfterSeconds);
  return (await end(tenantId, true)) === 'ended';
}

export const handler = middy<unknown, { expired: number; failed: number }>()
  .use(injectLambdaContext(logger, { resetKeys: true }))
  .handler(async (_event: unknown, _context: Context) => {
    let expired = 0;
    let failed = 0;
    const signedUpBefore = instant(new Date(runtime.now().getTime() - shortestPendingMilliseconds()));
    for (let shard = 0; shard < listShards; shard += 1)
      for await (const tenantId of pendingTenants(shard, signedUpBefore)) {
        try {
          if (await expire(tenantId)) expired += 1;
        } catch (error) {
          failed += 1;
          logger.error('The signup could not be ended.', { tenantId, errorName: explain(error).error });
        }
      }
    logger.info('Signups that were not confirmed have ended.', { expired, failed });
    // The invocation fails, so that its alarm tells someone; what was done stays done.
    if (failed > 0) throw new Error(`${failed} signups could not be ended; see the log.`);
    return { expired, failed };
  });
