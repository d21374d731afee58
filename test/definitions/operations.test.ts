import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { findingKinds } from '../../contracts/findings.ts';
import { projectPath } from '../../lib/project.ts';
import { type Assembly, type Resource, stackIds, synthesisedAssembly } from '../support/assembly.ts';
import { words } from '../support/template-words.ts';

let assembly: Assembly;
const alarms = () => assembly.resources('AWS::CloudWatch::Alarm');
const nameOf = ({ path }: Resource) => path.split('/').at(-1) as string;

beforeAll(async () => {
  assembly = await synthesisedAssembly();
});

const steps = () =>
  assembly.resources('AWS::Lambda::Function').filter(({ properties }) => properties.Description.includes('lambdas/steps/'));
const reactions = () =>
  assembly.resources('AWS::Lambda::Function').filter(({ properties }) => properties.Description.includes('lambdas/events/'));
const functionName = ({ path }: Resource) => path.split('/').at(-2) as string;
const alarm = (name: string) => alarms().find((each) => nameOf(each) === name)?.properties;
/** What an alarm looks at: its metric and what the metric is of. */
const metricOf = ({ MetricName, Dimensions }: { MetricName: string; Dimensions?: { Value: unknown }[] }) =>
  [MetricName, ...(Dimensions ?? []).map(({ Value }) => words(Value))].join(' of ');

describe('the alarms', () => {
  test('ring when the API fails, and never for what a client did wrong', () => {
    expect(metricOf(alarm('ApiServerErrors'))).toMatch(/^5XXError of /);
    expect(JSON.stringify(alarms())).not.toMatch(/4XX/i);
  });

  test('ring for each workflow whose transitions are held back', () => {
    for (const workflow of assembly.resources('AWS::StepFunctions::StateMachine')) {
      const name = functionName(workflow);
      expect(metricOf(alarm(`${name}Throttled`))).toBe(`ExecutionThrottled of ${name}StateMachine`);
    }
  });

  test.each(Object.keys(findingKinds))('ring while a finding of the kind %s is open', (kind) => {
    expect(alarm(kind)).toMatchObject({
      Namespace: 'Tenantry',
      MetricName: 'OpenFindings',
      Dimensions: [{ Name: 'kind', Value: kind }],
      Statistic: 'Maximum',
      Threshold: 1,
    });
  });

  test('ring for each function that nobody waits for when it fails', () => {
    expect(reactions().length).toBeGreaterThan(2);
    const mappings = assembly.resources('AWS::Lambda::EventSourceMapping');
    expect(mappings.length).toBeGreaterThan(2);
    for (const reaction of reactions().map(functionName)) {
      // One that reports the records or messages that it could not handle has no error of its own.
      const mapping = mappings.find((each) => functionName(each) === reaction);
      expect(mapping?.properties.FunctionResponseTypes ?? ['ReportBatchItemFailures']).toEqual(['ReportBatchItemFailures']);
      const expected = mapping ? `^FailedInvokeEventCount of ${words({ Ref: mapping.id })}$` : `^Errors of (\\w+)?${reaction}Function$`;
      expect(metricOf(alarm(`${reaction}Errors`))).toMatch(new RegExp(expected));
      if (mapping) expect(mapping.properties.MetricsConfig).toEqual({ Metrics: ['EventCount'] });
    }
  });

  test('ring for each reader of a stream that falls behind', () => {
    const readers = assembly.resources('AWS::Lambda::EventSourceMapping').filter(({ properties }) => properties.StartingPosition);
    expect(readers.length).toBeGreaterThan(1);
    for (const reader of readers)
      expect(alarm(`${functionName(reader)}Late`)).toMatchObject({ MetricName: 'IteratorAge', Statistic: 'Maximum', Threshold: 600_000 });
  });

  test('ring for each queue whose messages nobody takes', () => {
    const mappings = assembly.resources('AWS::Lambda::EventSourceMapping').filter(({ properties }) => !properties.StartingPosition);
    expect(mappings.length).toBeGreaterThan(0);
    for (const mapping of mappings) {
      const late = alarm(`${functionName(mapping)}Late`);
      expect(late).toMatchObject({ Namespace: 'AWS/SQS', Statistic: 'Maximum', Threshold: 600 });
      expect(metricOf(late)).toBe(`ApproximateAgeOfOldestMessage of ${words(mapping.properties.EventSourceArn)}`);
    }
  });

  test('ring for each step that fails too often for its retries, when there were enough attempts to tell', () => {
    expect(steps().length).toBeGreaterThan(6);
    for (const step of steps().map(functionName)) {
      const { Metrics, Threshold } = alarm(`${step}ErrorRate`);
      expect(Threshold).toBe(10);
      expect(Metrics[0].Expression).toBe('IF(attempts >= 20, 100 * failures / attempts, 0)');
      const parts = Metrics.slice(1).map(
        (part: { Id: string; MetricStat: { Metric: never; Stat: string } }) =>
          `${part.Id}: ${part.MetricStat.Stat} of ${metricOf(part.MetricStat.Metric)}`,
      );
      expect(parts.sort()).toEqual([`attempts: Sum of Invocations of ${step}Function`, `failures: Sum of Errors of ${step}Function`]);
    }
  });

  test('ring when Lambda refuses to run any function', () => {
    expect(alarm('FunctionsThrottled')).toMatchObject({ Namespace: 'AWS/Lambda', MetricName: 'Throttles', Threshold: 1 });
    expect(alarm('FunctionsThrottled').Dimensions).toBeUndefined();
  });

  test('ring for every queue of dead letters, wherever one is used', () => {
    const watched = alarms()
      .filter(({ properties }) => properties.Namespace === 'AWS/SQS' && properties.MetricName !== 'ApproximateAgeOfOldestMessage')
      .map(({ properties }) => `${properties.MetricName} ${words(properties.Dimensions[0].Value)}`);
    const queues = assembly.resources('AWS::SQS::Queue');
    const resources = JSON.stringify(assembly.resources().map(({ properties }) => properties));
    const used = [
      ...resources.matchAll(
        /"(?:deadLetterTargetArn|DeadLetterConfig|OnFailure)":(?:\{"(?:Arn|Destination)":)?\{"Fn::(?:GetAtt":\["|ImportValue":"[\w-]+:ExportsOutputFnGetAtt)(\w+?)(?:Arn|",)/g,
      ),
    ];
    expect(used.length).toBeGreaterThan(4);
    const deadLetters = new Set([
      ...used.map(([, id]) => (id as string).replace(/(?<=[a-z])[0-9A-F]{8}.*$/, '')),
      ...queues.filter(({ path }) => path.includes('DeadLetters')).map(({ id }) => words({ Ref: id })),
    ]);
    expect(watched.sort()).toEqual([...deadLetters].map((id) => `ApproximateNumberOfMessagesVisible ${id}`).sort());
  });

  test('count findings, and know that somebody looks, by what each sweep logs', () => {
    const filters = assembly.resources('AWS::Logs::MetricFilter').map(({ properties }) => {
      const [{ MetricName, MetricValue, Dimensions }] = properties.MetricTransformations;
      return { log: words(properties.LogGroupName), pattern: properties.FilterPattern, MetricName, MetricValue, Dimensions };
    });
    // The fields that lambdas/events/sweep-tenants.ts logs; its unit test holds their names.
    expect(filters).toEqual([
      {
        log: 'SweepTenantsLog',
        pattern: '{ $.openFindings = "*" }',
        MetricName: 'OpenFindings',
        MetricValue: '$.openFindings',
        Dimensions: [{ Key: 'kind', Value: '$.findingKind' }],
      },
      { log: 'SweepTenantsLog', pattern: '{ $.sweepSeconds = "*" }', MetricName: 'SweepSeconds', MetricValue: '$.sweepSeconds' },
    ]);
    expect(alarm('SweepTenantsLate')).toMatchObject({ Namespace: 'Tenantry', MetricName: 'SweepSeconds', Threshold: 300, Period: 900 });
  });

  test('take silence for calm, but of what is written all the time', () => {
    for (const { path, properties } of alarms())
      expect({ path, ...properties }).toMatchObject({
        EvaluationPeriods: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: path.endsWith('/SweepTenantsLate') ? 'breaching' : 'notBreaching',
      });
  });

  test('tell the topic when they ring and when it is over', () => {
    for (const { properties } of alarms()) {
      expect(properties.AlarmActions.map(words)).toEqual(['AlarmsTopic']);
      expect(properties.OKActions.map(words)).toEqual(['AlarmsTopic']);
    }
  });

  test('say what to do first, and lead each to its article in the runbook', () => {
    const headings = [...readFileSync(projectPath('docs/runbook.md'), 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
    for (const each of alarms()) {
      const [, anchor] = each.properties.AlarmDescription.match(/\. First: [^.]+\. See docs\/runbook\.md#([\w-]+)\.$/) ?? [];
      // A step's article says what to do when it fails now and then, too.
      const article = nameOf(each).replace(/ErrorRate$/, '');
      // The anchor of a heading of one word is the word in lower case.
      expect({ alarm: nameOf(each), anchor }).toEqual({ alarm: nameOf(each), anchor: article.toLowerCase() });
      expect(headings).toContain(article);
    }
  });

  test('are all that the runbook has articles of, beside the steps', () => {
    const runbook = readFileSync(projectPath('docs/runbook.md'), 'utf8');
    const articles = [...runbook.slice(runbook.indexOf('# Alarms'), runbook.indexOf('# Steps')).matchAll(/^## (.+)$/gm)].map(
      ([, heading]) => heading,
    );
    expect(articles.sort()).toEqual(
      alarms()
        .map(nameOf)
        .filter((name) => !name.endsWith('ErrorRate'))
        .sort(),
    );
  });
});

describe('the dashboard', () => {
  /** The body with each reference in words. */
  const body = () => {
    const [dashboard, ...others] = assembly.resources('AWS::CloudWatch::Dashboard');
    expect(others).toEqual([]);
    return JSON.parse(words(dashboard?.properties.DashboardBody)) as {
      widgets: { properties: { title?: string; metrics?: unknown[]; alarms?: string[] } }[];
    };
  };
  const shown = (title: string) => JSON.stringify(body().widgets.find(({ properties }) => properties.title === title)?.properties.metrics);

  test('shows the state of every alarm', () => {
    const [status] = body().widgets;
    expect(status?.properties.alarms).toHaveLength(alarms().length);
  });

  test('shows how often each step fails and how long it takes', () => {
    for (const step of steps().map(functionName)) {
      expect(shown('Failures by step')).toContain(`"${step}Function"`);
      for (const statistic of ['p50', 'p99']) expect(shown(`Duration by step, ${statistic}`)).toContain(`"${step}Function"`);
    }
  });

  test('shows every queue of dead letters, every function and every table', () => {
    for (const { properties } of alarms().filter(({ properties: { MetricName } }) => MetricName === 'ApproximateNumberOfMessagesVisible'))
      expect(shown('Dead letters')).toContain(`"${words(properties.Dimensions[0].Value)}"`);
    for (const lambda of assembly.resources('AWS::Lambda::Function'))
      expect(shown('Function time (ms)')).toContain(`${words({ Ref: lambda.id })}"`);
    for (const table of assembly.resources('AWS::DynamoDB::GlobalTable'))
      expect(shown('Table units: reads, and writes on the right')).toContain(`"${words({ Ref: table.id })}"`);
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
    'Tenantry-Data FindingsTableName',
    'Tenantry-Data PaymentSecretArn',
    'Tenantry-Data PeopleKeysTableName',
    'Tenantry-Data PeopleTableName',
    'Tenantry-Data StaffUserPoolClientId',
    'Tenantry-Data StaffUserPoolId',
    'Tenantry-Data TenantDataBucketName',
    'Tenantry-Data TenantDataTableName',
    'Tenantry-Data TenantDomainNameServers',
    'Tenantry-Data TenantUserPoolId',
    'Tenantry-Data TenantsTableName',
    'Tenantry-ExampleConsumer ExampleConsumerQueueUrl',
    'Tenantry-Pipeline AbandonTenantArn',
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
