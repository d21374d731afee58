import { createHash } from 'node:crypto';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { articleOf, type Finding, type FindingKind, findingKinds } from '../../contracts/findings.ts';
import type { StepName } from '../../contracts/steps.ts';
import { type Actor, platform } from '../../contracts/tenant.ts';
import { dynamodb } from './clients.ts';
import { commit, type Decision, type View, type Write } from './commit.ts';
import { environment } from './environment.ts';
import { logger } from './logger.ts';
import { commitPlatform } from './platform.ts';
import { instant } from './runtime.ts';
import type { StepRecord } from './tenants.ts';

/*
 * Findings: what is wrong, since when, and what to do. A finding is opened and closed in the transaction of its audit event, so that it is in the trail once however often
 * it is found. What is seen carries its time: what was seen before a finding was closed does not open it again, and what was seen before it was opened does not close it.
 */

/** What a finding is of; two that are equal are one finding. */
export interface FindingSubject {
  readonly kind: FindingKind;
  /** Absent where it concerns the platform and no single tenant. */
  readonly tenantId?: string | undefined;
  readonly runId?: string | undefined;
  readonly generation?: number | undefined;
  readonly step?: StepName | undefined;
  /** What it is about, where a tenant can have several of a kind, such as a provider's id. No personal data. */
  readonly about?: string | undefined;
}

/** Something wrong, as somebody sees it. */
export interface Sighting extends FindingSubject {
  /** What was found, in plain words: no personal data, no error messages. */
  readonly reason: string;
  /** What staff do now; what the kind says of itself, unless this is more exact. `<tenantId>` stands for the tenant's. */
  readonly nextAction?: string;
  readonly actor: Actor;
  /** When it was so; now, unless said. */
  readonly at?: string;
  /** What is recorded of the step with it; decided on the record as it is then. The subject names run and step. */
  readonly record?: (view: View) => StepRecord | undefined;
  /** What is written with it when it is opened, and only then. */
  readonly alongside?: () => Promise<readonly Write[]>;
}

/** 4 shards, as for the lists of tenants (tenants.ts). */
export const findingShards = 4;
export const statePartition = (state: 'open' | 'closed', shard: number) => `${state}#${shard}`;
export const kindPartition = (kind: FindingKind, state: 'open' | 'closed', shard: number) => `${kind}#${state}#${shard}`;

const table = () => environment('FINDINGS_TABLE');
const keyOf = (subject: FindingSubject) => ({ subject: subject.tenantId ?? platform, findingId: findingIdOf(subject) });

/** @returns the id of a finding: the same for the same thing */
export const findingIdOf = ({ kind, tenantId, runId, generation, step, about }: FindingSubject) =>
  createHash('sha256')
    .update(JSON.stringify([kind, tenantId ?? platform, runId ?? '', generation ?? 0, step ?? '', about ?? '']))
    .digest('hex')
    .slice(0, 32);

/** The item of a finding: itself, its key, and its places in the lists. */
function itemOf(finding: Finding) {
  const state = finding.closedAt ? 'closed' : 'open';
  const shard = Number.parseInt(finding.findingId.slice(0, 2), 16) % findingShards;
  return {
    ...finding,
    ...keyOf(finding),
    statePartition: statePartition(state, shard),
    kindPartition: kindPartition(finding.kind, state, shard),
    listPosition: `${finding.openedAt}#${finding.findingId}`,
  };
}

async function readFinding(subject: FindingSubject): Promise<Finding | undefined> {
  const { Item } = await dynamodb().send(new GetCommand({ TableName: table(), Key: keyOf(subject), ConsistentRead: true }));
  return Item as Finding | undefined;
}

/** The write of a finding, which may only follow what was seen of it. */
const writeOf = (finding: Finding, seen: Finding | undefined) => ({
  TableName: table(),
  Item: itemOf(finding),
  ...(seen
    ? {
        ConditionExpression: `openedAt = :openedAt AND ${seen.closedAt ? 'closedAt = :closedAt' : 'attribute_not_exists(closedAt)'}`,
        ExpressionAttributeValues: { ':openedAt': seen.openedAt, ...(seen.closedAt ? { ':closedAt': seen.closedAt } : {}) },
      }
    : { ConditionExpression: 'attribute_not_exists(findingId)' }),
});

/** Notes that an open finding still holds. Whoever was quicker is right: the note is not worth a second try. */
async function touch(seen: Finding, at: string): Promise<void> {
  if (seen.lastSeenAt >= at) return;
  try {
    await dynamodb().send(new PutCommand(writeOf({ ...seen, lastSeenAt: at }, seen)));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}

/** Commits to the tenant's chain, or to the platform's where there is no tenant. */
function commitTo<Answer>(
  { tenantId, runId, step }: FindingSubject,
  decide: (view: View | undefined) => Promise<Decision<Answer>>,
): Promise<Answer> {
  if (!tenantId) return commitPlatform<Answer>(async () => decide(undefined));
  return commit({ tenantId, ...(runId && step ? { step: { runId, name: step } } : {}) }, decide);
}

const subjectOf = ({ kind, tenantId, runId, generation, step, about }: FindingSubject) =>
  ({
    kind,
    ...(tenantId ? { tenantId } : {}),
    ...(runId ? { runId } : {}),
    ...(generation ? { generation } : {}),
    ...(step ? { step } : {}),
    ...(about ? { about } : {}),
  }) as const;

/** The audit event of what becomes of a finding. */
const entryOf = (
  type: 'FindingOpened' | 'FindingClosed',
  { findingId, kind, runId, generation, step, about }: Finding,
  actor: Actor,
  more: object,
) => ({
  type,
  actor,
  ...(runId ? { runId } : {}),
  ...(generation ? { generation } : {}),
  ...(step ? { step } : {}),
  data: JSON.parse(JSON.stringify({ findingId, kind, about, ...more })),
});

/**
 * Opens a finding, with its audit event. One that is open already is noted as still seen, and nothing else happens; one that was closed is opened again, unless it was closed after what was
 * seen now.
 * @returns its id, and whether it was opened by this call
 * @throws UnknownTenant when there is no such tenant
 */
export async function raiseFinding(sighting: Sighting): Promise<{ readonly findingId: string; readonly opened: boolean }> {
  const { kind, tenantId, reason, actor, at = instant(), record, alongside } = sighting;
  const findingId = findingIdOf(sighting);
  const nextAction = (sighting.nextAction ?? findingKinds[kind].nextAction).replaceAll('<tenantId>', tenantId ?? '');
  const opened = await commitTo(sighting, async (view): Promise<Decision<boolean>> => {
    const seen = await readFinding(sighting);
    if (seen && !seen.closedAt) {
      await touch(seen, at);
      return { answer: false };
    }
    if (seen?.closedAt && seen.closedAt >= at) return { answer: false };
    const finding: Finding = {
      findingId,
      ...subjectOf(sighting),
      openedAt: at,
      lastSeenAt: at,
      reason,
      nextAction,
      article: articleOf(kind),
    };
    const step = view && record?.(view);
    return {
      answer: true,
      entry: entryOf('FindingOpened', finding, actor, { reason, ...(step?.failure ? { failure: step.failure } : {}) }),
      ...(step ? { step } : {}),
      alongside: [{ Put: writeOf(finding, seen) }, ...((await alongside?.()) ?? [])],
    };
  });
  if (opened) logger.warn('A finding was opened.', { findingKind: kind, findingId, tenantId });
  return { findingId, opened };
}

/**
 * Closes a finding, with its audit event. One that is not open, or was opened after what was seen now, is left as it is.
 * @returns whether it was closed by this call
 */
export async function closeFinding(
  subject: FindingSubject,
  { actor, reason, at = instant() }: { readonly actor: Actor; readonly reason: string; readonly at?: string },
): Promise<boolean> {
  const closed = await commitTo(subject, async (): Promise<Decision<boolean>> => {
    const seen = await readFinding(subject);
    if (!seen || seen.closedAt || seen.openedAt > at) return { answer: false };
    const finding: Finding = { ...seen, closedAt: at, closedBy: actor };
    return {
      answer: true,
      entry: entryOf('FindingClosed', finding, actor, { reason }),
      alongside: [{ Put: writeOf(finding, seen) }],
    };
  });
  if (closed)
    logger.info('A finding was closed.', { findingKind: subject.kind, findingId: findingIdOf(subject), tenantId: subject.tenantId });
  return closed;
}

/** @returns all findings of a tenant, or of the platform without one, the earliest first */
export async function findingsOf(tenantId: string | undefined): Promise<Finding[]> {
  const findings: Finding[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await dynamodb().send(
      new QueryCommand({
        TableName: table(),
        ConsistentRead: true,
        KeyConditionExpression: 'subject = :subject',
        ExpressionAttributeValues: { ':subject': tenantId ?? platform },
        ExclusiveStartKey,
      }),
    );
    findings.push(...((page.Items ?? []) as unknown as Finding[]));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return findings.sort((one, other) => (one.openedAt < other.openedAt ? -1 : 1));
}
