import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { Stage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { build } from 'esbuild';
import { bundleOptions } from './bundle-options.ts';
import { projectPath } from './project.ts';

const folders = ['steps', 'api', 'events', 'isolation'] as const;
export type HandlerFolder = (typeof folders)[number];

/** All handlers in one run of esbuild, which takes a quarter of the time that one run a handler takes. */
async function bundleAll(): Promise<ReadonlyMap<string, Uint8Array>> {
  const handlers = folders.flatMap((folder) =>
    readdirSync(projectPath(`lambdas/${folder}`))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file.slice(0, -'.ts'.length)}`),
  );
  const outdir = projectPath('bundles');
  const { outputFiles } = await build({
    ...bundleOptions,
    entryPoints: handlers.map((handler) => ({ in: `lambdas/${handler}.ts`, out: handler })),
    outdir,
    write: false,
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(outdir.length + 1, -'.js'.length).replaceAll(sep, '/'), contents]));
}

/** Made as this module loads: esbuild's plugins cannot be waited for inside a construct. */
const bundles = await bundleAll();

/**
 * @param files what lies beside the code, by the name that it has there
 * @returns lambdas/<folder>/<name>.ts as code of a function; how it is bundled stands in bundle-options.ts
 */
export function handlerCode(scope: Construct, folder: HandlerFolder, name: string, files: Readonly<Record<string, string>>): Code {
  const bundle = bundles.get(`${folder}/${name}`);
  const file = `lambdas/${folder}/${name}.ts`;
  if (!bundle) throw new Error(`${scope.node.path} needs a handler in ${file}, and there is no such file.`);
  const directory = join(Stage.of(scope)?.outdir ?? '', 'handlers', folder, name);
  mkdirSync(directory, { recursive: true });
  // Lambda takes .js without a package.json as CommonJS: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#nodejs-commonjs-es-modules
  writeFileSync(join(directory, 'index.js'), bundle);
  for (const [own, path] of Object.entries(files)) copyFileSync(path, join(directory, own));
  return Code.fromAsset(directory);
}
