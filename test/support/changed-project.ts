import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectPath } from '../../lib/project.ts';

const parts = ['bin', 'catalog', 'contracts', 'lambdas', 'lib', 'statemachines', 'cdk.json', 'package.json'];

/** A change to a file of the project. */
export interface Change {
  readonly file: string;
  readonly replace: readonly [string | RegExp, string];
}

async function make({ file, replace }: Change, directory: string) {
  const before = await readFile(join(directory, file), 'utf8');
  const after = before.replace(...replace);
  if (after === before) throw new Error(`${file} does not have ${replace[0]}: nothing was changed.`);
  await writeFile(join(directory, file), after);
}

/** Synthesises a copy of the project with these changes, and with context as `-c key=value` hands it over. */
export async function synthesiseWith(
  changes: readonly Change[],
  context: Readonly<Record<string, string>>,
): Promise<{ failed: boolean; output: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'tenantry-changed-'));
  try {
    for (const part of parts) await cp(projectPath(part), join(directory, part), { recursive: true });
    await symlink(projectPath('node_modules'), join(directory, 'node_modules'));
    for (const change of changes) await make(change, directory);
    const settings = JSON.parse(await readFile(join(directory, 'cdk.json'), 'utf8')) as { context: object };
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      CDK_OUTDIR: join(directory, 'cdk.out'),
      CDK_CONTEXT_JSON: JSON.stringify({ ...settings.context, ...context }),
    };
    return await new Promise((resolve) =>
      execFile(process.execPath, ['bin/tenantry.ts'], { cwd: directory, env }, (error, stdout, stderr) =>
        resolve({ failed: error !== null, output: stdout + stderr }),
      ),
    );
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
