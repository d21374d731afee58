import { type Removal, removals, userPoolType } from '../shared/silo-remains.ts';
import { isSiloOf, readSiloResources, readSiloStack } from '../shared/silo-stack.ts';
import { stepHandler } from '../shared/step.ts';
import type { Tenant } from '../shared/tenants.ts';
import { gone, notYet } from '../shared/undo.ts';
import { askAgainSeconds } from '../shared/waiting.ts';

/*
 * Deletes what the stack of the tenant's silo would leave behind: table, bucket with its objects, key; and names the user pool, which DeleteSilo deletes. It comes before the stack's own deletion,
 * because the stack is what knows their names; so whatever interrupts it, a repeat finds them again. Where somebody has deleted the stack by hand, the tenant's record knows them. A silo that is
 * still being made is waited for. A stack without the tenant's tag is left alone, which DeleteSilo says. Nothing undoes it.
 */
const recordedResources = ({ silo }: Tenant) =>
  silo
    ? [
        { type: 'AWS::DynamoDB::GlobalTable', physicalId: silo.tableName },
        { type: 'AWS::S3::Bucket', physicalId: silo.bucketName },
        { type: 'AWS::KMS::Key', physicalId: silo.keyId },
        { type: userPoolType, physicalId: silo.userPoolId },
      ]
    : [];

export const handler = stepHandler({
  name: 'EmptySilo',
  during: 'ABANDONED',
  waits: true,
  run: async ({ tenant, startedAt }) => {
    const stack = await readSiloStack(tenant.tenantId);
    if (stack && !isSiloOf(stack, tenant.tenantId)) return gone();
    const later = notYet(askAgainSeconds(startedAt));
    if (stack?.StackStatus?.endsWith('_IN_PROGRESS')) return later;
    const resources = stack ? await readSiloResources(stack) : recordedResources(tenant);
    const outcomes: Removal[] = [];
    for (const [type, remove] of Object.entries(removals))
      for (const { physicalId } of resources.filter((resource) => resource.type === type)) {
        const outcome = await remove(physicalId);
        // What comes after it may be needed until it is gone.
        if (outcome === 'going') return later;
        outcomes.push(outcome);
      }
    const { result, change } = gone(...outcomes.flatMap((outcome) => (typeof outcome === 'object' ? [outcome.stays] : [])));
    const userPoolIds = resources.filter(({ type }) => type === userPoolType).map(({ physicalId }) => physicalId);
    return { result: { ...result, userPoolIds }, change };
  },
});
