import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stateDirectory } from '../../local/checkout.ts';
import { edited } from './enumerate.ts';
import { withoutRetryClass } from './retry-classes.ts';
import type { Mutant } from './run.ts';
import { root } from './syntax.ts';

/** A copy of the commit that is checked out, in which files are changed for a test. */
export class Elsewhere {
  readonly #directory: string;

  constructor() {
    const parent = join(stateDirectory, 'mutants');
    mkdirSync(parent, { recursive: true });
    this.#directory = mkdtempSync(join(parent, 'copy-'));
    const archive = execFileSync('git', ['archive', 'HEAD'], { cwd: root, maxBuffer: 1 << 30 });
    execFileSync('tar', ['-x', '-C', this.#directory], { input: archive });
    symlinkSync(join(root, 'node_modules'), join(this.#directory, 'node_modules'));
  }

  /** @returns whether a test file fails on the mutant */
  notices(mutant: Mutant, test: string): boolean {
    const path = join(this.#directory, mutant.file);
    const own = readFileSync(path);
    writeFileSync(path, mutatedText(mutant, own));
    try {
      const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', test];
      const { status, stderr } = spawnSync(process.execPath, jest, { cwd: this.#directory, encoding: 'utf8' });
      // A file of tests that does not exist, or does not load, has not noticed anything.
      return status !== 0 && /^Tests: .*\b\d+ failed/m.test(stderr);
    } finally {
      writeFileSync(path, own);
    }
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

function mutatedText(mutant: Mutant, own: Buffer): string {
  if (mutant.kind !== 'retry-class') return edited(own, mutant.edits);
  return JSON.stringify(withoutRetryClass(JSON.parse(own.toString()), mutant), undefined, 2);
}
