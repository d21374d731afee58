import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { dynamodb } from './clients.ts';
import { environment } from './environment.ts';
import { instant } from './runtime.ts';

/*
 * A round of the reconciler goes once through everything that there is, a page at a time: `findings` through the open findings of billing, `accounts` through all tenants that are charged and then through
 * all customers at the provider. Where it stands is kept, so that a run goes on where the one before stopped, however many there are.
 */

export type RoundName = 'findings' | 'accounts';

/** Where a round stands: before the first thing of its side when nothing else is said. */
export interface Place {
  readonly side: 'findings' | 'tenants' | 'customers';
  /** Of the index that is read; customers have none. */
  readonly partition?: string;
  /** What was looked at last: a position in the index, or a customer. */
  readonly after?: string;
}

/** A round as it was read; the version grows with each time that it is gone on with. */
export interface Round {
  readonly name: RoundName;
  readonly version: number;
  /** When it began; undefined before the first one. */
  readonly startedAt: string | undefined;
  /** Undefined when it is finished. */
  readonly place: Place | undefined;
}
export type OpenRound = Round & { readonly place: Place };

const hour = 3_600_000;
/** When the next round begins after the one before began, if that one is finished. Of accounts, so that what was asked for has had its time by then; of findings with each run. */
const rounds: Record<RoundName, { readonly everyMilliseconds: number; readonly begins: Place }> = {
  findings: { everyMilliseconds: 0, begins: { side: 'findings' } },
  accounts: { everyMilliseconds: 6 * hour, begins: { side: 'tenants' } },
};

const keyOf = (name: RoundName) => ({ pk: 'ROUND#ReconcileBilling', sk: name.toUpperCase() });

/** @returns the round to go on with, which may be a new one, or undefined while it is too early for that */
export async function dueRound(name: RoundName): Promise<OpenRound | undefined> {
  const { Item } = await dynamodb().send(
    new GetCommand({ TableName: environment('TENANTS_TABLE'), Key: keyOf(name), ConsistentRead: true }),
  );
  const { version, startedAt, place } = { version: 0, ...Item } as Round;
  const now = instant();
  const { everyMilliseconds, begins } = rounds[name];
  if (place) return { name, version, startedAt, place };
  if (startedAt && Date.parse(now) - Date.parse(startedAt) < everyMilliseconds) return undefined;
  return { name, version, startedAt: now, place: begins };
}

/**
 * Notes where a round stands; without a place, that it is finished.
 * @returns the round as it is now, or undefined when another run has gone on with it
 */
export async function saveRound<At extends Place | undefined>(
  { name, version, startedAt }: Round,
  place: At,
): Promise<(Round & { readonly place: At }) | undefined> {
  try {
    await dynamodb().send(
      new PutCommand({
        TableName: environment('TENANTS_TABLE'),
        Item: { ...keyOf(name), version: version + 1, startedAt, ...(place ? { place } : {}) },
        ConditionExpression: 'attribute_not_exists(pk) OR #version = :version',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':version': version },
      }),
    );
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
  return { name, version: version + 1, startedAt, place };
}
