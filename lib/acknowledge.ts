import { Stack, Validations } from 'aws-cdk-lib';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js';
import type { IConstruct } from 'constructs';

/** Says why a rule of cdk-nag does not hold for a construct; the reason stands beside the resource that it is about. */
export function acknowledge(construct: IConstruct, reasons: Readonly<Record<string, string>>): void {
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
}

/** Says why there is nothing narrower than those resources of a construct's policy that have a wildcard. */
export function acknowledgeWildcards(construct: IConstruct, document: PolicyDocument, reason: string): void {
  // cdk-nag names a finding by the resource as it stands in the template, where names of other stacks are known only after synthesis has resolved them.
  construct.node.addValidation({
    validate: () => {
      const { Statement } = Stack.of(construct).resolve(document) as { Statement: { Resource: unknown }[] };
      const names = Statement.flatMap(({ Resource }) => Resource).map((resource) => flattenCfnReference(resource));
      for (const name of names.filter((each) => each.includes('*')))
        acknowledge(construct, { [`AwsSolutions-IAM5[Resource::${name}]`]: reason });
      return [];
    },
  });
}
