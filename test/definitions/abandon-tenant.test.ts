import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import aslValidator from 'asl-validator';
import jsonata from 'jsonata';
import { abandonSteps } from '../../contracts/steps.ts';
import { kebabCase, projectPath } from '../../lib/project.ts';
import { type Assembly, synthesisedAssembly } from '../support/assembly.ts';
import { words } from '../support/template-words.ts';
import { triesSeconds } from '../support/tries.ts';

interface State {
  readonly Type: string;
  readonly Comment: string;
  readonly Arguments?: { readonly FunctionName: string };
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Condition: string; readonly Next: string }[];
  readonly [field: string]: unknown;
}
const read = (workflow: string) => readFileSync(projectPath(`statemachines/${workflow}-tenant.asl.json`), 'utf8');
const text = read('abandon');
const definition = JSON.parse(text) as { StartAt: string; TimeoutSeconds: number; QueryLanguage: string; States: Record<string, State> };
const onboarding = JSON.parse(read('onboard')) as typeof definition;
const { States } = definition;

let assembly: Assembly;
beforeAll(async () => {
  assembly = await synthesisedAssembly();
});
const machine = () => assembly.resources('AWS::StepFunctions::StateMachine').find(({ path }) => path.includes('/AbandonTenant/'));

describe('the definition', () => {
  test('is valid Amazon States Language in JSONata, to a validator that is not ours', () => {
    const { isValid, errorsText } = aslValidator(definition, { checkPaths: true, checkArn: false });
    expect(isValid ? '' : errorsText('\n')).toBe('');
    expect(definition.QueryLanguage).toBe('JSONata');
    for (const [, expression] of text.matchAll(/\{%(.*?)%\}/g)) expect(() => jsonata(expression as string)).not.toThrow();
  });

  test('goes through the steps of the contract in their order, and asks those again that wait', () => {
    const visited: string[] = [];
    for (let name: string | undefined = definition.StartAt; name; ) {
      const { Type, Next, Choices, Default } = States[name] as State;
      if (Type === 'Task') visited.push(name);
      if (Type === 'Choice') {
        const wait = States[Default as string] as State;
        expect(wait).toMatchObject({ Type: 'Wait', Seconds: '{% $waitSeconds %}', Next: visited.at(-1) });
        expect(States[visited.at(-1) as string]?.['Assign']).toEqual({
          ready: '{% $states.result.Payload.ready %}',
          waitSeconds: '{% $states.result.Payload.askAgainSeconds %}',
        });
        expect(Choices).toMatchObject([{ Condition: '{% $ready %}' }]);
      }
      name = Type === 'Choice' ? Choices?.[0]?.Next : Next;
    }
    expect(visited).toEqual([...abandonSteps]);
    expect(States[abandonSteps.at(-1) as string]?.['End']).toBe(true);
  });

  test('waits for a silo to be made and deleted, ends by itself, and not before every step has had all its tries', () => {
    // CloudFormation gives up on a silo's creation after 20 minutes and rolls back, and may take as long to delete it.
    const siloSeconds = 60 * 60;
    const tasks = Object.values(States).filter(({ Type }) => Type === 'Task') as unknown as Parameters<typeof triesSeconds>[0][];
    expect(definition.TimeoutSeconds).toBeGreaterThan(siloSeconds + tasks.reduce((sum, task) => sum + triesSeconds(task), 0));
    expect(definition.TimeoutSeconds).toBeLessThanOrEqual(24 * 60 * 60);
  });

  test('is deployed as it stands, traced and logged without data', () => {
    const { DefinitionString, LoggingConfiguration, TracingConfiguration } = machine()?.properties ?? {};
    expect(DefinitionString).toBe(text);
    expect(LoggingConfiguration).toMatchObject({ Level: 'ERROR', IncludeExecutionData: false });
    expect(TracingConfiguration).toEqual({ Enabled: true });
  });
});

describe.each(abandonSteps)('%s', (name) => {
  const state = States[name] as State;

  test('has one name: state, placeholder, handler, function', () => {
    expect(state.Arguments?.FunctionName).toBe(`\${${name}}`);
    expect(existsSync(projectPath(`lambdas/steps/${kebabCase(name)}.ts`))).toBe(true);
    expect(words(machine()?.properties.DefinitionSubstitutions[name])).toBe(`${name}Function`);
    expect(state.Comment).toMatch(/^[A-Z].{20,}\.$/);
  });

  test('is given what a step of an onboarding is given, is tried again as it is, and stays the failing state', () => {
    const { Arguments, Retry, Output, Resource, TimeoutSeconds } = onboarding.States['PlanTenant'] as State;
    expect(state).toMatchObject({ Retry, Output, Resource, TimeoutSeconds });
    expect({ ...state.Arguments, FunctionName: '' }).toEqual({ ...Arguments, FunctionName: '' });
    expect(state).not.toHaveProperty('Catch');
  });
});
