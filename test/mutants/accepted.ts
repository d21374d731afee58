import { readFileSync } from 'node:fs';

/** Why a mutant may survive the matrix. */
export interface Accepted {
  readonly reason: string;
  /** The test file that notices it, from the root of the checkout; none where what is left does the same. */
  readonly test?: string;
}

/** By the mutants' ids. */
export const accepted: Readonly<Record<string, Accepted>> = JSON.parse(
  readFileSync(new URL('accepted-survivors.json', import.meta.url), 'utf8'),
) as Record<string, Accepted>;
