import { GetRolePolicyCommand, IAMClient, ListRolePoliciesCommand } from '@aws-sdk/client-iam';
import type { StackRecord } from '../../../local/stack-record.ts';
import type { Deployed } from '../harness/deployed.ts';
import type { DeployedFunction } from '../harness/functions.ts';

/** One thing that a step's role may do to one resource. */
export interface Grant {
  readonly step: string;
  readonly action: string;
  /** The resource's ARN, or its pattern. */
  readonly resource: string;
  /** The stable id: `EmitTenantProvisioned/events:PutEvents/TenantEvents/Bus/grant`. */
  readonly id: string;
}

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Grants that no step's code uses: Lambda itself writes logs and traces. */
const ofTheRuntime = /^(logs|xray):/;

/** Grants without which a step does its work here all the same, each with the reason, and where AWS says that it asks for them. */
const notShown: readonly (readonly [RegExp, string])[] = [
  // https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html
  [/\/kms:(Decrypt|GenerateDataKey)\/TableKey\//, 'DynamoDB uses the key in the caller’s name, and MiniStack does not ask for that'],
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudformation.html
  [/^DeploySilo\/cloudformation:TagResource\//, 'CloudFormation asks for it with tags, and MiniStack does not'],
  // https://repost.aws/knowledge-center/cfn-s3-access-denied-error
  [/^DeploySilo\/s3:GetObject\//, 'CloudFormation reads the template in the caller’s name, and MiniStack does not ask for that'],
  // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
  [/^DeploySilo\/cloudformation:(DeleteStack|DescribeStackEvents)\//, 'only a stack that failed is looked into and cleared away'],
  [/^DeleteSilo\/cloudformation:DescribeStackEvents\//, 'only a stack whose deletion failed is looked into'],
  // https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html
  [/^RegisterHostName\/acm:AddTagsToCertificate\//, 'ACM asks for it with tags, and MiniStack does not'],
  // https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-failed.html
  [/^RegisterHostName\/acm:DeleteCertificate\//, 'only a certificate that failed is deleted'],
];
export const whyNotShown = ({ id }: Grant): string | undefined => notShown.find(([pattern]) => pattern.test(id))?.[1];

const listed = (value: string | readonly string[]): readonly string[] => (typeof value === 'string' ? [value] : value);

/** Every grant of the steps' roles as they are deployed, in a stable order. */
export async function grantsOf(
  steps: readonly DeployedFunction[],
  resources: readonly Deployed[],
  { endpoint, region, credentials }: StackRecord,
): Promise<Grant[]> {
  const iam = new IAMClient({ endpoint, region, credentials: { ...credentials } });
  try {
    const grants: Grant[] = [];
    for (const { name: step, roleArn } of steps) {
      const statements = await statementsOf(iam, roleArn.split('/').at(-1) ?? '');
      const found = statements.flatMap(({ Action, Resource }) =>
        listed(Action).flatMap((action) => listed(Resource).map((resource) => ({ action, resource }))),
      );
      const named = found
        .filter(({ action }) => !ofTheRuntime.test(action))
        .map((each) => ({ step, ...each, id: `${step}/${each.action}/${placeOf(each.resource, resources)}/grant` }));
      grants.push(...[...new Map(named.map((grant) => [grant.id, grant])).values()].sort((one, other) => (one.id < other.id ? -1 : 1)));
    }
    return grants;
  } finally {
    iam.destroy();
  }
}

async function statementsOf(iam: IAMClient, RoleName: string): Promise<Statement[]> {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const documents = await Promise.all(PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))));
  return documents
    .flatMap(({ PolicyDocument = '' }) => (JSON.parse(decodeURIComponent(PolicyDocument)) as { Statement: Statement[] }).Statement)
    .filter(({ Effect }) => Effect === 'Allow');
}

/** What a resource is called in an id: its construct's path with what follows its name, or its pattern, without account and Region. */
function placeOf(resource: string, resources: readonly Deployed[]): string {
  const short = resource.replace(/^arn:aws:[a-z-]+:[a-z0-9-]*:\d*:/, '');
  // The bus is called as the paths of roles begin.
  const mayBe = ({ type }: Deployed) => type !== 'AWS::Events::EventBus' || short.startsWith('event-bus/');
  const owner = resources.find(
    (each) => each.physicalId && mayBe(each) && (each.physicalId === resource || short.split(/[/:]/).includes(each.physicalId)),
  );
  if (!owner) return short;
  const rest = short.split(owner.physicalId)[1] ?? '';
  return `${owner.path}${rest}`;
}

/** A session policy that takes one grant away: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session */
export const withoutGrant = ({ action, resource }: Grant) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action: action, Resource: resource },
  ],
});
