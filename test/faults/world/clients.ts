import { ACMClient } from '@aws-sdk/client-acm';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IAMClient } from '@aws-sdk/client-iam';
import { Route53Client } from '@aws-sdk/client-route-53';
import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { StackRecord } from '../../../local/stack-record.ts';

/** Clients of the account's administrator. */
export function administratorClients({ endpoint, region, account, credentials }: StackRecord) {
  // A copy for each, because a client writes into what it is given.
  const options = () => ({ endpoint, region, credentials: { ...credentials } });
  return {
    account,
    acm: new ACMClient(options()),
    cloudFormation: new CloudFormationClient(options()),
    cognito: new CognitoIdentityProviderClient(options()),
    documents: DynamoDBDocumentClient.from(new DynamoDBClient(options())),
    dynamodb: new DynamoDBClient(options()),
    iam: new IAMClient(options()),
    route53: new Route53Client(options()),
    s3: new S3Client({ ...options(), forcePathStyle: true }),
    sqs: new SQSClient(options()),
  };
}
export type Clients = ReturnType<typeof administratorClients>;
