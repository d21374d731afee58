import {
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  GetTemplateCommand,
  ListStackResourcesCommand,
  type Stack,
  type StackEvent,
  type StackResourceSummary,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation';
import { cloudFormation } from './clients.ts';
import { environment } from './environment.ts';
import type { Silo, Tenant } from './tenants.ts';

/* The CloudFormation stack of a silo. What its states mean is for the step that makes it. */

export const stackNameOf = (tenantId: string) => `Tenantry-Silo-${tenantId}`;
const tenantTag = 'tenantry:tenantId';
const versionTag = 'tenantry:templateVersion';
const tagOf = ({ Tags = [] }: Stack, tag: string) => Tags.find(({ Key }) => Key === tag)?.Value;

/** After this CloudFormation gives up by itself, so that a creation which hangs says so. */
const longestCreationMinutes = 20;

/** @returns the tenant's stack, or undefined when there is none */
export async function readSiloStack(tenantId: string): Promise<Stack | undefined> {
  try {
    const { Stacks } = await cloudFormation().send(new DescribeStacksCommand({ StackName: stackNameOf(tenantId) }));
    return Stacks?.[0];
  } catch (error) {
    // CloudFormation has no name of its own for this: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
    if (error instanceof Error && error.name === 'ValidationError' && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}

export const templateVersionOf = (stack: Stack) => tagOf(stack, versionTag) ?? 'unknown';
export const isSiloOf = (stack: Stack, tenantId: string) => tagOf(stack, tenantTag) === tenantId;

/** Starts to make the tenant's silo. The same token again is the same stack. */
export async function createSiloStack({ tenantId }: Tenant, token: string): Promise<void> {
  const parameters = { TenantId: tenantId, VendorRoleArn: environment('VENDOR_ROLE_ARN'), BoundaryArn: environment('SILO_BOUNDARY_ARN') };
  await cloudFormation().send(
    new CreateStackCommand({
      StackName: stackNameOf(tenantId),
      ClientRequestToken: token,
      TemplateURL: environment('SILO_TEMPLATE_URL'),
      RoleARN: environment('SILO_DEPLOYMENT_ROLE_ARN'),
      Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
      // CloudFormation gives them to every resource of the stack, and by them keys and user pools are told.
      Tags: [
        { Key: tenantTag, Value: tenantId },
        { Key: versionTag, Value: environment('SILO_TEMPLATE_VERSION') },
      ],
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      TimeoutInMinutes: longestCreationMinutes,
    }),
  );
}

/** Starts to delete the tenant's stack. What of it holds data stays behind, unless its creation failed. */
export async function deleteSiloStack({ tenantId }: Tenant, token: string): Promise<void> {
  await cloudFormation().send(
    new DeleteStackCommand({
      StackName: stackNameOf(tenantId),
      ClientRequestToken: token,
      RoleARN: environment('SILO_DEPLOYMENT_ROLE_ARN'),
    }),
  );
}

/** Sees to it that nobody deletes the stack by a slip of the hand, or that it can be deleted. */
export async function protectSiloStack({ tenantId }: Tenant, EnableTerminationProtection = true): Promise<void> {
  await cloudFormation().send(new UpdateTerminationProtectionCommand({ StackName: stackNameOf(tenantId), EnableTerminationProtection }));
}

/** @returns the resources of a stack that are still there, as far as CloudFormation knows */
export async function readSiloResources(stack: Stack): Promise<{ type: string; physicalId: string }[]> {
  const resources: StackResourceSummary[] = [];
  let NextToken: string | undefined;
  do {
    const page = await cloudFormation().send(new ListStackResourcesCommand({ StackName: stack.StackId, NextToken }));
    resources.push(...(page.StackResourceSummaries ?? []));
    NextToken = page.NextToken;
  } while (NextToken);
  return resources.flatMap(({ ResourceType: type, PhysicalResourceId: physicalId, ResourceStatus }) =>
    type && physicalId && ResourceStatus !== 'DELETE_COMPLETE' ? [{ type, physicalId }] : [],
  );
}

/** @returns what the stack says of itself, for the tenant's head */
export function siloOf(stack: Stack): Silo {
  const output = (name: string) => {
    const value = stack.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
    if (!value) throw new Error(`The silo's stack has no output ${name}.`);
    return value;
  };
  return {
    stackId: stack.StackId ?? '',
    templateVersion: templateVersionOf(stack),
    tableName: output('TableName'),
    bucketName: output('BucketName'),
    keyId: output('KeyId'),
    userPoolId: output('UserPoolId'),
    probeClientId: output('ProbeClientId'),
    roleArn: output('RoleArn'),
  };
}

/** @returns the template of a stack as it was handed in: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html */
export async function templateOf({ StackId }: Stack): Promise<string> {
  const { TemplateBody } = await cloudFormation().send(new GetTemplateCommand({ StackName: StackId, TemplateStage: 'Original' }));
  if (!TemplateBody) throw new Error('CloudFormation answered GetTemplate without a template.');
  return TemplateBody;
}

/** @returns the events of the stack's last operation, the newest first: all of one operation carry the token that it was asked for with */
export async function lastOperation(stack: Stack): Promise<{ token: string | undefined; events: StackEvent[] }> {
  const events: StackEvent[] = [];
  let NextToken: string | undefined;
  let token: string | undefined;
  do {
    const page = await cloudFormation().send(new DescribeStackEventsCommand({ StackName: stack.StackId, NextToken }));
    const found = page.StackEvents ?? [];
    token ??= found[0]?.ClientRequestToken;
    const own = found.filter(({ ClientRequestToken }) => ClientRequestToken === token);
    events.push(...own);
    NextToken = own.length === found.length ? page.NextToken : undefined;
  } while (NextToken);
  return { token, events };
}
