import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { bundleOptions } from '../../lib/bundle-options.ts';
import { projectPath } from '../../lib/project.ts';

/** Calls of some services that are refused, and what the code that made them learns of it, printed. */
const program = `
import { Readable } from 'node:stream';
import { CloudFormationClient, CreateStackCommand } from '@aws-sdk/client-cloudformation';
import { CognitoIdentityProviderClient, AdminGetUserCommand } from '@aws-sdk/client-cognito-identity-provider';
import { ConditionalCheckFailedException, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { EncryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';

const refused = async (Client, command, statusCode, body) => {
  const handle = async () => ({ response: { statusCode, headers: {}, body: Readable.from([Buffer.from(body)]) } });
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = new Client({ region: 'eu-central-1', credentials, maxAttempts: 1, requestHandler: { handle } });
  const error = await client.send(command).catch((caught) => caught);
  const { name, message, $fault, $retryable, Item } = error;
  return { name, message, $fault, $retryable, Item, status: error.$metadata.httpStatusCode, isConditional: error instanceof ConditionalCheckFailedException };
};
const json = (type, more) => JSON.stringify({ __type: type, message: 'Because.', ...more });
const xml = (code) => '<ErrorResponse><Error><Type>Sender</Type><Code>' + code + '</Code><Message>Because.</Message></Error></ErrorResponse>';
const put = new PutItemCommand({ TableName: 'test', Item: {} });
const assume = new AssumeRoleCommand({ RoleArn: 'test', RoleSessionName: 'test' });

const outcomes = async () => ({
  nobodyNamesIt: await refused(KMSClient, new EncryptCommand({ KeyId: 'test', Plaintext: Buffer.from('') }), 400, json('NotFoundException')),
  byTheServer: await refused(CognitoIdentityProviderClient, new AdminGetUserCommand({ UserPoolId: 'test', Username: 'test' }), 500, json('InternalErrorException')),
  withMembers: await refused(DynamoDBClient, put, 400, json('com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', { Item: { pk: { S: 'test' } } })),
  toBeTriedAgain: await refused(DynamoDBClient, put, 400, json('ReplicatedWriteConflictException')),
  otherwiseNamedOnTheWire: await refused(STSClient, assume, 400, xml('IDPCommunicationError')),
  inXml: await refused(CloudFormationClient, new CreateStackCommand({ StackName: 'test' }), 400, xml('AlreadyExistsException')),
  unknown: await refused(STSClient, assume, 403, xml('AccessDenied')),
});
outcomes().then((found) => process.stdout.write(JSON.stringify(found)));
`;

let folder: string;
const printed = (file: string): unknown => JSON.parse(execFileSync(process.execPath, [file], { encoding: 'utf8' }));

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenantry-bundles-'));
  symlinkSync(projectPath('node_modules'), join(folder, 'node_modules'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a bundled client, which lacks parts of the SDK, says of a refused call what the SDK says', async () => {
  const plain = join(folder, 'plain.mjs');
  const bundled = join(folder, 'bundled.cjs');
  writeFileSync(plain, program);
  await build({ ...bundleOptions, stdin: { contents: program, resolveDir: projectPath('.') }, outfile: bundled });
  expect(printed(bundled)).toEqual(printed(plain));
});

test('a bundle has the schemas of what comes, and none of what its handler answers or of the catalog', async () => {
  const { outputFiles } = await build({
    ...bundleOptions,
    entryPoints: [projectPath('lambdas/api/create-signup.ts')],
    outdir: folder,
    write: false,
  });
  const bundle = String(outputFiles[0]?.text);
  expect(bundle).toContain('Send the version of the terms that the customer was shown and accepted.');
  expect(bundle).not.toContain('Where to follow the signup.');
  expect(bundle).not.toContain('Mend it there');
});
