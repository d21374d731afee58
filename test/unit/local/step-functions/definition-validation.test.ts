import { describe, expect, test } from '@jest/globals';
import { parseDefinition, validateDefinition, validateDefinitionText } from '../../../../local/step-functions/definition-validation.ts';
import { chain, machine, task } from './support/world.ts';

const end = { Type: 'Succeed' };
const retrying = (retrier: object) => machine({ A: task('A', undefined, { Retry: [retrier as never] }) });

/** The only problem of a definition. */
function problemOf(definition: object): string {
  const problems = validateDefinition(definition);
  expect(problems).toHaveLength(1);
  return problems[0] ?? '';
}

// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-amazon-states-language.html
describe('a definition', () => {
  test('that is right has no problems', () => {
    const states = {
      C: {
        Type: 'Choice',
        Comment: 'Which?',
        Choices: [{ Condition: '{% $states.input.v > 1 %}', Next: 'P', Assign: { x: 1 } }],
        Default: 'W',
      },
      W: { Type: 'Wait', Timestamp: '{% $states.input.at %}', Next: 'P' },
      P: { Type: 'Parallel', Branches: [{ StartAt: 'B', States: { B: { Type: 'Pass', Assign: { y: 1 }, End: true } } }], Next: 'M' },
      M: {
        Type: 'Map',
        Items: [1],
        ItemProcessor: { ProcessorConfig: { Mode: 'INLINE' }, StartAt: 'T', States: { T: task('T') } },
        Next: 'A',
      },
      A: task('A', 'S', { TimeoutSeconds: '{% 5 %}', HeartbeatSeconds: 2, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'F' }] }),
      S: { Type: 'Succeed', Output: '{% $x %}' },
      F: { Type: 'Fail', Error: 'Refused', Cause: '{% $states.input.Cause %}' },
    };
    expect(validateDefinition(machine(states, { Comment: 'All of it', TimeoutSeconds: 60, Version: '1.0' }))).toEqual([]);
    expect(validateDefinition(chain())).toEqual([]);
  });

  test.each([
    [
      'the whole in JSONPath',
      { StartAt: 'A', States: { A: { Type: 'Pass', ResultPath: '$.x', End: true } } },
      'State "A": ResultPath is JSONPath; only JSONata',
    ],
    ['no language', { StartAt: 'A', States: { A: { Type: 'Succeed' } } }, 'State "A": it has no QueryLanguage of JSONata'],
    ['a JSONPath field', machine({ A: { Type: 'Pass', InputPath: '$.x', End: true } }), 'State "A": InputPath is JSONPath'],
    [
      'a JSONPath key',
      machine({ A: task('A', undefined, { Arguments: { 'x.$': '$.y' } }) }),
      'State "A": Arguments: the key "x.$" is JSONPath',
    ],
    ['an unknown type', machine({ A: { Type: 'Activity', End: true } }), 'State "A": Type must be one of Task'],
    ['an unknown field', machine({ A: { Type: 'Pass', Nxt: 'A', End: true } }), 'State "A": Nxt is not a field that belongs here'],
    ['no way on', machine({ A: { Type: 'Pass' } }), 'State "A": Next is missing'],
    ['two ways on', machine({ A: { Type: 'Pass', Next: 'B', End: true }, B: end }), 'State "A": Next and End cannot both be set'],
    ['a way to nowhere', machine({ A: { Type: 'Pass', Next: 'Z' } }), 'State "A": Next names "Z"'],
    [
      'a catcher to nowhere',
      machine({ A: task('A', undefined, { Catch: [{ ErrorEquals: ['X'], Next: 'Z' }] }) }),
      'State "A", Catch[0]: Next names "Z"',
    ],
    [
      'a default to nowhere',
      machine({ A: { Type: 'Choice', Choices: [{ Condition: true, Next: 'B' }], Default: 'Z' }, B: end }),
      'State "A": Default names "Z"',
    ],
    ['a start at nowhere', { ...machine({ A: end }), StartAt: 'Z' }, 'The state machine: StartAt names "Z"'],
    ['an unreachable state', machine({ A: end, B: end }), 'State "B": no state leads to it'],
    ['no states', { QueryLanguage: 'JSONata', StartAt: 'A', States: {} }, 'The state machine: States must name at least one state'],
    [
      'a resource of another kind',
      machine({ A: task('A', undefined, { Resource: 'arn:aws:lambda:eu-central-1:000000000000:function:x' }) }),
      'arn:aws:states:::lambda:invoke',
    ],
    [
      'an integration that is not served',
      machine({ A: task('A', undefined, { Resource: 'arn:aws:states:::glue:startJobRun.sync' }) }),
      'is not served here',
    ],
    [
      'an expression that is none',
      machine({ A: { Type: 'Pass', Output: '{% 1 + %}', End: true } }),
      'State "A": Output: not a JSONata expression',
    ],
    [
      'a half-written expression',
      machine({ A: { Type: 'Pass', Output: '{% 1 }', End: true } }),
      'State "A": Output: an expression must begin with {% and end with %}',
    ],
    [
      '$eval',
      machine({ A: { Type: 'Pass', Output: "{% $map([1], function($x) { $eval('1') }) %}", End: true } }),
      '$eval is not supported',
    ],
    [
      'two waits',
      machine({ A: { Type: 'Wait', Seconds: 1, Timestamp: '2026-01-01T00:00:00Z', End: true } }),
      'exactly one of Seconds and Timestamp',
    ],
    [
      'a heartbeat that is too slow',
      machine({ A: task('A', undefined, { TimeoutSeconds: 5, HeartbeatSeconds: 5 }) }),
      'HeartbeatSeconds must be less than TimeoutSeconds',
    ],
    ['a timeout of nothing', machine({ A: task('A', undefined, { TimeoutSeconds: 0 }) }), 'TimeoutSeconds must be a whole number from 1'],
    [
      'a choice without a condition',
      machine({ A: { Type: 'Choice', Choices: [{ Next: 'B' }] }, B: end }),
      'Condition must be an expression',
    ],
    [
      'a distributed Map',
      machine({
        A: { Type: 'Map', ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, StartAt: 'I', States: { I: end } }, End: true },
      }),
      'the Mode DISTRIBUTED is not served here',
    ],
    [
      'States.ALL before others',
      machine({ A: task('A', undefined, { Retry: [{ ErrorEquals: ['States.ALL'] }, { ErrorEquals: ['X'] }] }) }),
      'Retry[0]: States.ALL must stand alone and last',
    ],
    ['States.ALL among others', retrying({ ErrorEquals: ['X', 'States.ALL'] }), 'States.ALL must stand alone and last'],
    ['no errors', retrying({ ErrorEquals: [] }), 'ErrorEquals must name at least one error'],
    ['a shrinking backoff', retrying({ ErrorEquals: ['X'], BackoffRate: 0.5 }), 'BackoffRate must be a number from 1'],
    [
      'a longest delay below the first',
      retrying({ ErrorEquals: ['X'], IntervalSeconds: 5, MaxDelaySeconds: 5 }),
      'MaxDelaySeconds must be a whole number above IntervalSeconds',
    ],
    ['an unknown jitter', retrying({ ErrorEquals: ['X'], JitterStrategy: 'SOME' }), 'JitterStrategy must be FULL or NONE'],
    [
      'a variable called states',
      machine({ A: { Type: 'Pass', Assign: { states: 1 }, End: true } }),
      '"states" is not a name for a variable',
    ],
  ])('with %s is refused with the state and the field', (_, definition, problem) => {
    expect(problemOf(definition)).toContain(problem);
  });

  test('may not use a name twice, nor assign a variable of the group around', () => {
    const branch = { StartAt: 'A', States: { A: { Type: 'Pass', Assign: { x: 1 }, End: true } } };
    const problems = validateDefinition(
      machine({ A: { Type: 'Pass', Assign: { x: 1 }, Next: 'P' }, P: { Type: 'Parallel', Branches: [branch], End: true } }),
    );
    expect(problems).toEqual([
      'State "P", branch 1: the variable "x" is assigned in the group around already',
      'State "A": the name is used twice in the state machine',
    ]);
  });

  test('that is not JSON says so', () => {
    expect(validateDefinitionText('{')[0]).toContain('The definition is not JSON');
    expect(() => parseDefinition('[]')).toThrow(expect.objectContaining({ name: 'InvalidDefinition' }));
  });
});
