import { expect, test } from '@jest/globals';
import { abandonSteps, onboardSteps } from '../../contracts/steps.ts';
import { projectFile } from '../support/markdown.ts';

/* Whoever adds a step says what undoes it, in the table of docs/architecture.md; and nothing undoes what is not made. */

const rows = [...projectFile('docs/architecture.md').matchAll(/^\| (`\w+`|the signup itself) \| (.+) \|$/gm)]
  .map(([, step, undo]) => ({ step: step?.replaceAll('`', ''), undo: undo as string }))
  .filter(({ step, undo }) => step === 'the signup itself' || /^(`|none: )/.test(undo));
const named = (undo: string) => [...undo.matchAll(/`(\w+)`/g)].map(([, name]) => name as string);

test.each(onboardSteps)('%s says what undoes it, or why nothing has to', (step) => {
  const undo = rows.find((row) => row.step === step)?.undo ?? 'is not in the table';
  if (!/^none: .{20,}/.test(undo)) expect(named(undo).length).toBeGreaterThan(0);
  for (const name of named(undo)) expect(abandonSteps).toContain(name);
});

test('each step that undoes is named there, but for the first and the last', () => {
  const undoing = new Set(rows.flatMap(({ undo }) => named(undo)));
  expect([...undoing].sort()).toEqual(abandonSteps.slice(1, -1).sort());
});
