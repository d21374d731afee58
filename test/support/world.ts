import { ACMClient } from '@aws-sdk/client-acm';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminGetUserCommand,
  AdminInitiateAuthCommand,
  AdminSetUserPasswordCommand,
  CognitoIdentityProviderClient,
} from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DecryptCommand, GenerateDataKeyCommand, GenerateMacCommand, KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Route53Client } from '@aws-sdk/client-route-53';
import { DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import {
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { ChangeMessageVisibilityCommand, SendMessageCommand, type SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import {
  BatchGetCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  TransactWriteCommand,
} from '@aws-sdk/lib-dynamodb';
import { handler as vendCredentials } from '../../lambdas/isolation/vend-credentials.ts';
import { runtime } from '../../lambdas/shared/runtime.ts';
import { FakeBucket } from './fake-bucket.ts';
import { FakeCertificates } from './fake-certificates.ts';
import { type CommandClass, type FakeClient, operationOf, serveInstead } from './fake-clients.ts';
import { FakeDns } from './fake-dns.ts';
import { FakeKms, FakeStateMachine, FakeUserPool } from './fake-services.ts';
import { FakeSilos } from './fake-silos.ts';
import { context } from './requests.ts';
import { newDatabase, tables } from './world-tables.ts';

export { tables };

/*
 * The services around the handlers, in memory, instead of the SDK's clients: a call that is not known here throws. Calls are numbered, so that a test can make any
 * one of them fail, lose its answer, or wait. What only AWS can show (IAM, consistency, encryption at rest) is asserted on the local stack.
 */

const machineArnOf = (name: string) => `arn:aws:states:eu-central-1:111122223333:stateMachine:${name}`;

const variables = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'the-function',
  AWS_SECRET_ACCESS_KEY: 'secret',
  POWERTOOLS_SERVICE_NAME: 'tenantry',
  TENANTS_TABLE: tables.tenants,
  EVENTS_TABLE: tables.events,
  FINDINGS_TABLE: tables.findings,
  PEOPLE_TABLE: tables.people,
  PEOPLE_KEYS_TABLE: tables.peopleKeys,
  TENANT_DATA_TABLE: tables.tenantData,
  TENANT_DATA_BUCKET: 'tenant-data',
  TENANT_DATA_KEY_ID: 'tenant-key',
  VEND_CREDENTIALS_ARN: 'arn:aws:lambda:eu-central-1:111122223333:function:VendCredentials',
  PEOPLE_KEY_ID: 'people-key',
  SIGNUP_MAC_KEY_ID: 'signup-mac-key',
  USERNAME_MAC_KEY_ID: 'username-mac-key',
  TENANT_USER_POOL_ID: 'eu-central-1_tenants',
  TENANT_PROBE_CLIENT_ID: 'probe-client',
  POOLED_TENANT_ROLE_ARN: 'arn:aws:iam::111122223333:role/PooledTenantRole',
  PAYMENT_SECRET_ID: 'payment-provider',
  BILLING_QUEUE_URL: 'https://sqs.example.com/billing',
  BILLING_DEAD_LETTERS_URL: 'https://sqs.example.com/billing-dead-letters',
  SILO_TEMPLATE_URL: 'https://assets.example.com/silo.json',
  SILO_TEMPLATE_FILE: 'silo-template.json',
  SILO_TEMPLATE_VERSION: '0123456789ab',
  SILO_DEPLOYMENT_ROLE_ARN: 'arn:aws:iam::111122223333:role/SiloDeployment',
  SILO_BOUNDARY_ARN: 'arn:aws:iam::111122223333:policy/SiloBoundary',
  VENDOR_ROLE_ARN: 'arn:aws:iam::111122223333:role/VendCredentials',
  TENANT_DOMAIN: 'tenants.example.com',
  TENANT_HOSTED_ZONE_ID: 'Z0123456789',
  TENANT_TARGET: 'app.example.com',
  EVENT_BUS_NAME: 'tenantry',
  ONBOARD_TENANT_ARN: machineArnOf('OnboardTenant'),
  ABANDON_TENANT_ARN: machineArnOf('AbandonTenant'),
  STEP_TIMEOUT_SECONDS: '20',
  REDRIVE_ROLE_ARN: 'arn:aws:iam::111122223333:role/RedriveTenant',
  PUBLIC_URL: 'https://api.example.com/v1',
  MAIL_FROM_ADDRESS: 'signup@example.com',
  SERVED_REGIONS: 'eu-central-1,eu-west-1',
};
Object.assign(process.env, variables);

/** An error as the SDK throws it. */
export const awsError = (name: string, fault: 'client' | 'server' = 'client', message = `${name} of a test`) =>
  Object.assign(new Error(message), { name, $fault: fault, $metadata: { httpStatusCode: fault === 'client' ? 400 : 500 } });

interface Interference {
  /** The number of the call, counted from `world.calls.length + 1`, or the name of its operation, such as "TransactWrite". */
  readonly at: number | string;
  readonly error?: Error;
  /** Whether the call has its effect before it fails: its answer is lost. */
  readonly effective?: boolean;
  readonly hold?: Promise<void>;
  readonly reached?: () => void;
}

export function newWorld() {
  const database = newDatabase();
  const userPool = new FakeUserPool();
  const kms = new FakeKms();
  const bucket = new FakeBucket();
  const silos = new FakeSilos();
  const dns = new FakeDns(variables.TENANT_HOSTED_ZONE_ID);
  const certificates = new FakeCertificates();
  const stateMachine = new FakeStateMachine([variables.ONBOARD_TENANT_ARN, variables.ABANDON_TENANT_ARN]);
  const mails: { to: string; subject: string; text: string }[] = [];
  const busEvents: Record<string, unknown>[] = [];
  /** The operations that were called, in order. */
  const calls: string[] = [];
  const interferences: Interference[] = [];
  const pauses: number[] = [];
  const answers = new Map<string, unknown>();
  const slow = new Map<string, number>();
  let assumedTenant: string | undefined;
  let now = Date.parse('2026-11-20T08:00:00.000Z');

  runtime.now = () => new Date(now);
  runtime.random = () => 0.5;
  runtime.pause = async (milliseconds) => {
    pauses.push(milliseconds);
    await new Promise(setImmediate);
  };

  async function serve(operation: string, effect: () => unknown): Promise<unknown> {
    calls.push(operation);
    const number = calls.length;
    now += slow.get(operation) ?? 0;
    const place = interferences.findIndex(({ at }) => at === number || at === operation);
    const [interference] = place >= 0 ? interferences.splice(place, 1) : [];
    // Other requests get their turn between any two calls.
    await new Promise(setImmediate);
    interference?.reached?.();
    await interference?.hold;
    if (interference?.error && !interference.effective) throw interference.error;
    if (answers.has(operation)) {
      const prepared = answers.get(operation);
      answers.delete(operation);
      return prepared;
    }
    const answer = await effect();
    if (interference?.error) throw interference.error;
    return answer;
  }

  const answer = (client: FakeClient, command: CommandClass, effect: (input: never) => unknown) =>
    client.set(command, (input) => serve(operationOf(command), () => effect(input)));

  const documents = serveInstead(DynamoDBDocumentClient);
  /**
   * IAM's part: credentials that were vended for a tenant reach what is under that tenant's id in the data stores, and nothing else; the functions' own
   * credentials reach everything but that.
   */
  const guarded = (
    client: FakeClient,
    command: CommandClass,
    isData: (input: never) => boolean,
    ownerOf: (input: never) => unknown,
    effect: (input: never) => unknown,
  ) =>
    client.set(command, async (input, sender) => {
      const { config } = sender as { config: { credentials: () => Promise<{ accessKeyId: string }> } };
      const tenantId = /^tenant:(.*)$/.exec((await config.credentials()).accessKeyId)?.[1];
      return serve(operationOf(command), () => {
        if (tenantId ? !isData(input) || ownerOf(input) !== tenantId : isData(input)) throw awsError('AccessDeniedException');
        return effect(input);
      });
    });
  const inData = ({ TableName }: { TableName?: string }) => TableName === tables.tenantData;
  const document = (command: { readonly name: string }, partitionOf: (input: never) => unknown, effect: (input: never) => unknown) =>
    guarded(documents, command, inData as never, partitionOf, effect);
  const keyed = (input: { Key: { tenantId?: string } }) => input.Key.tenantId;
  document(GetCommand, keyed as never, (input) => database.get(input));
  document(PutCommand, ((input: { Item: { tenantId?: string } }) => input.Item.tenantId) as never, (input) => database.put(input));
  document(DeleteCommand, keyed as never, (input) => database.delete(input));
  document(
    QueryCommand,
    ((input: { ExpressionAttributeValues: Record<string, unknown> }) => input.ExpressionAttributeValues[':owner']) as never,
    (input) => database.query(input),
  );
  document(
    ScanCommand,
    () => undefined,
    () => {
      throw new Error('Nothing may scan.');
    },
  );
  document(
    BatchGetCommand,
    () => undefined,
    (input) => database.batchGet(input),
  );
  document(
    TransactWriteCommand,
    () => undefined,
    (input) => database.transactWrite(input),
  );

  const cognito = serveInstead(CognitoIdentityProviderClient);
  answer(cognito, AdminCreateUserCommand, (input) => userPool.create(input));
  answer(cognito, AdminDeleteUserCommand, (input) => userPool.delete(input));
  answer(cognito, AdminGetUserCommand, (input) => userPool.read(input));
  answer(cognito, AdminSetUserPasswordCommand, (input) => userPool.setPassword(input));
  answer(cognito, AdminInitiateAuthCommand, (input) => userPool.signIn(input));

  const serveSilos = (service: keyof typeof FakeSilos.operations, client: FakeClient) => {
    for (const [command, effect] of FakeSilos.operations[service]) answer(client, command, (input) => silos[effect](input));
  };
  serveSilos('stacks', serveInstead(CloudFormationClient));
  serveSilos('tables', serveInstead(DynamoDBClient));
  serveSilos('users', cognito);

  const [zones, authority] = [serveInstead(Route53Client), serveInstead(ACMClient)];
  for (const [command, effect] of FakeDns.operations) answer(zones, command, (input) => dns[effect](input));
  for (const [command, effect] of FakeCertificates.operations) answer(authority, command, (input) => certificates[effect](input));

  const keys = serveInstead(KMSClient);
  answer(keys, GenerateMacCommand, (input) => kms.mac(input));
  const underTenantKey = ({ KeyId }: { KeyId?: string }) => KeyId === variables.TENANT_DATA_KEY_ID;
  const contextOf = ({ EncryptionContext }: { EncryptionContext?: Record<string, string> }) => EncryptionContext?.['tenantId'];
  guarded(keys, GenerateDataKeyCommand, underTenantKey as never, contextOf as never, (input) => kms.dataKey(input));
  guarded(keys, DecryptCommand, underTenantKey as never, contextOf as never, (input) => kms.decrypt(input));

  serveSilos('keys', keys);

  const secrets = { payment: 'not set' };
  answer(serveInstead(SecretsManagerClient), GetSecretValueCommand, () => ({ SecretString: secrets.payment }));

  const messages: { queueUrl: string; body: string; attributes: Record<string, string | undefined> }[] = [];
  const waits: number[] = [];
  const queues = serveInstead(SQSClient);
  answer(queues, SendMessageCommand, (input: never) => {
    const { QueueUrl: queueUrl, MessageBody: body, MessageAttributes } = input as SendMessageCommandInput;
    const attributes = Object.fromEntries(Object.entries(MessageAttributes ?? {}).map(([name, { StringValue }]) => [name, StringValue]));
    messages.push({ queueUrl: queueUrl as string, body: body as string, attributes });
    return { MessageId: `message-${messages.length}` };
  });
  answer(queues, ChangeMessageVisibilityCommand, (input: never) => {
    waits.push((input as { VisibilityTimeout: number }).VisibilityTimeout);
    return {};
  });

  const objects = serveInstead(S3Client);
  const prefixOf = ({ Key, Prefix }: { Key?: string; Prefix?: string }) => (Key ?? Prefix)?.split('/')[0];
  const object = (command: { readonly name: string }, effect: (input: never) => unknown) =>
    guarded(objects, command, () => true, prefixOf as never, effect);
  object(PutObjectCommand, (input) => bucket.put(input));
  object(GetObjectCommand, (input) => bucket.get(input));
  object(ListObjectsV2Command, (input) => bucket.list(input));
  object(DeleteObjectCommand, (input) => bucket.delete(input));

  serveSilos('objects', objects);

  /** The one function that steps invoke, as the Lambda runtime answers for it. */
  answer(serveInstead(LambdaClient), InvokeCommand, async (input: never) => {
    const { FunctionName, Payload } = input as { FunctionName: string; Payload: string };
    if (FunctionName !== variables.VEND_CREDENTIALS_ARN) throw new Error(`There is no function ${FunctionName}.`);
    const payload = (value: unknown) => Uint8Array.from(Buffer.from(JSON.stringify(value)));
    try {
      return { Payload: payload(await vendCredentials(JSON.parse(Payload), context())) };
    } catch (error) {
      const { name: errorType, message: errorMessage } = error as Error;
      return { FunctionError: 'Unhandled', Payload: payload({ errorType, errorMessage }) };
    }
  });

  const machines = serveInstead(SFNClient);
  answer(machines, StartExecutionCommand, (input) => stateMachine.start(input));
  answer(machines, DescribeExecutionCommand, (input) => stateMachine.describe(input));
  answer(machines, StopExecutionCommand, (input) => stateMachine.stop(input));
  answer(machines, DescribeStateMachineCommand, () => stateMachine.describeMachine());
  answer(machines, DescribeStateMachineForExecutionCommand, (input) => stateMachine.describeMachineOf(input));
  answer(machines, RedriveExecutionCommand, (input) => stateMachine.redrive(input));

  answer(serveInstead(SESv2Client), SendEmailCommand, (input: never) => {
    const { Destination, Content } = input as {
      Destination: { ToAddresses: string[] };
      Content: { Simple: { Subject: { Data: string }; Body: { Text: { Data: string } } } };
    };
    mails.push({ to: Destination.ToAddresses.join(), subject: Content.Simple.Subject.Data, text: Content.Simple.Body.Text.Data });
    return { MessageId: `mail-${mails.length}` };
  });
  answer(serveInstead(EventBridgeClient), PutEventsCommand, (input: never) => {
    const { Entries } = input as { Entries: Record<string, unknown>[] };
    busEvents.push(...Entries);
    return { FailedEntryCount: 0, Entries: Entries.map((_, place) => ({ EventId: `bus-${busEvents.length + place}` })) };
  });
  answer(serveInstead(STSClient), AssumeRoleCommand, (input: never) => {
    const { Tags } = input as { Tags: { Key: string; Value: string }[] };
    const tenantId = assumedTenant ?? Tags.find(({ Key }) => Key === 'tenantId')?.Value;
    return { Credentials: { AccessKeyId: `tenant:${tenantId}`, SecretAccessKey: 'secret', SessionToken: 'token' } };
  });

  return {
    database,
    userPool,
    bucket,
    silos,
    dns,
    certificates,
    messages,
    waits,
    secrets,
    stateMachine,
    mails,
    busEvents,
    calls,
    pauses,
    /** Lets time pass. */
    advance: (milliseconds: number) => {
      now += milliseconds;
    },
    /** Has STS vend credentials of another tenant than asked for, as a wrong trust policy might. */
    assumesFor: (tenantId: string) => {
      assumedTenant = tenantId;
    },
    /** Gives the next call of a command this answer, without any effect. */
    answerOnce: (command: { readonly name: string }, prepared: unknown) => answers.set(command.name.replace(/Command$/, ''), prepared),
    /** Makes a call fail before it has any effect. */
    fail: (at: number | string, error: Error) => interferences.push({ at, error }),
    /** Makes a call have its effect and lose its answer. */
    loseAnswer: (at: number | string, error: Error = awsError('TimeoutError', 'server')) =>
      interferences.push({ at, error, effective: true }),
    /** Lets time pass with each call of an operation, until it is ended. */
    slowDown: (operation: string, milliseconds: number) => {
      slow.set(operation, milliseconds);
      return { end: () => slow.delete(operation) };
    },
    /** Makes a call wait until it is released. */
    hold: (at: number | string) => {
      const { promise: hold, resolve: release } = Promise.withResolvers<void>();
      const { promise: reached, resolve } = Promise.withResolvers<void>();
      interferences.push({ at, hold, reached: resolve });
      return { reached, release };
    },
    /** What is true of the world outside the handlers; two that are equal mean that nothing was written between them. */
    snapshot: () =>
      structuredClone({
        tables: Object.fromEntries(Object.values(tables).map((table) => [table, database.all(table)])),
        users: [...userPool.users],
        invitations: userPool.invitations,
        objects: [...bucket.objects],
        silos: [...silos.stacks],
        dns: [...dns.records],
        certificates: [...certificates.certificates],
        siloRemains: [...silos.remains],
        executions: [...stateMachine.executions],
        mails,
        busEvents,
      }),
  };
}
export type World = ReturnType<typeof newWorld>;
