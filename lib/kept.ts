import { RemovalPolicy } from 'aws-cdk-lib';

/**
 * How what holds data is kept. "always": no deployment takes it away. "once created": the same, but a creation that fails takes away what it had made, which is empty, so
 * that it can be made again: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
 */
export type Kept = 'always' | 'once created';

export const removalPolicyOf = (kept: Kept): RemovalPolicy =>
  kept === 'always' ? RemovalPolicy.RETAIN : RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;
