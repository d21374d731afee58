import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { platform } from '../../contracts/tenant.ts';
import { type AuditEntry, chainStart, nextEvent } from './audit.ts';
import { dynamodb } from './clients.ts';
import { eventWrite, follows, untilWon, type Write } from './commit.ts';
import { environment } from './environment.ts';
import type { OnboardingPause } from './onboarding-pause.ts';
import { instant } from './runtime.ts';

/** What is true of the platform now, beside its tenants. */
export interface Platform {
  /** The end of the platform's audit chain; the fence of every commit. */
  readonly chain: { readonly seq: number; readonly hash: string };
  /** Absent while new tenants are onboarded. */
  readonly onboarding?: OnboardingPause;
}

/** What to write, all of it or nothing; without `entry`, nothing is written. */
export interface PlatformDecision<Answer> {
  readonly answer: Answer;
  readonly entry?: AuditEntry;
  /** What changes; `undefined` removes it. */
  readonly platform?: { readonly [Field in keyof Omit<Platform, 'chain'>]?: Platform[Field] | undefined };
  readonly alongside?: readonly Write[];
}

const platformKey = { pk: platform, sk: platform };

/** @returns what is true of the platform now (strongly consistent) */
export async function readPlatform(): Promise<Platform> {
  const { Item } = await dynamodb().send(
    new GetCommand({ TableName: environment('TENANTS_TABLE'), Key: platformKey, ConsistentRead: true }),
  );
  return (Item as Platform | undefined) ?? { chain: { seq: 0, hash: chainStart } };
}

/**
 * Changes what is true of the platform, with its audit event, as commit.ts does for a tenant. All of it is one chain: what happens here happens a few times a day.
 * @throws whatever `decide` throws
 */
export const commitPlatform = <Answer>(
  decide: (view: { readonly platform: Platform; readonly now: string }) => PlatformDecision<Answer> | Promise<PlatformDecision<Answer>>,
): Promise<Answer> =>
  untilWon(async () => {
    const seen = await readPlatform();
    const now = instant();
    const { answer, entry, platform: changes, alongside = [] } = await decide({ platform: seen, now });
    if (!entry) return { answer };
    const event = nextEvent({ tenantId: platform, revision: 1, chain: seen.chain }, entry, now);
    return {
      answer,
      writes: [
        {
          Put: {
            TableName: environment('TENANTS_TABLE'),
            Item: { ...seen, ...changes, ...platformKey, chain: { seq: event.seq, hash: event.hash } },
            ...(seen.chain.seq === 0 ? { ConditionExpression: 'attribute_not_exists(pk)' } : follows(seen.chain.seq)),
          },
        },
        eventWrite(event),
        ...alongside,
      ],
    };
  });
