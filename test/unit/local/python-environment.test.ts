import { expect, test } from '@jest/globals';
import { choosePython, isNewEnough } from '../../../local/python-environment.ts';

const python = (command: string, version: string, canMakeEnvironments = true) => ({ command, version, canMakeEnvironments });

test('versions are compared by their numbers', () => {
  expect(['3.10.0', '3.11.7', '3.14.0rc2', '4.0'].filter(isNewEnough)).toHaveLength(4);
  expect(['3.9.18', '3.8', '2.7.18'].filter(isNewEnough)).toEqual([]);
});

test('the first that is new enough and makes environments is taken, whatever stands before it', () => {
  const found = [
    python('python3', '3.8.10'),
    python('python', '3.11.7', false),
    python('python3.12', '3.12.1'),
    python('python3.11', '3.11.7'),
  ];
  expect(choosePython(found).command).toBe('python3.12');
});

test.each([
  ['no Python', [], /none was found\. Install Python 3\.10 or newer/],
  ['an old Python', [python('python3', '3.8.10')], /python3 is 3\.8\.10\. Install Python 3\.10 or newer/],
  ['a Python without its venv module', [python('python3', '3.11.2', false)], /cannot make virtual environments\. .*python3-venv/],
])('%s is told in one line with the remedy', (_name, found, message) => {
  expect(() => choosePython(found)).toThrow(message);
  expect(() => choosePython(found)).not.toThrow(/\n/);
});
