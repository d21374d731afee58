import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { OnLoadArgs, Plugin } from 'esbuild';
import { projectPath } from './project.ts';

/** A plugin that rewrites the source of some modules before they are bundled. */
const rewriting = (name: string, filter: RegExp, rewrite: (source: string, path: string) => string): Plugin => ({
  name,
  setup({ onLoad }) {
    onLoad({ filter }, ({ path }: OnLoadArgs) => ({
      contents: rewrite(readFileSync(path, 'utf8'), path),
      loader: path.endsWith('.ts') ? 'ts' : 'js',
    }));
  },
});

const occurs = (name: string, text: string) => new RegExp(`\\b${name}\\b`).test(text);

/** Our own modules that handlers may load, each as text. */
const ownModules = () => globSync('lambdas/**/*.ts', { cwd: projectPath('.') }).map((file) => readFileSync(projectPath(file), 'utf8'));

/**
 * The AWS SDK describes each operation by a constant whose keys are other constants, as in `{ [_h]: … }`. esbuild keeps whatever has such a key, so a client
 * brought the descriptions of all its service's operations along: with their keys spelled out, only those of the operations that are called remain.
 */
const operationsThatAreCalled = (source: string) => {
  const constants = new Map([...source.matchAll(/^const (\w+) = ("[^"\\\n]*");$/gm)].map(([, name, text]) => [name, text]));
  return source.replace(/\[(\w+)\]:/g, (key, name: string) => (constants.has(name) ? `${constants.get(name)}:` : key));
};

/**
 * The SDK also registers a class for each of a service's errors. One that has no class arrives as the service's base exception, with the same name, message,
 * fault (from the status) and members, so that only those are needed whose names occur in our modules, and those that say more: `$retryable`, on which the SDK's
 * own retries rest, and `awsQueryError`, another name on the wire, where the service speaks the query protocol or keeps to its names.
 * https://github.com/aws/aws-sdk-js-v3/blob/main/packages/core/src/submodules/protocols/ProtocolLib.ts
 */
const errorsThatAreNamed = (source: string, path: string) => {
  const beside = (file: string) => readFileSync(join(dirname(path), '..', file), 'utf8');
  const classes = beside('models/errors.js').split(/^export class /m);
  const own = ownModules().join('\n');
  const renamed = /AwsQueryProtocol|awsQueryCompatible/.test(beside('runtimeConfig.shared.js')) ? source.split(/^export var /m) : [];
  const saysMore = (name: string) =>
    classes.some((text) => text.startsWith(`${name} `) && text.includes('$retryable')) ||
    renamed.some((text) => text.startsWith(`${name}$ `) && text.includes('"awsQueryError":'));
  return source.replace(/^n\d+_registry\.registerError\((\w+)\$, \w+\);$/gm, (line, name: string) =>
    occurs(name, own) || saysMore(name) ? line : '',
  );
};

const schemas = rewriting('operations and errors', /[\\/]dist-es[\\/]schemas[\\/]schemas_\d+\.js$/, (source, path) =>
  errorsThatAreNamed(operationsThatAreCalled(source), path),
);

/** Of a client's package.json, which it sends to AWS as its version, only that. */
const versions = rewriting('versions', /[\\/]@aws-sdk[\\/]client-[^\\/]+[\\/]package\.json$/, (source) => {
  const { version } = JSON.parse(source) as { version: string };
  return `export default ${JSON.stringify({ version })};`;
});

/** What codes and decodes streams of events, which no operation that is called takes or answers; an operation that did would say so. */
const eventStreams = rewriting(
  'event streams',
  /[\\/]event-streams[\\/]index\.js$/,
  () => `
    export { resolveEventStreamSerdeConfig } from './eventstream-serde-config-resolver/EventStreamSerdeConfig';
    export const eventStreamSerdeProvider = () => undefined;
    export class EventStreamSerde {
      constructor() {
        throw new Error('Streams of events are not bundled: lib/bundle-plugins.ts leaves them out.');
      }
    }`,
);

/**
 * Stripe's SDK makes an object for each of its hundred resources, whether it is used or not, so that it cannot be had in parts. Here it makes those whose
 * names occur in the modules that import it, and brings its handler of event notifications, with the names of all events, only if that is named.
 */
const stripeResources = rewriting('resources', /[\\/]stripe[\\/]esm[\\/]stripe\.esm\.node\.js$/, (source) => {
  const users = ownModules()
    .filter((own) => own.includes("from 'stripe'"))
    .join('\n');
  const made = source
    .replace(/^ *this\.(\w+) = new \w+\(this\);$/gm, (line, name: string) => (occurs(name, users) ? line : ''))
    // All of them again, by name, for whoever extends the SDK.
    .replace(/^import \* as resources from .*$/m, 'const resources = {};')
    .replace(/^import \{ (StripeEventNotificationHandler),? \} from .*$/m, (line, name: string) =>
      /otificationHandler/.test(users) ? line : `const ${name} = undefined;`,
    );
  const withoutImports = made.replace(/^import .*$/gm, '');
  return made.replace(/^import \{ (\w+),? \} from '\.\/resources.*$/gm, (line, name: string) => (occurs(name, withoutImports) ? line : ''));
});

/**
 * Our own schemas, each with every call that makes it marked as one without effects: of `z.string().check(…)` esbuild knows that by itself only of the part
 * before `.check`, so that a bundle made all schemas of the modules that it has one schema of. `z.config` has an effect.
 * https://esbuild.github.io/api/#ignore-annotations
 *
 * A route's answer has a schema for those who call it; a handler checks what comes and not what it says, so that it goes without.
 */
const schemasThatAreUsed = rewriting('schemas', /[\\/](?:contracts|catalog)[\\/][\w-]+\.ts$/, (source) =>
  source
    .replace(/(?<![\w.])(?:z(?!\.config)(?=(?:\s*\.\w+)+\()|[A-Z]\w*(?=\s*\.check\())/g, '/* @__PURE__ */ $&')
    .replace(/(success: \{ status: \d+), body: [A-Z]\w* \}/g, '$1 }'),
);

/** What leaves out of a bundle the parts of the SDKs that nothing in it uses, and that esbuild cannot tell by itself. */
export const bundlePlugins: Plugin[] = [schemas, versions, eventStreams, stripeResources, schemasThatAreUsed];
