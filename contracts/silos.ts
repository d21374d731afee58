import * as z from 'zod';

/** The name of a cell; short, because it stands on the head of each of its tenants. */
export const CellName = z.string().regex(/^[a-z][a-z0-9-]{0,15}$/);

const Limit = z.int().min(0);
/** For how many silos a cell has room, by each of the account's quotas that a silo takes one of. */
export const CellLimits = z.strictObject({ stacks: Limit, roles: Limit, userPools: Limit }).meta({ id: 'CellLimits' });
export type CellLimits = z.infer<typeof CellLimits>;

/** A cell, and what is left of it. */
export const CellRoom = z
  .strictObject({
    cell: CellName,
    account: z.string().describe('"own" is the account that the deployment is in.'),
    region: z.string().describe('"own" is the Region that the deployment is in.'),
    limits: CellLimits,
    silos: z.int().min(0).describe('How many tenants have a place in it, with those whose silo is still being made.'),
    room: z.int().min(0).describe('How many more it takes before the tightest of its limits is reached.'),
  })
  .meta({ id: 'CellRoom' });
export type CellRoom = z.infer<typeof CellRoom>;

/** Every cell of the catalog, in the order in which they are filled. There are at most 100, so there is one page. */
export const CellList = z.strictObject({ cells: z.array(CellRoom) }).meta({ id: 'CellList' });
export type CellList = z.infer<typeof CellList>;
