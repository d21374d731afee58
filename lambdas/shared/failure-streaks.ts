import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { StepName } from '../../contracts/steps.ts';
import { platform } from '../../contracts/tenant.ts';
import { catalog } from './catalog.ts';
import { dynamodb } from './clients.ts';
import type { Write } from './commit.ts';
import { environment } from './environment.ts';

/* For which tenants a step has failed since it last succeeded. One small item, which is written only when a run fails, or passes a step that had failed. */

export interface FailureStreak {
  /** The tenants, the latest last, and no more than it takes to pause. */
  readonly tenants: readonly string[];
  readonly lastAt: string;
}
export interface FailureStreaks {
  readonly version: number;
  readonly steps: { readonly [Step in StepName]?: FailureStreak };
}

const key = { pk: platform, sk: 'STREAKS' };

export async function readStreaks(): Promise<FailureStreaks> {
  const { Item } = await dynamodb().send(new GetCommand({ TableName: environment('TENANTS_TABLE'), Key: key, ConsistentRead: true }));
  return (Item as FailureStreaks | undefined) ?? { version: 0, steps: {} };
}

/** The write of streaks, which may only follow those that were seen. */
export const streaksWrite = (seen: FailureStreaks, steps: FailureStreaks['steps']): Write => ({
  Put: {
    TableName: environment('TENANTS_TABLE'),
    Item: { ...key, version: seen.version + 1, steps },
    ...(seen.version === 0
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : { ConditionExpression: 'version = :version', ExpressionAttributeValues: { ':version': seen.version } }),
  },
});

/**
 * A streak that is long enough is left as it is: when hundreds fail at once, none waits for another's write.
 * @returns the write that counts a step's failure for a tenant: once, however often it fails for that one
 */
export async function countFailure(step: StepName, tenantId: string, at: string): Promise<Write[]> {
  const seen = await readStreaks();
  const { tenants = [] } = seen.steps[step] ?? {};
  if (tenants.length >= catalog().onboarding.failuresInARow) return [];
  const streak = { tenants: [...tenants.filter((other) => other !== tenantId), tenantId], lastAt: at };
  return [streaksWrite(seen, { ...seen.steps, [step]: streak })];
}
