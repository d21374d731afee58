import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import aslValidator from 'asl-validator';
import jsonata from 'jsonata';
import { loadCatalog } from '../../catalog/catalog.ts';
import { onboardSteps } from '../../contracts/steps.ts';
import { Throttled } from '../../lambdas/shared/errors.ts';
import { kebabCase, projectPath } from '../../lib/project.ts';
import { type Assembly, type Resource, synthesisedAssembly } from '../support/assembly.ts';
import { words } from '../support/template-words.ts';
import { triesSeconds, waitsSeconds } from '../support/tries.ts';

interface Task {
  readonly Type: string;
  readonly Comment?: string;
  readonly TimeoutSeconds?: number;
  readonly Arguments: { readonly FunctionName: string; readonly Payload: Record<string, string> };
  readonly Output: string;
  readonly Retry: readonly Record<string, unknown>[];
  readonly Next?: string;
  readonly End?: boolean;
}

const text = readFileSync(projectPath('statemachines/onboard-tenant.asl.json'), 'utf8');
const definition = JSON.parse(text) as Record<string, unknown> & { States: Record<string, Task>; StartAt: string; TimeoutSeconds: number };
const states = Object.entries(definition.States).filter(([, { Type }]) => Type === 'Task');
/** States that decide or wait between the steps. */
const others = Object.fromEntries(Object.entries(definition.States).filter(([, { Type }]) => Type !== 'Task'));
/** `checkArn` off: a placeholder is no ARN until it is filled in. */
const validate = (candidate: object) => aslValidator(candidate, { checkPaths: true, checkArn: false });

let assembly: Assembly;
beforeAll(async () => {
  assembly = await synthesisedAssembly();
});

describe('the definition', () => {
  test('is valid Amazon States Language, to a validator that is not ours', () => {
    const { isValid, errorsText } = validate(definition);
    expect(isValid ? '' : errorsText('\n')).toBe('');
  });

  test.each([
    ['a state that nothing leads to', { ...definition, StartAt: 'CreateAdminUser' }],
    [
      'a next state that does not exist',
      { ...definition, States: { ...definition.States, PlanTenant: { ...definition.States['PlanTenant'], Next: 'Nowhere' } } },
    ],
    [
      'JSONPath in a JSONata state',
      { ...definition, States: { ...definition.States, PlanTenant: { ...definition.States['PlanTenant'], ResultPath: '$.result' } } },
    ],
  ])('would not be with %s', (_, broken) => {
    expect(validate(broken).isValid).toBe(false);
  });

  test('is JSONata and nothing else', () => {
    expect(definition['QueryLanguage']).toBe('JSONata');
    expect(text).not.toMatch(/"(QueryLanguage": "JSONPath|InputPath|OutputPath|ResultPath|ResultSelector|Parameters|[A-Za-z]+\.\$)"/);
    for (const [, expression] of text.matchAll(/\{%(.*?)%\}/g)) expect(() => jsonata(expression as string)).not.toThrow();
  });

  test('goes through the steps of the contract in their order, and the catalog expects the same', () => {
    expect(states.map(([name]) => name)).toEqual(onboardSteps);
    expect(definition.StartAt).toBe(onboardSteps[0]);
    const between: Record<string, string> = {
      PlanTenant: 'FollowPlan',
      DeploySilo: 'SiloReady',
      RegisterHostName: 'HostNameReady',
    };
    expect(states.map(([, { Next }]) => Next)).toEqual(onboardSteps.map((name, place) => between[name] ?? onboardSteps[place + 1]));
    expect(states.at(-1)?.[1].End).toBe(true);
    for (const { steps } of loadCatalog().tiers) {
      const names = steps.map(({ step }) => step);
      expect(names).toEqual(onboardSteps.filter((step) => names.includes(step)));
    }
  });

  test('makes a silo with its name and asks for billing only where the plan has them, and looks again until what it waits for is there', () => {
    expect(Object.keys(others)).toEqual(['FollowPlan', 'SiloReady', 'AwaitSilo', 'HostNameReady', 'AwaitHostName']);
    expect(others).toMatchObject({
      FollowPlan: {
        Type: 'Choice',
        Comment: expect.any(String),
        Choices: [
          { Condition: '{% $hasSilo %}', Next: 'DeploySilo' },
          { Condition: '{% $isBilled %}', Next: 'EnqueueBilling' },
        ],
        Default: 'EstablishIsolation',
      },
      SiloReady: {
        Type: 'Choice',
        Comment: expect.any(String),
        Choices: [{ Condition: '{% $siloReady %}', Next: 'RegisterHostName' }],
        Default: 'AwaitSilo',
      },
      HostNameReady: {
        Type: 'Choice',
        Comment: expect.any(String),
        Choices: [
          { Condition: '{% $hostNameReady and $isBilled %}', Next: 'EnqueueBilling' },
          { Condition: '{% $hostNameReady %}', Next: 'EstablishIsolation' },
        ],
        Default: 'AwaitHostName',
      },
      AwaitSilo: { Type: 'Wait', Comment: expect.any(String), Seconds: '{% $siloWaitSeconds %}', Next: 'DeploySilo' },
      AwaitHostName: { Type: 'Wait', Comment: expect.any(String), Seconds: '{% $hostNameWaitSeconds %}', Next: 'RegisterHostName' },
    });
    expect(definition.States['PlanTenant']).toMatchObject({
      Assign: {
        hasSilo: "{% 'DeploySilo' in $states.result.Payload.steps %}",
        isBilled: "{% 'EnqueueBilling' in $states.result.Payload.steps %}",
      },
    });
    expect(definition.States['DeploySilo']).toMatchObject({
      Assign: { siloReady: '{% $states.result.Payload.ready %}', siloWaitSeconds: '{% $states.result.Payload.askAgainSeconds %}' },
    });
    expect(definition.States['RegisterHostName']).toMatchObject({
      Assign: {
        hostNameReady: '{% $states.result.Payload.ready %}',
        hostNameWaitSeconds: '{% $states.result.Payload.askAgainSeconds %}',
      },
    });
  });

  test('ends by itself, and not before every step has had all its tries', () => {
    // CloudFormation gives up on a silo after 20 minutes, and rolls back.
    const siloSeconds = 30 * 60;
    // The step gives up on a certificate after 20 minutes.
    const certificateSeconds = 25 * 60;
    expect(definition.TimeoutSeconds).toBeGreaterThan(
      siloSeconds + certificateSeconds + states.reduce((sum, [, task]) => sum + triesSeconds(task), 0),
    );
    // Nobody waits for it: a step that hangs is late long before, and found by the sweep (docs/decisions/sweeper.md).
    expect(definition.TimeoutSeconds).toBeLessThanOrEqual(24 * 60 * 60);
  });
});

describe.each(states)('%s', (name, task) => {
  test('is a task that says what it does', () => {
    expect(task.Type).toBe('Task');
    expect(task.Comment).toMatch(/^[A-Z].{20,}\.$/);
  });

  test('has one name: state, placeholder, handler, function', () => {
    expect(task.Arguments.FunctionName).toBe(`\${${name}}`);
    expect(existsSync(projectPath(`lambdas/steps/${kebabCase(name)}.ts`))).toBe(true);
    const machine = assembly.resources('AWS::StepFunctions::StateMachine').find(({ path }) => path.includes('/OnboardTenant/'));
    expect(words(machine?.properties.DefinitionSubstitutions[name])).toBe(`${name}Function`);
  });

  test('is given ids and counts alone, and hands on what it was given', () => {
    expect(task.Arguments.Payload).toEqual({
      tenantId: '{% $states.context.Execution.Input.tenantId %}',
      runId: '{% $states.context.Execution.Input.runId %}',
      generation: '{% $states.context.Execution.Input.generation %}',
      redriveCount: '{% $states.context.Execution.RedriveCount %}',
      retryCount: '{% $states.context.State.RetryCount %}',
    });
    expect(task.Output).toBe('{% $states.input %}');
  });

  test('outwaits its function, so that a function which hangs says so itself', () => {
    const lambda = assembly.resources('AWS::Lambda::Function').find(({ path }) => path.endsWith(`/${name}/Function`));
    expect(task.TimeoutSeconds).toBeGreaterThan(lambda?.properties.Timeout);
  });

  test('gives up at once on what trying again does not mend, and tries everything else again, spread in time', () => {
    expect(task.Retry).toEqual([
      { ErrorEquals: ['InvalidInput', 'Conflict', 'NotAllowed', 'CheckFailed'], MaxAttempts: 0 },
      {
        ErrorEquals: ['Throttled', 'Lambda.TooManyRequestsException'],
        IntervalSeconds: 4,
        BackoffRate: 2,
        MaxAttempts: expect.any(Number),
        MaxDelaySeconds: 120,
        JitterStrategy: 'FULL',
      },
      {
        ErrorEquals: ['States.ALL'],
        IntervalSeconds: expect.any(Number),
        MaxAttempts: expect.any(Number),
        BackoffRate: 2,
        MaxDelaySeconds: expect.any(Number),
        JitterStrategy: 'FULL',
      },
    ]);
  });

  test('outlasts a burst of 1,000 tenants that meets a tenth of the rate at which Cognito creates users', () => {
    // Each takes two of 50 a second (docs/scale.md), and a wait with full jitter is half of the longest, on average.
    const burstSeconds = (1_000 * 2) / (50 / 10);
    expect(waitsSeconds(task.Retry[1] as Record<string, unknown>) / 2).toBeGreaterThan(5 * burstSeconds);
  });

  test('stays the failing state when it fails, so that a redrive goes on there', () => {
    expect(task).not.toHaveProperty('Catch');
  });
});

describe('the state machine', () => {
  test('is deployed with this definition, each placeholder filled in, traced and logged without data', () => {
    const path = 'Tenantry-Pipeline/OnboardTenant/StateMachine';
    const machines = assembly.resources('AWS::StepFunctions::StateMachine').filter((machine) => machine.path === path);
    const [{ DefinitionString, DefinitionSubstitutions, StateMachineType, LoggingConfiguration, TracingConfiguration }] = machines.map(
      ({ properties }) => properties,
    ) as [Resource['properties']];
    expect(DefinitionString).toBe(text);
    const placeholders = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, placeholder]) => placeholder);
    expect(Object.keys(DefinitionSubstitutions).sort()).toEqual(placeholders.sort());
    expect(StateMachineType).toBe('STANDARD');
    expect(LoggingConfiguration).toMatchObject({ Level: 'ERROR', IncludeExecutionData: false });
    expect(TracingConfiguration).toEqual({ Enabled: true });
    const sampled = assembly.resources('AWS::XRay::SamplingRule', 'Tenantry-Pipeline').map(({ properties }) => properties.SamplingRule);
    expect(sampled).toContainEqual(
      expect.objectContaining({
        ServiceType: 'AWS::StepFunctions::StateMachine',
        ServiceName: { 'Fn::GetAtt': [machines[0]?.id, 'Name'] },
        FixedRate: 0.1,
        ReservoirSize: 0,
      }),
    );
  });
});

test('what is tried again for long has the name that the handlers give to a throttle', () => {
  for (const [, { Retry }] of states) expect(Retry[1]?.['ErrorEquals']).toContain(new Throttled().name);
});

test('the errors that are never tried again are the permanent ones of the handlers', () => {
  const source = readFileSync(projectPath('lambdas/shared/errors.ts'), 'utf8');
  const permanent = [...source.matchAll(/class (\w+) extends PermanentError/g)].map(([, name]) => name);
  expect(permanent.length).toBeGreaterThan(0);
  for (const [, { Retry }] of states)
    expect([...(Retry[0] as { ErrorEquals: string[] }).ErrorEquals].sort()).toEqual([...permanent].sort());
});
