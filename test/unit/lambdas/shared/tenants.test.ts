import { marshall } from '@aws-sdk/util-dynamodb';
import { expect, test } from '@jest/globals';
import { itemSize, type WireItem } from '../../../../bench/cost/item-size.ts';
import { stepsOf } from '../../../../lambdas/shared/catalog.ts';
import { runStep, signUp, signUpAndConfirm, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld } from '../../../support/world.ts';

collectOutput();

/** A write of up to 1,024 bytes is one unit: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const writeUnitBytes = 1024;
/** For the longest name of a Region, and one more attribute of the size of an index's partition; who adds that takes it from here. */
const reserveBytes = 40;

test("each write of a pooled tenant's head is one unit, however long its slug is", async () => {
  const world = newWorld();
  const bytesOf = (tenantId: string) => itemSize(marshall(tenantOf(world, tenantId)) as unknown as WireItem);
  const sizes = { SignedUp: bytesOf((await signUp({ slug: 's'.repeat(63) })).tenantId) } as Record<string, number>;
  const tenantId = await signUpAndConfirm(world, { slug: 'l'.repeat(63) });
  sizes['EmailConfirmed'] = bytesOf(tenantId);
  for (const step of stepsOf('starter')) {
    await runStep(world, step, tenantId);
    sizes[step] = bytesOf(tenantId);
  }
  const tooLarge = Object.entries(sizes).filter(([, bytes]) => bytes + reserveBytes > writeUnitBytes);
  expect(tooLarge).toEqual([]);
});
