import * as z from 'zod';

/** What every list is asked with. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(100).default(25),
  cursor: z.string().min(1).max(500).optional(),
};

/** What every page of a list ends with. */
export const nextCursor = z.string().optional().describe('Send it as `cursor` for the next page; absent on the last one.');
