import { readFileSync } from 'node:fs';

/** What `per` of something costs, where AWS says so, and which copy it was compared with. */
export interface Price {
  readonly usd: number;
  readonly per: number;
  readonly what: string;
  readonly source: string;
  readonly checked: string;
}

/** What the pipeline itself uses for a tenant. */
export type PipelineUnit =
  | 'transitions'
  | 'invocations'
  | 'gigabyteSeconds'
  | 'readUnits'
  | 'writeUnits'
  | 'events'
  | 'apiRequests'
  | 'firewallRequests'
  | 'kmsRequests'
  | 's3Puts'
  | 's3Gets'
  | 'queueRequests'
  | 'secretReads'
  | 'logBytes'
  | 'traces';

export interface Prices {
  readonly region: string;
  readonly currency: string;
  /** The month that the prices are of. */
  readonly asOf: string;
  readonly checkedOn: string;
  readonly note: string;
  readonly pipeline: Readonly<Record<PipelineUnit, Price>>;
  readonly apart: Readonly<Record<'cognitoUsers' | 'mails', Price>>;
  /** By type of resource. */
  readonly fixedMonthly: Readonly<Record<string, Price>>;
}

/** The list prices that figures are computed with. */
export const prices = JSON.parse(readFileSync(new URL('../prices.json', import.meta.url), 'utf8')) as Prices;

/** Dollars for so many units. */
export const costOf = (units: number, { usd, per }: Price): number => (units * usd) / per;
