import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { AuditEvent } from '../../contracts/tenant.ts';
import type { Tenant } from './tenants.ts';

/** What happened, without its place in the chain. Ids and pseudonyms only. */
export type AuditEntry = Pick<AuditEvent, 'type' | 'actor' | 'data'> &
  Partial<Pick<AuditEvent, 'reason' | 'runId' | 'generation' | 'step' | 'attempt'>>;

/** The `prevHash` of a chain's first event. */
export const chainStart = '0'.repeat(64);

/** @returns the SHA-256, in hexadecimal, of the RFC 8785 (JSON Canonicalization Scheme) form of an event without its hash */
export function hashOf(event: Omit<AuditEvent, 'hash'>): string {
  return createHash('sha256')
    .update(canonicalize(event) as string, 'utf8')
    .digest('hex');
}

/** Puts an entry at the end of a tenant's chain. */
export function nextEvent(tenant: Pick<Tenant, 'tenantId' | 'revision' | 'chain'>, entry: AuditEntry, at: string): AuditEvent {
  const { tenantId, revision, chain } = tenant;
  // JSON knows no undefined: an absent field and an undefined one must hash alike.
  const event = JSON.parse(
    JSON.stringify({ ...entry, tenantId, seq: chain.seq + 1, version: 1, at, revision, prevHash: chain.hash }),
  ) as Omit<AuditEvent, 'hash'>;
  return { ...event, hash: hashOf(event) };
}
