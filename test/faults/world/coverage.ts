import type { Deployed } from '../harness/deployed.ts';
import type { ReaderOf, StoreReader } from './reader.ts';

/** Kinds of resources that keep nothing of a tenant's, each with the reason; a kind that is neither here nor read by anybody fails the run. */
const keepsNothing: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Account': 'configuration',
  'AWS::ApiGateway::Authorizer': 'configuration',
  'AWS::ApiGateway::Deployment': 'configuration',
  'AWS::ApiGateway::GatewayResponse': 'configuration',
  'AWS::ApiGateway::Method': 'configuration',
  'AWS::ApiGateway::Resource': 'configuration',
  'AWS::ApiGateway::RestApi': 'configuration',
  'AWS::ApiGateway::Stage': 'configuration',
  'AWS::CloudWatch::Alarm': 'it looks at metrics, which carry no ids',
  'AWS::CloudWatch::Dashboard': 'configuration',
  'AWS::Cognito::UserPoolClient': 'configuration',
  'AWS::Cognito::UserPoolGroup': 'of the staff, whose pool is read',
  'AWS::Events::EventBus': 'it hands events on to the queues of its rules, which are read',
  'AWS::Events::Rule': 'configuration',
  'AWS::IAM::ManagedPolicy': 'configuration',
  'AWS::IAM::Policy': 'configuration',
  'AWS::IAM::Role': 'configuration',
  'AWS::KMS::Key': 'a key keeps nothing of what is encrypted under it',
  'AWS::Lambda::EventInvokeConfig': 'configuration',
  'AWS::Lambda::EventSourceMapping': 'configuration; who is woken is the matrix’s to say',
  'AWS::Lambda::Function': 'its handler runs in this process',
  'AWS::Lambda::Permission': 'configuration',
  'AWS::Logs::LogGroup': 'logs are for people: nothing reads them back',
  'AWS::Logs::MetricFilter': 'configuration',
  'AWS::S3::BucketPolicy': 'configuration',
  'AWS::SNS::Topic': 'alarms go through it',
  'AWS::SNS::TopicPolicy': 'configuration',
  'AWS::SQS::QueuePolicy': 'configuration',
  'AWS::Scheduler::Schedule': 'configuration: all are made by the deployment',
  'AWS::SecretsManager::Secret': 'the payment provider’s, which nothing here writes',
  'AWS::WAFv2::WebACL': 'configuration',
};

/** @returns a reader for each store of the deployment. @throws when a resource may keep something and nobody reads it */
export function readersOf(resources: readonly Deployed[], kinds: readonly ReaderOf[]): StoreReader[] {
  const readers = resources.map((resource) => ({ resource, reader: kinds.map((kind) => kind(resource)).find(Boolean) }));
  const unread = readers.filter(({ resource, reader }) => !reader && !(resource.type in keepsNothing));
  if (unread.length > 0) {
    const named = unread.map(({ resource: { stack, path, type } }) => `${stack}/${path} (${type})`);
    throw new Error(`Nobody reads what these keep of a tenant; give them a reader in test/faults/world/: ${named.join(', ')}`);
  }
  return readers.flatMap(({ reader }) => reader ?? []);
}
