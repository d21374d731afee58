import { registerHooks } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Edit, edited } from './enumerate.ts';
import { importersOf } from './reachable.ts';
import { root } from './syntax.ts';

/** A way in which some files are loaded: with edits, and anew whatever imports them. */
interface Variant {
  readonly edits: ReadonlyMap<string, readonly Edit[]>;
  readonly loadedAnew: ReadonlySet<string>;
}

const variants = new Map<string, Variant>();
const parameter = 'variant';
const variantOf = (url: string | undefined) =>
  (url?.includes(`?${parameter}=`) ? new URL(url).searchParams.get(parameter) : undefined) ?? '';
const fileOfUrl = (url: string) => (url.startsWith('file:') ? relative(root, fileURLToPath(url)) : url);

let hooked = false;

/** https://nodejs.org/docs/latest-v24.x/api/module.html#moduleregisterhooksoptions: no file changes, and a file can be loaded as many times as it has variants. */
function hook(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const name = variantOf(context.parentURL);
      const isAnew = !variantOf(resolved.url) && variants.get(name)?.loadedAnew.has(fileOfUrl(resolved.url));
      return isAnew ? { ...resolved, url: `${resolved.url}?${parameter}=${encodeURIComponent(name)}` } : resolved;
    },
    load(url, context, next) {
      const loaded = next(url, context);
      const edits = variants.get(variantOf(url))?.edits.get(fileOfUrl(url));
      if (!edits) return loaded;
      return { ...loaded, source: edited(Buffer.from(loaded.source as Uint8Array | string), edits) };
    },
  });
}

/** Lets files of the handlers be loaded once more with edits. */
export function addVariant(name: string, edits: ReadonlyMap<string, readonly Edit[]>): void {
  hook();
  variants.set(name, { edits, loadedAnew: importersOf([...edits.keys()]) });
}

/** Loads a file of handlers as a variant has it; it is the file itself where the variant changes nothing of what it is made of. */
export function importVariant(file: string, name: string): Promise<Record<string, unknown>> {
  const url = new URL(file, `file://${root}`).href;
  return import(variants.get(name)?.loadedAnew.has(file) ? `${url}?${parameter}=${encodeURIComponent(name)}` : url);
}
