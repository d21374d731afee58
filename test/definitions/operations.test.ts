import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { projectPath } from '../../lib/project.ts';
import { type Assembly, type Resource, stackIds, synthesisedAssembly } from '../support/assembly.ts';
import { words } from '../support/template-words.ts';

let assembly: Assembly;
const alarms = () => assembly.resources('AWS::CloudWatch::Alarm');
const nameOf = ({ path }: Resource) => path.split('/').at(-1) as string;

beforeAll(async () => {
  assembly = await synthesisedAssembly();
}, 120_000);

describe('the alarms', () => {
  test('are one for each thing on which a person must act, and none for what a client did wrong', () => {
    const metrics = Object.fromEntries(alarms().map((alarm) => [nameOf(alarm), alarm.properties.MetricName]));
    expect(metrics).toEqual({
      ApiServerErrors: '5XXError',
      OnboardTenantFailed: 'ExecutionsFailed',
      OnboardTenantTimedOut: 'ExecutionsTimedOut',
      OnboardTenantAborted: 'ExecutionsAborted',
      StartOnboardingErrors: 'FailedInvokeEventCount',
      ExpireSignupsErrors: 'Errors',
      SendConfirmationErrors: 'FailedInvokeEventCount',
      ReactionsDeadLetters: 'ApproximateNumberOfMessagesVisible',
      ExampleConsumerDeadLetters: 'ApproximateNumberOfMessagesVisible',
    });
  });

  test('hear of each reaction that reports a record as failed, which its function does not count as an error', () => {
    const mappings = assembly.resources('AWS::Lambda::EventSourceMapping');
    expect(mappings.length).toBeGreaterThan(0);
    for (const mapping of mappings) {
      const reaction = mapping.path.split('/').at(-2);
      const alarm = alarms().find((each) => nameOf(each) === `${reaction}Errors`);
      expect(mapping.properties).toMatchObject({
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MetricsConfig: { Metrics: ['EventCount'] },
      });
      expect(alarm?.properties.Dimensions.map(({ Name, Value }: { Name: string; Value: unknown }) => [Name, words(Value)])).toEqual([
        ['EventSourceMappingUUID', words({ Ref: mapping.id })],
      ]);
    }
  });

  test('watch every queue of dead letters', () => {
    const watched = alarms()
      .filter(({ properties }) => properties.Namespace === 'AWS/SQS')
      .map(({ properties }) => words(properties.Dimensions[0].Value));
    const deadLetters = assembly
      .resources('AWS::SQS::Queue')
      .filter(({ path }) => path.includes('DeadLetters'))
      .map(({ id }) => words({ Ref: id }));
    expect(watched.sort()).toEqual(deadLetters.sort());
  });

  test('ring at the first occurrence, and tell the topic', () => {
    for (const { properties } of alarms()) {
      expect(properties).toMatchObject({
        Threshold: 1,
        EvaluationPeriods: 1,
        Period: 300,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      });
      expect(properties.AlarmActions.map(words)).toEqual(['AlarmsTopic']);
    }
  });

  test('lead each to its article in the runbook', () => {
    const headings = [...readFileSync(projectPath('docs/runbook.md'), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
    for (const alarm of alarms()) {
      const [, anchor] = alarm.properties.AlarmDescription.match(/docs\/runbook\.md#([\w-]+)\.$/) ?? [];
      // The anchor of a heading of one word is the word in lower case.
      expect(anchor).toBe(nameOf(alarm).toLowerCase());
      expect(headings).toContain(nameOf(alarm));
    }
  });
});

test('the topic is encrypted, lets alarms of this account in, and refuses plain HTTP', () => {
  const [topic] = assembly.resources('AWS::SNS::Topic');
  expect(words(topic?.properties.KmsMasterKeyId)).toBe('AlarmsKey');
  const [policy] = assembly.resources('AWS::SNS::TopicPolicy');
  const statements = policy?.properties.PolicyDocument.Statement;
  expect(statements).toContainEqual(
    expect.objectContaining({
      Effect: 'Allow',
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Condition: expect.objectContaining({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } }),
    }),
  );
  expect(statements).toContainEqual(expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }));
});

test('every output that commands and tests rely on is there', () => {
  const outputs = stackIds.flatMap((stack) =>
    Object.keys(assembly.template(stack).Outputs ?? {})
      .filter((name) => !name.startsWith('ExportsOutput'))
      .map((name) => `${stack} ${name}`),
  );
  expect(outputs.sort()).toEqual([
    'Tenantry-Api ApiUrl',
    'Tenantry-Data EventsTableName',
    'Tenantry-Data PeopleTableName',
    'Tenantry-Data StaffUserPoolClientId',
    'Tenantry-Data StaffUserPoolId',
    'Tenantry-Data TenantDataTableName',
    'Tenantry-Data TenantUserPoolId',
    'Tenantry-Data TenantsTableName',
    'Tenantry-ExampleConsumer ExampleConsumerQueueUrl',
    'Tenantry-Pipeline EventBusName',
    'Tenantry-Pipeline OnboardTenantArn',
  ]);
});

test('the assembly is of no particular account or Region', () => {
  const manifest = JSON.parse(readFileSync(`${assembly.directory}/manifest.json`, 'utf8'));
  for (const stack of stackIds) {
    expect(manifest.artifacts[stack].environment).toBe('aws://unknown-account/unknown-region');
    expect(JSON.stringify(assembly.template(stack).Resources)).not.toMatch(/\b\d{12}\b/);
  }
});
