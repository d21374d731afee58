import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateDirectory } from '../../local/checkout.ts';
import type { Coverage } from './coverage.ts';
import { root } from './syntax.ts';

/** What came of one mutant. */
export interface MutantResult {
  readonly id: string;
  /** The case that noticed it, and what it noticed. */
  readonly killer?: string;
  readonly noticed?: string;
  /** How many cases were tried, of how many that come by. */
  readonly tried: number;
  readonly reach: number;
}

const git = (...parameters: string[]) => execFileSync('git', parameters, { cwd: root, encoding: 'utf8' }).trim();
/** What a result depends on. */
const sources = ['catalog', 'contracts', 'lambdas', 'lib', 'local', 'statemachines', 'test/faults', 'test/mutants/enumerate.ts'];

/** Keeps what was found of one state of the sources, so that a run can go on where it was ended. */
export class Results {
  readonly #directory: string;

  constructor() {
    const state = `${sources.map((folder) => git('rev-parse', `HEAD:${folder}`)).join()} ${git('diff', 'HEAD', '--', ...sources)}`;
    this.#directory = join(stateDirectory, 'mutants', createHash('sha256').update(state).digest('hex').slice(0, 16));
    mkdirSync(this.#directory, { recursive: true });
  }

  /** The coverage that was recorded of these cases, or that is recorded now. */
  async coverage(cases: string, record: () => Promise<Coverage>): Promise<Coverage> {
    const file = join(this.#directory, `coverage-${encodeURIComponent(cases)}.json`);
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as Coverage;
    const coverage = await record();
    writeFileSync(file, JSON.stringify(coverage));
    return coverage;
  }

  get #file(): string {
    return join(this.#directory, 'results.ndjson');
  }

  forget(): void {
    rmSync(this.#file, { force: true });
  }

  /** The last result of each mutant. */
  read(): Map<string, MutantResult> {
    const lines = existsSync(this.#file) ? readFileSync(this.#file, 'utf8').trimEnd().split('\n') : [];
    return new Map(
      lines.filter(Boolean).map((line) => {
        const result = JSON.parse(line) as MutantResult;
        return [result.id, result];
      }),
    );
  }

  add(result: MutantResult): void {
    appendFileSync(this.#file, `${JSON.stringify(result)}\n`);
  }
}
