import { ACMClient } from '@aws-sdk/client-acm';
import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { IAMClient } from '@aws-sdk/client-iam';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { Route53Client } from '@aws-sdk/client-route-53';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { world } from './world.ts';

/* The administrator's eyes and hands in the world. */

const options = world.clientOptions;
export const acm = new ACMClient(options);
export const cloudFormation = new CloudFormationClient(options);
export const cognito = new CognitoIdentityProviderClient(options);
export const documents = DynamoDBDocumentClient.from(new DynamoDBClient(options));
export const eventBridge = new EventBridgeClient(options);
export const iam = new IAMClient(options);
export const kms = new KMSClient(options);
export const lambda = new LambdaClient(options);
export const logs = new CloudWatchLogsClient(options);
export const route53 = new Route53Client(options);
export const scheduler = new SchedulerClient(options);
export const sqs = new SQSClient(options);
export const stepFunctions = new SFNClient(options);
export const sts = new STSClient(options);

/** @returns an output of the deployed stacks. @throws an error that names it when it is missing */
export function output(name: string): string {
  const value = world.outputs[name];
  if (!value) throw new Error(`The deployed stacks have no output ${name}.`);
  return value;
}
