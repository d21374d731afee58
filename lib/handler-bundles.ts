import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { Stage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { buildSync } from 'esbuild';
import { projectPath } from './project.ts';

const folders = ['steps', 'api', 'events', 'isolation'] as const;
export type HandlerFolder = (typeof folders)[number];

/**
 * Ways to find credentials that no Lambda function takes: the SDK imports them only when its environment holds none, and Lambda always gives them there
 * (https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime). They were a quarter of each bundle.
 */
const unreached = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
];

let bundles: ReadonlyMap<string, Uint8Array> | undefined;

/** All handlers in one run of esbuild, which takes a quarter of the time that one run a handler takes. */
function bundleAll(): ReadonlyMap<string, Uint8Array> {
  const handlers = folders.flatMap((folder) =>
    readdirSync(projectPath(`lambdas/${folder}`))
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file.slice(0, -'.ts'.length)}`),
  );
  const outdir = projectPath('bundles');
  const { outputFiles } = buildSync({
    absWorkingDir: projectPath('.'),
    entryPoints: handlers.map((handler) => ({ in: `lambdas/${handler}.ts`, out: handler })),
    outdir,
    write: false,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    external: unreached,
    legalComments: 'none',
    // Some dependencies are CommonJS and call require() for Node's own modules; an ES module has none until it is made.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  return new Map(outputFiles.map(({ path, contents }) => [path.slice(outdir.length + 1, -'.js'.length).replaceAll(sep, '/'), contents]));
}

/**
 * @returns lambdas/<folder>/<name>.ts as code of a function: one ES module, everything that it imports included, so that what was tested is what runs,
 * whatever SDK the Lambda runtime brings
 */
export function handlerCode(scope: Construct, folder: HandlerFolder, name: string): Code {
  bundles ??= bundleAll();
  const bundle = bundles.get(`${folder}/${name}`);
  const file = `lambdas/${folder}/${name}.ts`;
  if (!bundle) throw new Error(`${scope.node.path} needs a handler in ${file}, and there is no such file.`);
  const directory = join(Stage.of(scope)?.outdir ?? '', 'handlers', folder, name);
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'index.mjs'), bundle);
  return Code.fromAsset(directory);
}
