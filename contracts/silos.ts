import * as z from 'zod/mini';
import { CellName, TenantId } from './identifiers.ts';
import { nextCursor, pageQuery } from './paging.ts';
import { TenantSummary } from './tenant.ts';

const Limit = z.int().check(z.minimum(0));
/** For how many silos a cell has room, by each of the account's quotas that a silo takes one of. */
export const CellLimits = z.strictObject({ stacks: Limit, roles: Limit, userPools: Limit }).check(z.meta({ id: 'CellLimits' }));
export type CellLimits = z.infer<typeof CellLimits>;

/** A cell, and what is left of it. */
export const CellRoom = z
  .strictObject({
    cell: CellName,
    account: z.string().check(z.describe('"own" is the account that the deployment is in.')),
    region: z.string().check(z.describe('"own" is the Region that the deployment is in.')),
    limits: CellLimits,
    silos: z.int().check(z.minimum(0), z.describe('How many tenants have a place in it, with those whose silo is still being made.')),
    room: z.int().check(z.minimum(0), z.describe('How many more it takes before the tightest of its limits is reached.')),
  })
  .check(z.meta({ id: 'CellRoom' }));
export type CellRoom = z.infer<typeof CellRoom>;

/** Every cell of the catalog, in the order in which they are filled. There are at most 100, so there is one page. */
export const CellList = z.strictObject({ cells: z.array(CellRoom) }).check(z.meta({ id: 'CellList' }));
export type CellList = z.infer<typeof CellList>;

const TemplateVersion = z.string().check(z.describe('Of the Silo template: a hash of what it says.'));

/** A silo in a list, by what its tenant's record says of it. */
export const SiloSummary = z
  .strictObject({
    tenantId: TenantId,
    slug: TenantSummary.shape.slug,
    tier: TenantSummary.shape.tier,
    status: TenantSummary.shape.status,
    cell: z.optional(CellName),
    templateVersion: TemplateVersion,
    behind: z.boolean().check(z.describe('Whether that is another version than the current one.')),
  })
  .check(z.meta({ id: 'SiloSummary' }));
export type SiloSummary = z.infer<typeof SiloSummary>;

export const SiloPage = z
  .strictObject({ currentVersion: TemplateVersion, silos: z.array(SiloSummary), nextCursor })
  .check(z.meta({ id: 'SiloPage' }));
export type SiloPage = z.infer<typeof SiloPage>;
export const ListSilosQuery = z.strictObject(pageQuery);

/** Something in which a silo's template and the current one differ. "added" is in the current one and not in the silo's. */
export const TemplateDifference = z
  .strictObject({
    change: z.enum(['added', 'changed', 'removed']),
    section: z.enum(['Resources', 'Parameters', 'Outputs']),
    name: z.string(),
    type: z.optional(z.string()).check(z.describe('Of a resource, as the current template has it, or the silo where it was removed.')),
    differs: z.optional(z.array(z.string())).check(z.describe('Of what was changed: the attributes or properties that differ.')),
  })
  .check(z.meta({ id: 'TemplateDifference' }));
export type TemplateDifference = z.infer<typeof TemplateDifference>;

/** What separates a silo from the current template. It compares templates: whether somebody changed the resources themselves is not looked at. */
export const SiloDifferences = z
  .strictObject({
    tenantId: TenantId,
    templateVersion: TemplateVersion,
    currentVersion: TemplateVersion,
    differences: z.array(TemplateDifference),
  })
  .check(z.meta({ id: 'SiloDifferences' }));
export type SiloDifferences = z.infer<typeof SiloDifferences>;
