import type { FaultCase } from '../faults/cases/fault-case.ts';
import type { Stage } from '../faults/harness/scene.ts';
import type { Matrix } from '../faults/runner.ts';
import { failing, inOrder } from './choice.ts';
import { type Coverage, reaching } from './coverage.ts';
import type { CodeMutant } from './enumerate.ts';
import type { MutantResult } from './results.ts';
import { type RetryClass, withoutRetryClass } from './retry-classes.ts';
import { stageWith } from './stage.ts';
import { addVariant } from './variants.ts';

export type Mutant = CodeMutant | RetryClass;

/** As many cases run at once; between two lots it is asked whether one has noticed. */
const lot = 8;
/** Most mutants are noticed by the very first cases. */
const firstLot = 3;
/** A case takes a second at most; one that never ends has noticed too. */
const longestLotSeconds = 300;

async function mutated({ stage }: { readonly stage: Stage }, mutant: Mutant): Promise<Stage> {
  if (mutant.kind !== 'retry-class') {
    addVariant(mutant.id, new Map([[mutant.file, mutant.edits]]));
    return stageWith(stage, mutant.id);
  }
  const workflow = stage.workflows[mutant.workflow];
  const definition = withoutRetryClass(workflow.definition, mutant);
  return { ...stage, workflows: { ...stage.workflows, [mutant.workflow]: { ...workflow, definition } } };
}

/** What can be tried on mutants. */
export interface Known {
  readonly singles: readonly FaultCase[];
  /** Those that coverage was recorded of. */
  readonly cases: readonly FaultCase[];
  readonly coverage: Coverage;
}

/** The cases that come by the mutant's place, those first that most likely notice. */
export const casesOf = (mutant: Mutant, { singles, cases, coverage }: Known): FaultCase[] =>
  mutant.kind === 'retry-class' ? failing(singles, mutant.state, mutant.name) : inOrder(reaching(coverage, cases, mutant.id));

/** Runs cases on a mutant until one notices it. */
export async function runMutant(matrix: Matrix, mutant: Mutant, cases: readonly FaultCase[], most: number): Promise<MutantResult> {
  const tried = cases.slice(0, most);
  if (tried.length === 0) return { id: mutant.id, tried: 0, reach: 0 };
  const on = matrix.on(await mutated(matrix.stack, mutant));
  let killed: { killer: string; noticed: string } | undefined;
  let ran = 0;
  while (ran < tried.length && !killed) {
    const now = tried.slice(ran, ran + (ran === 0 ? firstLot : lot));
    ran += now.length;
    const running = on.run(
      now.map((each) => [each] as const),
      ({ id, wrong: [noticed] }) => {
        if (noticed !== undefined) killed ??= { killer: id, noticed };
      },
    );
    if (!(await inTime(running))) killed ??= { killer: 'one of a lot', noticed: `It had not ended after ${longestLotSeconds} seconds.` };
  }
  return { id: mutant.id, ...killed, tried: ran, reach: cases.length };
}

async function inTime(doing: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), longestLotSeconds * 1_000);
  });
  return Promise.race([doing.then(() => true), late]).finally(() => clearTimeout(timer));
}
