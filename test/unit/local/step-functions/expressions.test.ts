import { describe, expect, test } from '@jest/globals';
import { Evaluator } from '../../../../local/step-functions/expressions.ts';
import type { Json } from '../../../../local/step-functions/json.ts';
import { seededRandom } from '../../../../local/step-functions/random.ts';
import { VirtualClock } from '../../../../local/step-functions/virtual-clock.ts';

const evaluator = new Evaluator(new VirtualClock(Date.UTC(2026, 0, 31, 9)), seededRandom(3));
const input = { list: [1, 2, 3], name: 'Müller & Söhne', nothing: null, one: [{ id: 1 }] };
const evaluate = (template: Json, variables: Record<string, Json> = {}) =>
  evaluator.evaluate(template, { states: { input, context: {} }, variables }, 'Output');
const evaluated = (expression: string) => evaluate(`{% ${expression} %}`);

// https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
describe('expressions', () => {
  test('stand anywhere in a value, and everything else stays as it is', async () => {
    const value = await evaluate({ a: ['{% $x + 1 %}', 'text', 3, null, true], b: { c: '{% $states.input.name %}' } }, { x: 1 });
    expect(value).toEqual({ a: [2, 'text', 3, null, true], b: { c: 'Müller & Söhne' } });
  });

  test('need their brackets at the very ends', async () => {
    expect(await evaluate(' {% 1 %}')).toBe(' {% 1 %}');
    expect(await evaluate('{% 1 %} ')).toBe('{% 1 %} ');
    expect(await evaluate('{%1%}')).toBe(1);
  });

  test.each([
    ['$states.input.nothing', null],
    ["$merge([$states.input.one[0], {'v': 2}])", { id: 1, v: 2 }],
    ['$states.input.list[$ > 1]', [2, 3]],
    ['[]', []],
    ['$now()', '2026-01-31T09:00:00.000Z'],
    ["$now('[Y]-[M01]')", '2026-01'],
    ['$millis()', Date.UTC(2026, 0, 31, 9)],
  ])('%s', async (expression, value) => {
    expect(await evaluated(expression)).toEqual(value);
  });

  test.each([
    ['yield nothing', '$states.input.missing', 'undefined'],
    ['yield a function', '$sum', 'a function'],
    ['are wrong', "$number('x')", 'number'],
    ['use $eval', "$eval('1')", '$parse'],
    ['name a function that is none', '$nonsense(1)', 'non-function'],
  ])('that %s fail with States.QueryEvaluationError and say where', async (_, expression, message) => {
    await expect(evaluated(expression)).rejects.toMatchObject({
      name: 'States.QueryEvaluationError',
      reason: expect.stringContaining(message),
      location: 'Output',
    });
  });

  test('that call themselves for ever fail', async () => {
    await expect(evaluated('($f := function($n) { $f($n + 1) + 1 }; $f(0))')).rejects.toMatchObject({
      name: 'States.QueryEvaluationError',
    });
  });

  test('say at which place of a value they failed', async () => {
    await expect(evaluate({ a: [1, { b: '{% $states.input.missing %}' }] })).rejects.toMatchObject({ location: 'Output/a[1]/b' });
  });

  test('cannot read beyond what is bound', async () => {
    await expect(evaluated('$')).rejects.toMatchObject({ name: 'States.QueryEvaluationError' });
    await expect(evaluated('name')).rejects.toMatchObject({ name: 'States.QueryEvaluationError' });
  });
});

describe('the functions of Step Functions', () => {
  test.each([
    ['$partition([1,2,3,4,5], 2)', [[1, 2], [3, 4], [5]]],
    ['$partition([], 2)', []],
    ['$range(0, 10, 3)', [0, 3, 6, 9]],
    ['$range(3, 1, -1)', [3, 2, 1]],
    ['$range(3, 1, 1)', []],
    ["$hash('hello', 'MD5')", '5d41402abc4b2a76b9719d911017c592'],
    ["$hash('hello', 'SHA-1')", 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d'],
    ["$hash('hello', 'SHA-256')", '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'],
    [`$parse('{"a": [1, null]}')`, { a: [1, null] }],
  ])('%s', async (expression, value) => {
    expect(await evaluated(expression)).toEqual(value);
  });

  test.each(['$partition([1], 0)', '$range(1, 2, 0)', "$hash('x', 'CRC')", "$parse('{')"])('%s fails', async (expression) => {
    await expect(evaluated(expression)).rejects.toMatchObject({ name: 'States.QueryEvaluationError' });
  });

  test('$uuid makes a new one of version 4 each time', async () => {
    const [one, other] = [await evaluated('$uuid()'), await evaluated('$uuid()')];
    expect(one).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(other).not.toBe(one);
  });

  test('$random is a fraction, always the same for a seed', async () => {
    const drawn = Number(await evaluated('$random()'));
    expect(drawn).toBeGreaterThanOrEqual(0);
    expect(drawn).toBeLessThan(1);
    expect(await evaluated('$random(1)')).toBe(await evaluated('$random(1)'));
    expect(await evaluated('$random(1)')).not.toBe(await evaluated('$random(2)'));
  });
});
