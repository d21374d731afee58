import { randomUUID } from 'node:crypto';
import {
  CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { type BareMiniStack, eventually } from './bare-ministack.ts';

/** The resources of a template. */
export type Resources = Record<
  string,
  { Type: string; DeletionPolicy?: string; DependsOn?: string[]; Properties?: Record<string, unknown> }
>;

/** A stack whose operation has ended, and what `Ref` gives for each of its resources. */
export type Settled = Stack & { refs: Record<string, string> };

/** The properties of a table that matter to nobody. */
export const tableKeys = {
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
};

/** Starts the creation of a stack. */
export function createStack(client: CloudFormationClient, Resources: Resources, more: Partial<CreateStackCommandInput> = {}) {
  const Outputs = Object.fromEntries(Object.keys(Resources).map((id) => [id, { Value: { Ref: id } }]));
  const TemplateBody = JSON.stringify({ Resources, Outputs });
  const StackName = `stack-${randomUUID()}`;
  return client.send(new CreateStackCommand({ StackName, TemplateBody, Capabilities: ['CAPABILITY_NAMED_IAM'], ...more }));
}

/** Waits for the end of a stack's operation. */
export async function settledStack(stack: BareMiniStack, StackName: string): Promise<Settled> {
  const client = new CloudFormationClient(stack.options());
  const found = await eventually('The end of a stack operation', async () => {
    const [current] = (await client.send(new DescribeStacksCommand({ StackName }))).Stacks ?? [];
    return current?.StackStatus?.endsWith('IN_PROGRESS') ? undefined : current;
  });
  return { ...found, refs: Object.fromEntries((found.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey, OutputValue ?? ''])) };
}

/** Creates a stack as MiniStack's root and waits for the end. */
export async function deployStack(
  stack: BareMiniStack,
  resources: Resources,
  more: Partial<CreateStackCommandInput> = {},
): Promise<Settled> {
  const { StackId = '' } = await createStack(new CloudFormationClient(stack.options()), resources, more);
  return settledStack(stack, StackId);
}

/** The statuses and reasons of all events of a stack, one a line. */
export async function stackReasons(stack: BareMiniStack, StackName: string): Promise<string> {
  const client = new CloudFormationClient(stack.options());
  const { StackEvents = [] } = await client.send(new DescribeStackEventsCommand({ StackName }));
  return StackEvents.map(({ ResourceStatus, ResourceStatusReason }) => `${ResourceStatus} ${ResourceStatusReason}`).join('\n');
}
