import { globSync, readFileSync } from 'node:fs';
import type { OnLoadArgs, Plugin } from 'esbuild';
import { projectPath } from './project.ts';

/** A plugin that rewrites the source of some modules before they are bundled. */
const rewriting = (name: string, filter: RegExp, rewrite: (source: string) => string): Plugin => ({
  name,
  setup({ onLoad }) {
    onLoad({ filter }, ({ path }: OnLoadArgs) => ({ contents: rewrite(readFileSync(path, 'utf8')), loader: 'js' }));
  },
});

/**
 * The AWS SDK describes each operation by a constant whose keys are other constants, as in `{ [_h]: … }`. esbuild keeps whatever has such a key, so a client
 * brought the descriptions of all its service's operations along: with their keys spelled out, only those of the operations that are called remain.
 */
export const operationsThatAreCalled = rewriting(
  'operations that are called',
  /[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/,
  (source) => {
    const constants = new Map([...source.matchAll(/^const (\w+) = ("[^"\\\n]*");$/gm)].map(([, name, text]) => [name, text]));
    return source.replace(/\[(\w+)\]:/g, (key, name: string) => (constants.has(name) ? `${constants.get(name)}:` : key));
  },
);

/** Our modules that use Stripe's SDK, as text. */
const stripeUsers = () =>
  globSync('lambdas/**/*.ts', { cwd: projectPath('.') })
    .map((file) => readFileSync(projectPath(file), 'utf8'))
    .filter((source) => source.includes("from 'stripe'"))
    .join('\n');

/**
 * Stripe's SDK makes an object for each of its hundred resources, whether it is used or not, so that it cannot be had in parts. Here it makes those whose
 * names occur in the modules that import it.
 */
export const resourcesThatAreNamed = rewriting('resources that are named', /[\\/]stripe[\\/]esm[\\/]stripe\.esm\.node\.js$/, (source) => {
  const users = stripeUsers();
  const occurs = (name: string, text: string) => new RegExp(`\\b${name}\\b`).test(text);
  const made = source
    .replace(/^ *this\.(\w+) = new \w+\(this\);$/gm, (line, name: string) => (occurs(name, users) ? line : ''))
    // All of them again, by name, for whoever extends the SDK.
    .replace(/^import \* as resources from .*$/m, 'const resources = {};');
  const withoutImports = made.replace(/^import .*$/gm, '');
  return made.replace(/^import \{ (\w+),? \} from '\.\/resources.*$/gm, (line, name: string) => (occurs(name, withoutImports) ? line : ''));
});
