import { build } from 'esbuild';
import { bundleOptions } from '../../lib/bundle-options.ts';
import type { ServiceCall } from './refusing-service.ts';

/** The class that each client's package exports, and what its calls' targets begin with where they have one. */
const clientClasses: Readonly<Record<string, { readonly name: string; readonly target?: string }>> = {
  '@aws-sdk/client-acm': { name: 'ACMClient' },
  '@aws-sdk/client-cloudformation': { name: 'CloudFormationClient', target: '2010-05-15' },
  '@aws-sdk/client-cognito-identity-provider': { name: 'CognitoIdentityProviderClient', target: 'AWSCognitoIdentityProviderService' },
  '@aws-sdk/client-dynamodb': { name: 'DynamoDBClient', target: 'DynamoDB_20120810' },
  '@aws-sdk/client-eventbridge': { name: 'EventBridgeClient', target: 'AWSEvents' },
  '@aws-sdk/client-kms': { name: 'KMSClient', target: 'TrentService' },
  '@aws-sdk/client-lambda': { name: 'LambdaClient' },
  '@aws-sdk/client-route-53': { name: 'Route53Client' },
  '@aws-sdk/client-s3': { name: 'S3Client' },
  '@aws-sdk/client-secrets-manager': { name: 'SecretsManagerClient', target: 'secretsmanager' },
  '@aws-sdk/client-sesv2': { name: 'SESv2Client' },
  '@aws-sdk/client-sfn': { name: 'SFNClient', target: 'AWSStepFunctions' },
  '@aws-sdk/client-sqs': { name: 'SQSClient', target: 'AmazonSQS' },
  '@aws-sdk/client-sts': { name: 'STSClient', target: '2011-06-15' },
  '@aws-sdk/lib-dynamodb': { name: 'DynamoDBDocumentClient' },
  stripe: { name: 'Stripe' },
};

const classOf = (client: string): string => {
  const found = clientClasses[client];
  if (!found) throw new Error(`Which class is the client of ${client}? Add it to bench/bundle/bare-handler.ts.`);
  return found.name;
};

/** @returns the packages of the clients whose code is in the bundle of lambdas/<name>.ts */
export async function clientsOf(name: string): Promise<string[]> {
  const { metafile } = await build({
    ...bundleOptions,
    entryPoints: [`lambdas/${name}.ts`],
    outdir: 'unwritten',
    write: false,
    metafile: true,
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const kept = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  const packages = kept.flatMap((path) => /node_modules\/(@aws-sdk\/client-[^/]+|@aws-sdk\/lib-dynamodb|stripe)\//.exec(path)?.[1] ?? []);
  return [...new Set(packages)].toSorted();
}

/** The package of the client that makes a call, its class, and the operation. */
function clientOf({ target }: ServiceCall, clients: readonly string[]) {
  const [service, operation] = target.split('.');
  const called = Object.keys(clientClasses).find((client) => clientClasses[client]?.target === service && clients.includes(client));
  if (!called || !operation) throw new Error(`Which client makes the call ${target}? Add it to bench/bundle/bare-handler.ts.`);
  return { called, operation };
}

/** Writes a handler that loads these clients and does nothing but make these calls at the same time, bundled as handlers are. */
export async function bundleBareHandler(clients: readonly string[], calls: readonly ServiceCall[], file: string): Promise<void> {
  const made = calls.map((call) => ({ ...clientOf(call, clients), input: call.input }));
  const documents = clients.includes('@aws-sdk/lib-dynamodb');
  const clientFor = (called: string) =>
    called === '@aws-sdk/client-dynamodb' && documents
      ? 'DynamoDBDocumentClient.from(new DynamoDBClient({}))'
      : `new ${classOf(called)}({})`;
  const commands = new Map(made.map(({ called, operation }) => [`${operation}Command`, called]));
  const contents = [
    ...clients.map((client) => (client === 'stripe' ? `import Stripe from 'stripe';` : `import { ${classOf(client)} } from '${client}';`)),
    ...[...commands].map(([command, called]) => `import { ${command} } from '${called}';`),
    // What nobody uses would not be bundled.
    `globalThis.loaded = [${clients.map(classOf).join(', ')}];`,
    ...[...new Set(made.map(({ called }) => called))].map((called) => `const made${classOf(called)} = ${clientFor(called)};`),
    'export const handler = async () => Promise.all([',
    ...made.map(({ called, operation, input }) => `made${classOf(called)}.send(new ${operation}Command(${JSON.stringify(input)})),`),
    ']);',
  ].join('\n');
  await build({ ...bundleOptions, stdin: { contents, resolveDir: bundleOptions.absWorkingDir }, outfile: file });
}
