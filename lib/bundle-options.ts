import type { BuildOptions } from 'esbuild';
import { bundlePlugins } from './bundle-plugins.ts';
import { projectPath } from './project.ts';

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

/** How code becomes a function's bundle: one file, everything that it imports included, so that what was tested is what runs, whatever SDK the Lambda runtime brings. */
export const bundleOptions = {
  absWorkingDir: projectPath('.'),
  bundle: true,
  platform: 'node',
  target: 'node24',
  /*
   * CommonJS, and no import() in it: an ES module that imports one of Node's own modules reads everything that it exports, also what is made when first
   * read. The SDK's import('http') so loaded Node's whole fetch, a sixth of the time to the first result (docs/decisions/cold-start.md).
   */
  format: 'cjs',
  supported: { 'dynamic-import': false },
  mainFields: ['module', 'main'],
  minify: true,
  external: unreached,
  legalComments: 'none',
  plugins: bundlePlugins,
  logLevel: 'warning',
} satisfies BuildOptions;
