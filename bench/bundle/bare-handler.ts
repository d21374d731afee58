import { type BuildOptions, build } from 'esbuild';
import { checkoutDirectory } from '../../local/checkout.ts';

/** For each client that a handler may bundle, a first call of it that takes no thought. */
const firstCalls: Record<string, string> = {
  '@aws-sdk/client-dynamodb': `new c.GetItemCommand({ TableName: 'bench', Key: { pk: { S: 'a' }, sk: { S: 'b' } } })`,
  '@aws-sdk/client-lambda': `new c.InvokeCommand({ FunctionName: 'bench' })`,
  '@aws-sdk/client-s3': `new c.GetObjectCommand({ Bucket: 'bench', Key: 'bench' })`,
  '@aws-sdk/client-kms': `new c.DecryptCommand({ CiphertextBlob: new Uint8Array(1) })`,
};
const common = {
  absWorkingDir: checkoutDirectory,
  write: false,
  bundle: true,
  platform: 'node' as const,
  target: 'node24',
  format: 'esm' as const,
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'none' as const,
  external: ['http', 'ini', 'login', 'process', 'sso', 'web-identity']
    .map((way) => `@aws-sdk/credential-provider-${way}`)
    .concat('@smithy/credential-provider-imds'),
  logLevel: 'error' as const,
} satisfies BuildOptions;

/** Writes a handler that does nothing but make one call with the first client of those that lambdas/<name>.ts bundles, which it loads all. */
export async function bundleBareHandler(name: string, file: string): Promise<string> {
  const { metafile } = await build({ ...common, entryPoints: [`lambdas/${name}.ts`], outdir: 'unwritten', metafile: true as const });
  const outputs = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const kept = outputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  const clients = [...new Set(kept.flatMap((path) => /node_modules\/(@aws-sdk\/client-[^/]+)\//.exec(path)?.[1] ?? []))];
  const called = Object.keys(firstCalls).find((client) => clients.includes(client));
  const contents = called
    ? `${clients
        .filter((client) => client !== called)
        .map((client) => `import { ${clientClass(client)} } from '${client}'; globalThis['${client}'] = ${clientClass(client)};`)
        .join('\n')}
import { ${clientClass(called)}, ${commandOf(called)} } from '${called}';
const c = { ${commandOf(called)} };
const client = new ${clientClass(called)}({});
export const handler = async () => client.send(${firstCalls[called]});`
    : `export const handler = async () => 'done';`;
  await build({
    ...common,
    write: true,
    stdin: { contents, resolveDir: checkoutDirectory },
    outfile: file,
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
  });
  return file;
}

const commandOf = (client: string) => /new c\.(\w+)\(/.exec(firstCalls[client] ?? '')?.[1] ?? '';

const classes: Record<string, string> = {
  '@aws-sdk/client-cognito-identity-provider': 'CognitoIdentityProviderClient',
  '@aws-sdk/client-cloudformation': 'CloudFormationClient',
  '@aws-sdk/client-dynamodb': 'DynamoDBClient',
  '@aws-sdk/client-eventbridge': 'EventBridgeClient',
  '@aws-sdk/client-kms': 'KMSClient',
  '@aws-sdk/client-lambda': 'LambdaClient',
  '@aws-sdk/client-s3': 'S3Client',
  '@aws-sdk/client-secrets-manager': 'SecretsManagerClient',
  '@aws-sdk/client-sesv2': 'SESv2Client',
  '@aws-sdk/client-sfn': 'SFNClient',
  '@aws-sdk/client-sqs': 'SQSClient',
  '@aws-sdk/client-sts': 'STSClient',
};
function clientClass(client: string): string {
  const found = classes[client];
  if (!found) throw new Error(`Which class is the client of ${client}? Add it to bench/bundle/bare-handler.ts.`);
  return found;
}
