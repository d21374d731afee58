import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OtherTest } from './accepted.ts';
import { edited } from './enumerate.ts';
import { withoutRetryClass } from './retry-classes.ts';
import type { Mutant } from './run.ts';
import { root } from './syntax.ts';

/** A test that a mutant keeps from ever ending has failed. */
const longestMilliseconds = 300_000;

/** A copy of the commit that is checked out, in which files are changed for a test. */
export class Elsewhere {
  readonly #directory: string;
  /** Whether a test file passes as long as nothing is changed. */
  readonly #passes = new Map<string, boolean>();

  constructor() {
    // Outside of the checkout, where Jest would find everything twice.
    this.#directory = mkdtempSync(join(tmpdir(), 'tenantry-mutants-'));
    const archive = execFileSync('git', ['archive', 'HEAD'], { cwd: root, maxBuffer: 1 << 30 });
    execFileSync('tar', ['-x', '-C', this.#directory], { input: archive });
    symlinkSync(join(root, 'node_modules'), join(this.#directory, 'node_modules'));
  }

  /** @returns whether a test file, which passes otherwise, fails on the mutant */
  notices(mutant: Mutant, { test, named }: OtherTest): boolean {
    const key = `${test} ${named}`;
    const passes = this.#passes.get(key) ?? this.#run(test, named);
    this.#passes.set(key, passes);
    const path = join(this.#directory, mutant.file);
    const own = readFileSync(path);
    writeFileSync(path, mutatedText(mutant, own));
    const fails = passes && !this.#run(test, named);
    writeFileSync(path, own);
    return fails;
  }

  #run(test: string, named: string | undefined): boolean {
    const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', test];
    if (named) jest.push('--testNamePattern', named);
    const { status } = spawnSync(process.execPath, jest, {
      cwd: this.#directory,
      stdio: 'ignore',
      timeout: longestMilliseconds,
      killSignal: 'SIGKILL',
    });
    return status === 0;
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function mutatedText(mutant: Mutant, own: Buffer): string {
  if (mutant.kind !== 'retry-class') return edited(own, mutant.edits);
  return JSON.stringify(withoutRetryClass(JSON.parse(own.toString()), mutant), undefined, 2);
}
