import { ACMClient } from '@aws-sdk/client-acm';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SESv2Client } from '@aws-sdk/client-sesv2';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { rememberOperation } from './errors.ts';

/** What of an SDK client is needed to see each of its calls. */
interface Observable {
  readonly middlewareStack: {
    add(
      middleware: (
        next: (args: object) => Promise<object>,
        context: { readonly clientName?: string; readonly commandName?: string },
      ) => (args: object) => Promise<object>,
      options: { readonly name: string; readonly step: 'initialize' },
    ): void;
  };
}

/** Notes on each error which operation it came from, so that a failure can say "CognitoIdentityProvider.AdminCreateUser" instead of the error's message. */
function named<Client>(client: Client): Client {
  (client as Observable).middlewareStack.add(
    (next, { clientName = '', commandName = '' }) =>
      async (args) => {
        try {
          return await next(args);
        } catch (error) {
          rememberOperation(error, `${clientName.replace(/Client$/, '')}.${commandName.replace(/Command$/, '')}`);
          throw error;
        }
      },
    { name: 'rememberOperation', step: 'initialize' },
  );
  return client;
}

const once = <Client>(make: () => Client) => {
  let client: Client | undefined;
  return () => {
    client ??= named(make());
    return client;
  };
};

/** One client a service and process, made when first used: a handler pays only for what it calls. */
export const dynamodb = /* @__PURE__ */ once(() =>
  DynamoDBDocumentClient.from(new DynamoDBClient({}), { marshallOptions: { removeUndefinedValues: true } }),
);
export const acm = /* @__PURE__ */ once(() => new ACMClient({}));
/** For tables themselves; items are the document client's. */
export const dynamodbTables = /* @__PURE__ */ once(() => new DynamoDBClient({}));
export const cloudFormation = /* @__PURE__ */ once(() => new CloudFormationClient({}));
export const cognito = /* @__PURE__ */ once(() => new CognitoIdentityProviderClient({}));
export const eventBridge = /* @__PURE__ */ once(() => new EventBridgeClient({}));
export const kms = /* @__PURE__ */ once(() => new KMSClient({}));
export const lambda = /* @__PURE__ */ once(() => new LambdaClient({}));
export const route53 = /* @__PURE__ */ once(() => new Route53Client({}));
export const s3 = /* @__PURE__ */ once(() => new S3Client({}));
export const secretsManager = /* @__PURE__ */ once(() => new SecretsManagerClient({}));
export const ses = /* @__PURE__ */ once(() => new SESv2Client({}));
export const stepFunctions = /* @__PURE__ */ once(() => new SFNClient({}));
export const sqs = /* @__PURE__ */ once(() => new SQSClient({}));
export const sts = /* @__PURE__ */ once(() => new STSClient({}));

/** Credentials of a tenant's; they are vended by one function alone, and reach handlers through tenant-credentials.ts. */
interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Clients that act with a tenant's credentials. */
export const dynamodbWith = (credentials: Credentials) => named(DynamoDBDocumentClient.from(new DynamoDBClient({ credentials })));
export const kmsWith = (credentials: Credentials) => named(new KMSClient({ credentials }));
export const s3With = (credentials: Credentials) => named(new S3Client({ credentials }));
