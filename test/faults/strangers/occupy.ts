import { isDeepStrictEqual } from 'node:util';

/** The tenant whose things stand where a step looks for its own. */
export const strangerId = '57a96e00-0000-4000-8000-000000000001';

/** Where one thing can be: at a name, under a key. */
export interface Place<Thing> {
  /** @returns what is there, or undefined when nothing is */
  read(): Promise<Thing | undefined>;
  put(thing: Thing): Promise<void>;
  remove(): Promise<void>;
}

/** A place, and what of another tenant's would stand there instead of what does, if anything does. */
export interface Claim<Thing = unknown> {
  readonly place: Place<Thing>;
  readonly others: (own: Thing | undefined) => Thing;
}

/** Another tenant's thing that stands at a place. */
export interface Stranger {
  /** @returns that it is not as it was put there, in words, or undefined */
  changed(): Promise<string | undefined>;
  /** Takes it away, and puts back what was there before if that is wanted. */
  leave(restoring: boolean): Promise<void>;
}

/** The pool or table is gone, as a silo's own is when its tenant was given up: what was in it went with it. */
class StoreIsGone extends Error {}

/** Has an error say that a store is gone. */
export function storeIsGone(error: Error): never {
  throw error.name === 'ResourceNotFoundException' ? new StoreIsGone('The store is gone.') : error;
}

/** Puts another tenant's thing in the place of what is there. */
export async function occupy<Thing>({ place, others }: Claim<Thing>): Promise<Stranger> {
  const own = await place.read();
  const other = others(own);
  if (own !== undefined) await place.remove();
  await place.put(other);
  const placed = await place.read();
  const unlessItsStoreIsGone = (error: unknown) => {
    if (!(error instanceof StoreIsGone)) throw error;
    return undefined;
  };
  return {
    changed: async () => {
      const { found } = (await place.read().then((thing) => ({ found: thing }), unlessItsStoreIsGone)) ?? { found: placed };
      return isDeepStrictEqual(found, placed)
        ? undefined
        : `What was another tenant's was ${JSON.stringify(placed)} and is ${JSON.stringify(found) ?? 'gone'}.`;
    },
    leave: async (restoring) => {
      if ((await place.read().catch(unlessItsStoreIsGone)) !== undefined) await place.remove();
      if (restoring && own !== undefined) await place.put(own);
    },
  };
}
