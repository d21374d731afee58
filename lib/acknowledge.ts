import { Stack, Validations } from 'aws-cdk-lib';
import type { Policy } from 'aws-cdk-lib/aws-iam';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { IConstruct } from 'constructs';

/** Says why a rule of cdk-nag does not hold for a construct; the reason stands beside the resource that it is about. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}

/** Says why there is nothing narrower than the resources of these statements, all of which have a wildcard. */
export function acknowledgeWildcards(policy: Policy, reason: string): void {
  // cdk-nag names a finding by the resource as it stands in the template, where names of other stacks are known only after synthesis has resolved them.
  policy.node.addValidation({
    validate: () => {
      const { Statement } = Stack.of(policy).resolve(policy.document) as { Statement: { Resource: unknown }[] };
      for (const resource of Statement.flatMap(({ Resource }) => Resource))
        acknowledge(policy, { [`AwsSolutions-IAM5[Resource::${flattenCfnReference(resource)}]`]: reason });
      return [];
    },
  });
}
