import { readFileSync } from 'node:fs';

/** A test that is not the matrix. */
export interface OtherTest {
  /** The file, from the root of the checkout. */
  readonly test: string;
  /** Only the tests of this name in it. */
  readonly named?: string;
}

/** Why a mutant may survive the matrix, and the test that notices it; none where what is left of the code does the same. */
export type Accepted = { readonly reason: string } & Partial<OtherTest>;

/** By the mutants' ids. */
export const accepted: Readonly<Record<string, Accepted>> = JSON.parse(
  readFileSync(new URL('accepted-survivors.json', import.meta.url), 'utf8'),
) as Record<string, Accepted>;
