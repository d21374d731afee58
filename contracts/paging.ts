import * as z from 'zod/mini';

/** What every list is asked with. A query is extended by it: spread, it would be kept in every bundle, because esbuild takes a spread for an effect. */
export const pageQuery = {
  limit: z._default(z.coerce.number().check(z.int(), z.minimum(1), z.maximum(100)), 25),
  cursor: z.optional(z.string().check(z.minLength(1), z.maxLength(500))),
};

/** What every page of a list ends with. */
export const nextCursor = z.optional(z.string()).check(z.describe('Send it as `cursor` for the next page; absent on the last one.'));
