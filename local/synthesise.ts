import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureCacheEntry } from './cache.ts';
import { checkoutDirectory, stateDirectory } from './checkout.ts';
import { lastLines, runProcess } from './run-process.ts';

/** Files and folders that the synthesised assembly is made from, relative to the checkout. */
const sources = ['bin', 'lib', 'lambdas', 'contracts', 'catalog', 'statemachines', 'cdk.json', 'package-lock.json', 'tsconfig.json'];

/** What the deployment decides, besides cdk.json: without a domain, no tenant has a name to be seen. Reserved names, which belong to nobody (RFC 2606). */
const context = { tenantDomain: 'tenants.example', tenantTarget: 'app.example' };

/** A hash of the paths and contents of all `sources` below `directory`; what is not there is left out. */
export async function hashOfSources(directory: string = checkoutDirectory): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(context));
  for (const source of sources) {
    for (const path of await filesBelow(directory, source)) {
      const content = await readFile(join(directory, path));
      hash.update(`${path}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

async function filesBelow(directory: string, path: string): Promise<string[]> {
  const found = await stat(join(directory, path)).catch(() => undefined);
  if (!found) return [];
  if (found.isFile()) return [path];
  const entries = await readdir(join(directory, path), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(directory.length)
        .replace(/^[\\/]/, ''),
    )
    .toSorted();
}

/**
 * Synthesises the CDK app by `cdk synth`, as a deployment to AWS does, unless an assembly of the same sources is there already.
 * Returns the assembly's folder. Nothing in it is made for the local stack but the names in `context`.
 */
export async function synthesise(options: { log: (line: string) => void; signal?: AbortSignal | undefined }): Promise<string> {
  const hash = await hashOfSources();
  return ensureCacheEntry({ directory: stateDirectory, kind: 'cdk.out', hash }, async (unfinished) => {
    options.log('Synthesising the CDK app');
    const decisions = Object.entries(context).flatMap(([key, value]) => ['-c', `${key}=${value}`]);
    const cdk = join(checkoutDirectory, 'node_modules', 'aws-cdk', 'bin', 'cdk');
    const result = await runProcess(
      process.execPath,
      [cdk, 'synth', '--quiet', '--no-notices', '--no-version-reporting', '--output', unfinished, ...decisions],
      {
        cwd: checkoutDirectory,
        environment: environmentWithoutAccount(),
        signal: options.signal,
      },
    );
    if (result.exitCode !== 0) throw new Error(`cdk synth failed:\n${lastLines(result.output, 40)}`);
  });
}

/** The developer's AWS profile must not decide what is synthesised, and is not asked. */
function environmentWithoutAccount(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_') && !name.startsWith('CDK_'));
  return {
    ...Object.fromEntries(kept),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
}
