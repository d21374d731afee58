import type { StackEvent } from '@aws-sdk/client-cloudformation';
import type { FailureClass } from '../../contracts/steps.ts';
import { BuildFailed } from './errors.ts';

/** What of a silo each type of resource is, in words that the customer may read. */
const parts: Readonly<Record<string, string>> = {
  'AWS::DynamoDB::GlobalTable': 'data table',
  'AWS::S3::Bucket': 'file store',
  'AWS::S3::BucketPolicy': 'file store',
  'AWS::KMS::Key': 'encryption key',
  'AWS::Cognito::UserPool': 'user directory',
  'AWS::Cognito::UserPoolClient': 'user directory',
  'AWS::IAM::Role': 'access role',
};

interface Cause {
  readonly class: FailureClass;
  readonly because: string;
  /** The handlers' own code for it, where the reason does not have one. */
  readonly code: string;
}

/**
 * What a resource's handler says went wrong: the codes of https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html.
 * The messages around them quote ARNs and names, so nothing else is taken from them.
 */
const causes: readonly (readonly [said: RegExp, cause: Cause])[] = [
  [
    /ServiceLimitExceeded|LimitExceeded|TooManyBuckets|quota/i,
    { class: 'quota', because: 'a limit of our platform has been reached', code: 'ServiceLimitExceeded' },
  ],
  [
    /Throttling|Rate exceeded|NotStabilized|ServiceInternalError|InternalFailure|NetworkFailure|timed out|timeout/i,
    { class: 'retry', because: 'a service did not do its part in time', code: 'NotStabilized' },
  ],
  [
    /AccessDenied|not authorized|UnauthorizedTaggingOperation|InvalidCredentials/i,
    { class: 'bug', because: 'a permission is missing on our side', code: 'AccessDenied' },
  ],
  [
    /AlreadyExists|already exists|ResourceConflict/i,
    { class: 'bug', because: 'something of the same name is in its place', code: 'AlreadyExists' },
  ],
];
const unknownCause: Cause = { class: 'bug', because: 'it met a fault on our side', code: 'GeneralServiceException' };

const isFailure = ({ ResourceStatus, ResourceStatusReason = '', ResourceType }: StackEvent) =>
  String(ResourceStatus).endsWith('_FAILED') && ResourceType !== 'AWS::CloudFormation::Stack' && !/cancelled/i.test(ResourceStatusReason);

/**
 * Why a silo could not be made, or not be cleared away, by the events of the stack's last operation, the newest first. The first failure is the cause: what follows
 * was cancelled because of it.
 */
export function siloFailure(events: readonly StackEvent[]): BuildFailed {
  const first = events.findLast(isFailure);
  if (!first)
    return new BuildFailed("The tenant's own resources could not be made: it took too long.", { class: 'retry', code: 'NotStabilized' });
  const { ResourceStatusReason = '', ResourceStatus, ResourceType = '', LogicalResourceId } = first;
  const { class: failureClass, because, code } = causes.find(([said]) => said.test(ResourceStatusReason))?.[1] ?? unknownCause;
  const what = ResourceStatus === 'DELETE_FAILED' ? 'from a failed attempt could not be cleared away' : 'could not be made';
  return new BuildFailed(`The tenant's own ${parts[ResourceType] ?? 'resource'} ${what}: ${because}.`, {
    class: failureClass,
    code: /HandlerErrorCode: (\w+)/.exec(ResourceStatusReason)?.[1] ?? code,
    operation: `CloudFormation: ${ResourceStatus} of ${LogicalResourceId} (${ResourceType})`,
  });
}
