import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateFunctionCommand, InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, type AssumeRoleCommandInput, STSClient } from '@aws-sdk/client-sts';
import { strToU8, zipSync } from 'fflate';
import { startMiniStack } from '../../local/ministack-process.ts';
import { ensurePythonEnvironment } from '../../local/python-environment.ts';

export const account = '000000000000';
export const region = 'eu-central-1';

export type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
export type Statement = Record<string, unknown>;
type ClientOptions = { endpoint: string; region: string; credentials: Credentials; maxAttempts: number; forcePathStyle?: boolean };

/** A patched MiniStack with nothing deployed in it. */
export type BareMiniStack = {
  endpoint: string;
  /** Options of any AWS SDK client; with MiniStack's root key, which no policy restricts, unless credentials are given. */
  options(credentials?: Credentials): ClientOptions;
  stop(): Promise<void>;
};

/** Starts one on a free port. `engine` is where it hands executions of state machines to. */
export async function startBareMiniStack(engine = { url: 'http://127.0.0.1:9/', secret: 'unused' }): Promise<BareMiniStack> {
  const python = await ensurePythonEnvironment({ log: () => undefined });
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-bare-ministack-'));
  const stack = await startMiniStack({ python, region, logFile: join(folder, 'ministack.log'), engine });
  return {
    endpoint: stack.endpoint,
    options: (credentials = { accessKeyId: account, secretAccessKey: 'test' }) => ({
      endpoint: stack.endpoint,
      region,
      credentials,
      maxAttempts: 1,
    }),
    stop: async () => {
      await stack.stop();
      await rm(folder, { recursive: true });
    },
  };
}

export const trustAccount: Statement = {
  Effect: 'Allow',
  Principal: { AWS: `arn:aws:iam::${account}:root` },
  Action: ['sts:AssumeRole', 'sts:TagSession'],
};
export const trustService = (service: string): Statement => ({
  Effect: 'Allow',
  Principal: { Service: service },
  Action: 'sts:AssumeRole',
});

/** Creates a role with one inline policy and returns its ARN. */
export async function createRole(
  stack: BareMiniStack,
  statements: Statement[],
  more: { trust?: Statement[]; name?: string; boundary?: string; maxSessionSeconds?: number } = {},
): Promise<string> {
  const iam = new IAMClient(stack.options());
  const name = more.name ?? `role-${randomUUID()}`;
  const created = await iam.send(
    new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: policy(more.trust ?? [trustAccount]),
      PermissionsBoundary: more.boundary,
      MaxSessionDuration: more.maxSessionSeconds,
    }),
  );
  if (statements.length > 0) {
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: 'permissions', PolicyDocument: policy(statements) }));
  }
  return created.Role?.Arn ?? '';
}

export function policy(statements: Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

/** Assumes a role and returns the session's credentials. `by` is who assumes it: MiniStack's root unless given. */
export async function assumeRole(
  stack: BareMiniStack,
  roleArn: string,
  more: Partial<AssumeRoleCommandInput> = {},
  by?: Credentials,
): Promise<Credentials> {
  const sts = new STSClient(stack.options(by));
  const { Credentials: given } = await sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: 'check', ...more }));
  return {
    accessKeyId: given?.AccessKeyId ?? '',
    secretAccessKey: given?.SecretAccessKey ?? '',
    sessionToken: given?.SessionToken ?? '',
  };
}

/** Creates a Node.js function from the source of its CommonJS handler and returns its ARN. */
export async function createFunction(
  stack: BareMiniStack,
  source: string,
  more: { roleArn?: string; timeoutSeconds?: number; name?: string } = {},
): Promise<string> {
  const lambda = new LambdaClient(stack.options());
  const roleArn = more.roleArn ?? (await createRole(stack, [], { trust: [trustService('lambda.amazonaws.com')] }));
  const created = await lambda.send(
    new CreateFunctionCommand({
      FunctionName: more.name ?? `function-${randomUUID()}`,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: roleArn,
      Timeout: more.timeoutSeconds ?? 10,
      Code: { ZipFile: zipSync({ 'index.js': strToU8(source) }) },
    }),
  );
  return created.FunctionArn ?? '';
}

/** What a function answered: its payload, and the kind of its error if it failed. */
export async function invoke(
  stack: BareMiniStack,
  functionArn: string,
  event: unknown = {},
): Promise<{ failed: boolean; payload: unknown; log: string }> {
  const lambda = new LambdaClient(stack.options());
  const answer = await lambda.send(
    new InvokeCommand({ FunctionName: functionArn, Payload: strToU8(JSON.stringify(event)), LogType: 'Tail' }),
  );
  return {
    failed: answer.FunctionError !== undefined,
    payload: JSON.parse(answer.Payload?.transformToString() ?? 'null'),
    log: Buffer.from(answer.LogResult ?? '', 'base64').toString(),
  };
}

/** Creates a queue with a name of its own. */
export async function createQueue(stack: BareMiniStack): Promise<{ readonly url: string; readonly arn: string }> {
  const sqs = new SQSClient(stack.options());
  const { QueueUrl: url = '' } = await sqs.send(new CreateQueueCommand({ QueueName: `queue-${randomUUID()}` }));
  const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['QueueArn'] }));
  return { url, arn: Attributes?.['QueueArn'] ?? '' };
}

/** Repeats a question until it has an answer, for what AWS does in its own time. */
export async function eventually<Answer>(what: string, ask: () => Promise<Answer | undefined>): Promise<Answer> {
  const deadline = Date.now() + 240_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > deadline) throw new Error(`${what} did not happen within 240 seconds.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
