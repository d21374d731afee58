import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation';
import { type AssemblyStack, readStacks } from '../../../local/assembly.ts';
import type { StackRecord } from '../../../local/stack-record.ts';

/** A resource of the synthesised templates, and what the deployment calls it. */
export interface Deployed {
  /** The path of its construct, without the stack. */
  readonly path: string;
  readonly stack: string;
  readonly type: string;
  readonly physicalId: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is CloudFormation's, a different one for each type.
  readonly properties: any;
}

interface Template {
  readonly Resources: Record<string, { Type: string; Properties?: unknown; Metadata?: Record<string, string> }>;
}

/** Every resource of the assembly as it is deployed; one that the local deployment leaves out has no physical id and is not listed. */
export async function deployedResources(assembly: string, record: StackRecord): Promise<Deployed[]> {
  const { endpoint, region, credentials } = record;
  const client = new CloudFormationClient({ endpoint, region, credentials: { ...credentials } });
  try {
    const stacks = await readStacks(assembly);
    return (await Promise.all(stacks.map((stack) => resourcesOf(client, assembly, stack)))).flat();
  } finally {
    client.destroy();
  }
}

async function resourcesOf(client: CloudFormationClient, assembly: string, { name, templateFile }: AssemblyStack): Promise<Deployed[]> {
  const { Resources } = JSON.parse(await readFile(join(assembly, templateFile), 'utf8')) as Template;
  const physicalIds = new Map<string, string>();
  for await (const { StackResourceSummaries = [] } of paginateListStackResources({ client }, { StackName: name }))
    for (const { LogicalResourceId = '', PhysicalResourceId = '' } of StackResourceSummaries)
      physicalIds.set(LogicalResourceId, PhysicalResourceId);
  return Object.entries(Resources).flatMap(([logicalId, { Type, Properties, Metadata }]) => {
    const physicalId = physicalIds.get(logicalId);
    const path = (Metadata?.['aws:cdk:path'] ?? logicalId).replace(/\/(Resource|Default)$/, '').replace(/^[^/]+\//, '');
    return physicalId ? [{ path, stack: name, type: Type, physicalId, properties: Properties ?? {} }] : [];
  });
}
