import type { View } from './commit.ts';
import type { Tenant } from './tenants.ts';

/* What the steps of `abandon` hand back. Each undoes what is the tenant's, finds nothing to do where there is nothing, and leaves alone what is another's. */

/** What could not be undone is kept on the tenant's record too. */
const keeping =
  (notUndone: readonly string[]) =>
  ({ tenant }: View): Partial<Tenant> =>
    notUndone.length > 0 ? { notUndone: [...(tenant.notUndone ?? []), ...notUndone] } : {};

/** The outcome of a step that is done at once. */
export const undone = (...notUndone: string[]) => ({ result: { notUndone }, change: keeping(notUndone) });

/** The outcome of a step that waits, when it has waited enough. */
export const gone = (...notUndone: string[]) => ({
  result: { notUndone, ready: true, askAgainSeconds: 1 },
  change: keeping(notUndone),
});

/** The answer of a step that is to be asked again. */
export const notYet = (askAgainSeconds: number) => ({ unfinished: { notUndone: [], ready: false, askAgainSeconds } });
