import type { Subject } from '../harness/customer.ts';
import type { Deployed } from '../harness/deployed.ts';

/** Reads what a store has of one tenant. */
export interface StoreReader {
  /** The store, by the path of its construct. */
  readonly store: string;
  read(subject: Subject): Promise<unknown>;
}

/** Makes the readers of the stores that it knows, out of all resources of the deployment. */
export type ReaderOf = (resource: Deployed) => StoreReader | undefined;
