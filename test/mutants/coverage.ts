import { AsyncLocalStorage } from 'node:async_hooks';
import { type FaultCase, idOf } from '../faults/cases/fault-case.ts';
import type { Matrix } from '../faults/runner.ts';
import type { Reached } from './choice.ts';
import { type CodeMutant, type Edit, reachedName } from './enumerate.ts';
import { stageWith } from './stage.ts';
import { addVariant } from './variants.ts';

/** How often each case reaches the place of each mutant, by the ids of both. A case that goes wrong without any mutant is not in it. */
export type Coverage = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** As many as the matrix runs at once. */
const atOnce = 8;
const variant = 'coverage';

const caseThatRuns = new AsyncLocalStorage<Record<string, number>>();

/** Runs each case once on handlers that tell where they are. */
export async function recordCoverage(
  matrix: Matrix,
  cases: readonly FaultCase[],
  mutants: readonly CodeMutant[],
  log: (line: string) => void,
): Promise<Coverage> {
  Object.assign(globalThis, {
    [reachedName]: (id: string) => {
      const counts = caseThatRuns.getStore();
      if (counts) counts[id] = (counts[id] ?? 0) + 1;
    },
  });
  const marks = Map.groupBy(mutants, ({ file }) => file);
  addVariant(variant, new Map<string, readonly Edit[]>([...marks].map(([file, ofFile]) => [file, ofFile.flatMap(({ mark }) => mark)])));
  const marked = matrix.on(await stageWith(matrix.stack.stage, variant));
  const coverage: Record<string, Record<string, number>> = {};
  const waiting = [...cases];
  const take = async () => {
    for (let faultCase = waiting.shift(); faultCase; faultCase = waiting.shift()) {
      const counts: Record<string, number> = {};
      const one = [faultCase] as const;
      await caseThatRuns.run(counts, () =>
        marked.run([one], ({ id, wrong }) => {
          if (wrong.length === 0) coverage[id] = counts;
          else log(`${id} goes wrong without any mutant: ${wrong[0]}`);
        }),
      );
      if (waiting.length % 200 === 0) log(`${waiting.length} cases left`);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, take));
  return coverage;
}

/** @returns the cases that reach the mutant's place, with how often */
export const reaching = (coverage: Coverage, cases: readonly FaultCase[], mutantId: string): Reached[] =>
  cases.flatMap((each) => {
    const times = coverage[idOf(each)]?.[mutantId];
    return times ? [{ each, times }] : [];
  });
