import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CloudFormationClient,
  CreateStackCommand,
  type CreateStackCommandInput,
  DeleteStackCommand,
  DescribeStacksCommand,
  paginateDescribeStackEvents,
  type Stack,
  UpdateStackCommand,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type AssemblyStack, type DeploymentPlace, readAssets, readStacks } from './assembly.ts';
import { localTemplate } from './local-template.ts';
import { ensureBuckets, publishAssets } from './publish-assets.ts';

/** Where to deploy, as whom, and where progress goes, a line at a time. */
export type Deployment = DeploymentPlace & {
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  log: (line: string) => void;
  signal?: AbortSignal | undefined;
};

type Clients = { cloudFormation: CloudFormationClient; s3: S3Client; ssm: SSMClient };

const pollMilliseconds = 100;
const stackDeadlineMilliseconds = 300_000;
const templateBucket = 'local-stack-templates';

/**
 * Deploys every stack of a synthesised assembly, those first that others depend on, and returns what all stacks put out, by name.
 * A stack that is there is updated. Fails with the reasons of the resources that failed.
 */
export async function deployAssembly(assembly: string, deployment: Deployment): Promise<Record<string, string>> {
  const { endpoint, region, credentials } = deployment;
  const config = { endpoint, region, credentials };
  const clients = {
    cloudFormation: new CloudFormationClient(config),
    s3: new S3Client({ ...config, forcePathStyle: true }),
    ssm: new SSMClient(config),
  };
  try {
    await bootstrap(clients.ssm);
    const published = await publishAssets(clients.s3, assembly, await readAssets(assembly, deployment));
    await ensureBuckets(clients.s3, [templateBucket]);
    deployment.log(`Published ${published} assets`);
    const outputs: Record<string, string> = {};
    for (const stack of await readStacks(assembly)) {
      deployment.signal?.throwIfAborted();
      const startedAt = performance.now();
      const deployed = await deployStack(clients, assembly, stack, deployment);
      deployment.log(`Deployed ${stack.name} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`);
      for (const { OutputKey, OutputValue, ExportName } of deployed.Outputs ?? []) {
        // Exported outputs are what the stacks hand each other.
        if (OutputKey && OutputValue && !ExportName) outputs[OutputKey] = OutputValue;
      }
    }
    return outputs;
  } finally {
    for (const client of Object.values(clients)) client.destroy();
  }
}

/** What `cdk bootstrap` leaves in an account, as far as the templates look at it: the version of the bootstrap stack. */
async function bootstrap(ssm: SSMClient): Promise<void> {
  await ssm.send(new PutParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version', Value: '30', Type: 'String', Overwrite: true }));
}

async function deployStack(clients: Clients, assembly: string, stack: AssemblyStack, deployment: Deployment): Promise<Stack> {
  const synthesised = JSON.parse(await readFile(join(assembly, stack.templateFile), 'utf8'));
  const Key = `${stack.name}.template.json`;
  await clients.s3.send(
    new PutObjectCommand({ Bucket: templateBucket, Key, Body: JSON.stringify(localTemplate(synthesised, deployment.endpoint)) }),
  );
  const input: CreateStackCommandInput = {
    StackName: stack.name,
    TemplateURL: `${deployment.endpoint}/${templateBucket}/${Key}`,
    Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM', 'CAPABILITY_AUTO_EXPAND'],
  };
  await createOrUpdate(clients.cloudFormation, input);
  const ended = await untilSettled(clients.cloudFormation, stack.name, deployment.signal);
  if (ended?.StackStatus === 'CREATE_COMPLETE' || ended?.StackStatus === 'UPDATE_COMPLETE') return ended;
  const reasons = await failures(clients.cloudFormation, stack.name);
  throw new Error(`${stack.name} ended ${ended?.StackStatus ?? 'deleted'}: ${ended?.StackStatusReason ?? ''}\n${reasons.join('\n')}`);
}

async function createOrUpdate(cloudFormation: CloudFormationClient, input: CreateStackCommandInput): Promise<void> {
  const present = await describe(cloudFormation, input.StackName);
  if (present?.StackStatus === 'ROLLBACK_COMPLETE') {
    // Such a stack can only be deleted (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html).
    await cloudFormation.send(new DeleteStackCommand({ StackName: input.StackName }));
    await untilSettled(cloudFormation, input.StackName, undefined);
  }
  if (!present || /^(ROLLBACK|DELETE)_COMPLETE$/.test(present.StackStatus ?? '')) {
    await cloudFormation.send(new CreateStackCommand(input));
    return;
  }
  await cloudFormation.send(new UpdateStackCommand(input)).catch((error: Error) => {
    if (!error.message.includes('No updates are to be performed')) throw error;
  });
}

async function describe(cloudFormation: CloudFormationClient, StackName: string | undefined): Promise<Stack | undefined> {
  try {
    return (await cloudFormation.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  } catch (error) {
    // CloudFormation has no error class of its own for an absent stack.
    if (error instanceof Error && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}

async function untilSettled(
  cloudFormation: CloudFormationClient,
  name: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Stack | undefined> {
  const deadline = Date.now() + stackDeadlineMilliseconds;
  for (;;) {
    const stack = await describe(cloudFormation, name);
    if (!stack?.StackStatus?.endsWith('_IN_PROGRESS')) return stack;
    if (Date.now() > deadline) throw new Error(`${name} is still ${stack.StackStatus} after ${stackDeadlineMilliseconds / 1000} seconds.`);
    await delay(pollMilliseconds, undefined, signal ? { signal } : {});
  }
}

/** One line for each resource that failed in a stack's events, the cause first: CloudFormation lists the newest first. */
async function failures(client: CloudFormationClient, StackName: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const page of paginateDescribeStackEvents({ client }, { StackName })) {
    for (const event of page.StackEvents ?? []) {
      if (!event.ResourceStatus?.includes('FAILED')) continue;
      lines.push(`  ${event.LogicalResourceId} (${event.ResourceType}): ${event.ResourceStatusReason ?? event.ResourceStatus}`);
    }
  }
  return lines.reverse();
}
