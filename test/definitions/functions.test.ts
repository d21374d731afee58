import { globSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { projectPath } from '../../lib/project.ts';
import { type Assembly, type Resource, synthesisedAssembly } from '../support/assembly.ts';
import { words } from '../support/template-words.ts';

let assembly: Assembly;
const functions = () => assembly.resources('AWS::Lambda::Function');
const mapping = (name: string) =>
  assembly.resources('AWS::Lambda::EventSourceMapping').find(({ path }) => path.includes(`/${name}/`)) as Resource;

/** By the logger, https://docs.aws.amazon.com/powertools/typescript/latest/environment-variables/ */
const readByLibraries = ['POWERTOOLS_SERVICE_NAME', 'LOG_LEVEL'];
const handlerSources = () => globSync('lambdas/**/*.ts', { cwd: projectPath('.') }).map((file) => readFileSync(projectPath(file), 'utf8'));

beforeAll(async () => {
  assembly = await synthesisedAssembly();
});

describe('every function', () => {
  test('runs the file that its name says, on the newest Node, bounded in time and memory', () => {
    expect(functions()).toHaveLength(globSync(projectPath('lambdas/{steps,api,events,isolation}/*.ts')).length);
    // Nobody waits for these.
    const longer: Record<string, number> = {
      ExpireSignups: 120,
      SweepTenants: 240,
      SettleBilling: 60,
      ReconcileBilling: 300,
      WatchCells: 30,
    };
    for (const { path, properties } of functions()) {
      const file = properties.Description.replace('Tenantry: ', '');
      expect(readFileSync(projectPath(file), 'utf8')).toMatch(/^export const handler = /m);
      expect(
        path
          .split('/')
          .at(-2)
          ?.replace(/(?!^)[A-Z]/g, '-$&')
          .toLowerCase(),
      ).toBe(file.match(/([^/]+)\.ts$/)?.[1]);
      expect(properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], MemorySize: 256 });
      expect(properties.Timeout).toBeLessThanOrEqual(longer[path.split('/').at(-2) as string] ?? 20);
    }
  });

  test('is told exactly what its code reads from the environment', () => {
    const known = [
      ...new Set(
        handlerSources().flatMap((source) => [...source.matchAll(/environment\('([A-Z_]+)'\)/g)].map(([, name]) => name as string)),
      ),
    ];
    expect(known.length).toBeGreaterThan(10);
    for (const lambda of functions()) {
      const code = assembly.codeOf(lambda);
      // What Lambda itself tells every function is no variable of the deployment's.
      const read = known.filter((name) => name !== 'LAMBDA_TASK_ROOT' && new RegExp(`["'\`]${name}["'\`]`).test(code));
      const told = Object.keys(lambda.properties.Environment.Variables).filter((name) => !readByLibraries.includes(name));
      expect({ function: lambda.path, told: told.sort() }).toEqual({ function: lambda.path, told: read.sort() });
    }
  });

  test('is traced where a trace reaches it, begins none, and carries nothing that traces by itself', () => {
    for (const lambda of functions()) {
      const reaction = lambda.properties.Description.includes('lambdas/events/');
      expect({ function: lambda.path, ...lambda.properties.TracingConfig }).toEqual({
        function: lambda.path,
        Mode: reaction ? 'PassThrough' : 'Active',
      });
      expect(assembly.codeOf(lambda)).not.toMatch(/aws-xray-sdk|AWS_XRAY_DAEMON_ADDRESS/);
    }
  });

  test('is small enough to start quickly', () => {
    const kilobytes = functions().map((lambda) => ({ path: lambda.path, size: Math.ceil(assembly.codeOf(lambda).length / 1_024) }));
    expect(kilobytes.filter(({ size }) => size > 400)).toEqual([]);
  });

  test('answers to nobody but its caller: no URL, no alias, no public permission', () => {
    expect(assembly.resources('AWS::Lambda::Url')).toEqual([]);
    for (const { properties } of assembly.resources('AWS::Lambda::Permission')) {
      if (properties.Principal === 'events.amazonaws.com') {
        expect(words(properties.SourceArn)).toMatch(/^(ReviewRun|StaffAttributeRedrive)Rule/);
        continue;
      }
      expect(properties.Principal).toBe('apigateway.amazonaws.com');
      expect(words(properties.SourceArn)).toMatch(/\/(GET|POST)\/(cells|findings|onboarding|signups|silos|tenants|webhooks)/);
    }
  });
});

test('every log is kept for a time and not for ever', () => {
  const groups = assembly.resources('AWS::Logs::LogGroup');
  // One for each function, each workflow, the requests and those that the firewall refused.
  expect(groups).toHaveLength(functions().length + 4);
  for (const { properties } of groups) expect(properties.RetentionInDays).toBe(90);
});

describe('what happens to a tenant', () => {
  test.each([
    ['SendConfirmation', { eventName: ['INSERT'], dynamodb: { NewImage: { sk: { S: ['TENANT'] } } } }],
    [
      'StartOnboarding',
      {
        eventName: ['MODIFY'],
        dynamodb: { NewImage: { sk: { S: ['TENANT'] }, status: { S: ['PROVISIONING'] } }, OldImage: { status: { S: ['PENDING'] } } },
      },
    ],
  ])('wakes %s, which loses no record: it is tried again apart from the others, and kept when that does not help', (name, filter) => {
    const { properties } = mapping(name);
    expect(properties.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern))).toEqual([filter]);
    expect(properties).toMatchObject({
      BatchSize: 10,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 5,
      StartingPosition: 'TRIM_HORIZON',
    });
    // A stream forgets after 24 hours; a record must have gone to the dead letters before.
    expect(properties.MaximumRecordAgeInSeconds).toBeLessThan(24 * 3_600);
    expect(words(properties.DestinationConfig.OnFailure.Destination)).toBe('ReactionsDeadLettersQueue');
  });

  test('wakes nothing else: DynamoDB throttles more than two readers of a shard', () => {
    // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html#Streams.Processing
    const readers = Map.groupBy(
      assembly.resources('AWS::Lambda::EventSourceMapping').filter(({ properties }) => properties.StartingPosition),
      ({ properties }) => words(properties.EventSourceArn),
    );
    expect([...readers.values()].map(({ length }) => length)).toEqual([2]);
  });
});

test('the billing queue is read by one function, a few messages at once, each reported apart', () => {
  const { properties } = mapping('SettleBilling');
  expect(words(properties.EventSourceArn)).toBe('BillingQueue');
  expect(properties).toMatchObject({
    BatchSize: 5,
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 2 },
  });
  const queue = assembly.resources('AWS::SQS::Queue').find(({ path }) => path.endsWith('/Billing/Queue'));
  // What the waits of lambdas/events/settle-billing.ts are counted with, and test/unit/lambdas/events/settle-billing-outage.test.ts.
  expect(queue?.properties).toMatchObject({ RedrivePolicy: { maxReceiveCount: 20 }, VisibilityTimeout: 360 });
});

test.each([
  ['ExpireSignups', 15],
  ['SweepTenants', 5],
  ['ReconcileBilling', 30],
  ['WatchCells', 60],
])('%s runs every %d minutes, and a run that fails is kept', (name, minutes) => {
  const named = ({ path }: Resource) => path.includes(`/${name}/`);
  const schedule = assembly.resources('AWS::Scheduler::Schedule').find(named);
  expect(schedule?.properties).toMatchObject({ ScheduleExpression: `rate(${minutes} minutes)`, FlexibleTimeWindow: { Mode: 'OFF' } });
  expect(words(schedule?.properties.Target.Arn)).toBe(`${name}Function`);
  expect(words(schedule?.properties.Target.DeadLetterConfig.Arn)).toBe('ReactionsDeadLettersQueue');
  const invocation = assembly.resources('AWS::Lambda::EventInvokeConfig').find(named);
  expect(words(invocation?.properties.FunctionName)).toBe(`${name}Function`);
  expect(words(invocation?.properties.DestinationConfig.OnFailure.Destination)).toBe('ReactionsDeadLettersQueue');
});

test('nothing else runs on a schedule', () => {
  expect(assembly.resources('AWS::Scheduler::Schedule')).toHaveLength(4);
});

describe('the events', () => {
  test('have a bus of their own, which other teams find by its name', () => {
    const [bus, ...others] = assembly.resources('AWS::Events::EventBus');
    expect(others).toEqual([]);
    expect(bus?.properties.Name).toBe('tenantry');
  });

  test('that cannot be delivered are kept', () => {
    const rules = assembly.resources('AWS::Events::Rule').filter(({ properties }) => properties.EventBusName);
    expect(rules.map(({ properties }) => properties.EventPattern)).toEqual([
      { source: ['tenantry.tenants'], 'detail-type': ['TenantProvisioned'] },
    ]);
    for (const { properties } of rules) {
      expect(words(properties.EventBusName)).toBe('tenantry');
      for (const target of properties.Targets) expect(words(target.DeadLetterConfig.Arn)).toMatch(/DeadLettersQueue$/);
    }
  });
});

test('a run is looked at when its execution ends, and when it goes on after that; events that cannot be delivered, or fail, are kept', () => {
  const [rule, ...others] = assembly
    .resources('AWS::Events::Rule', 'Tenantry-Pipeline')
    .filter(({ properties }) => !properties.EventBusName);
  expect(others).toEqual([]);
  const { source, 'detail-type': type, detail } = rule?.properties.EventPattern ?? {};
  expect([source, type]).toEqual([['aws.states'], ['Step Functions Execution Status Change']]);
  expect(detail.stateMachineArn.map(words)).toEqual(['OnboardTenantStateMachine', 'AbandonTenantStateMachine']);
  expect(detail.$or).toEqual([
    { status: ['FAILED', 'TIMED_OUT', 'ABORTED', 'SUCCEEDED'] },
    { status: ['RUNNING'], redriveCount: [{ numeric: ['>', 0] }] },
    { status: ['RUNNING'], name: [{ 'anything-but': { suffix: '-1' } }] },
  ]);
  const [target] = rule?.properties.Targets ?? [];
  expect(words(target.Arn)).toBe('ReviewRunFunction');
  expect(words(target.DeadLetterConfig.Arn)).toBe('ReactionsDeadLettersQueue');
  const invocation = assembly.resources('AWS::Lambda::EventInvokeConfig').find(({ path }) => path.includes('/ReviewRun/'));
  expect(words(invocation?.properties.DestinationConfig.OnFailure.Destination)).toBe('ReactionsDeadLettersQueue');
});

test('who redrives beside the API is recorded: calls that succeeded, of executions of ours alone', () => {
  const [rule] = assembly.resources('AWS::Events::Rule', 'Tenantry-Api');
  const { source, 'detail-type': type, detail } = rule?.properties.EventPattern ?? {};
  expect([source, type]).toEqual([['aws.states'], ['AWS API Call via CloudTrail']]);
  expect([detail.eventSource, detail.eventName, detail.errorCode]).toEqual([
    ['states.amazonaws.com'],
    ['RedriveExecution'],
    [{ exists: false }],
  ]);
  expect(detail.requestParameters.executionArn.map(({ prefix }: { prefix: unknown }) => words(prefix))).toEqual(
    ['OnboardTenant', 'AbandonTenant'].map((name) => expect.stringMatching(new RegExp(`:execution:.*${name}StateMachine.*:$`))),
  );
  expect(words(rule?.properties.Targets[0].DeadLetterConfig.Arn)).toBe('StaffAttributeRedriveDeadLettersQueue');
});

test('every queue is encrypted, refuses plain HTTP, and has its dead letters, or is where they are kept for as long as SQS can', () => {
  const queues = assembly.resources('AWS::SQS::Queue');
  const policies = assembly.resources('AWS::SQS::QueuePolicy');
  expect(queues).toHaveLength(6);
  for (const { id, path, properties } of queues) {
    expect(properties).toMatchObject({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 24 * 3_600 });
    if (!path.includes('DeadLetters')) expect(words(properties.RedrivePolicy.deadLetterTargetArn)).toMatch(/DeadLettersQueue$/);
    const statements = policies
      .filter((policy) => policy.properties.Queues.some((queue: { Ref: string }) => queue.Ref === id))
      .flatMap((policy) => policy.properties.PolicyDocument.Statement);
    expect(statements).toContainEqual(
      expect.objectContaining({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    );
  }
});
