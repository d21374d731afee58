import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { kebabCase } from '../../../lib/project.ts';
import type { StackRecord } from '../../../local/stack-record.ts';
import type { Deployed } from './deployed.ts';

/** A function as it is deployed, and its handler in this process. */
export interface DeployedFunction {
  /** The construct's name, which is the state's of a step: `CreateAdminUser`. */
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly handler: (event: unknown, context: object) => Promise<unknown>;
}

const handlers = fileURLToPath(new URL('../../../lambdas/', import.meta.url));

async function handlerOf(name: string): Promise<DeployedFunction['handler']> {
  const [file, ...others] = globSync(`${handlers}{steps,events,isolation,api}/${kebabCase(name)}.ts`);
  if (!file || others.length > 0)
    throw new Error(`There is not one handler for the function ${name}: ${[file, ...others].map((each) => basename(each ?? 'none'))}.`);
  return ((await import(file)) as { handler: DeployedFunction['handler'] }).handler;
}

/** Every function of the deployment by its name, with its handler from the file of that name. */
export async function deployedFunctions(resources: readonly Deployed[], record: StackRecord): Promise<Map<string, DeployedFunction>> {
  const { endpoint, region, credentials } = record;
  const client = new LambdaClient({ endpoint, region, credentials: { ...credentials } });
  try {
    const functions = new Map<string, DeployedFunction>();
    for (const { path, physicalId } of resources.filter(({ type }) => type === 'AWS::Lambda::Function')) {
      const name = path.split('/').at(-2) as string;
      const handler = await handlerOf(name);
      const {
        FunctionArn: arn = '',
        Role: roleArn = '',
        Environment,
      } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: physicalId }));
      functions.set(name, { name, arn, roleArn, environment: Environment?.Variables ?? {}, handler });
    }
    return functions;
  } finally {
    client.destroy();
  }
}
