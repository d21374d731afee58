import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import type { AuditEvent } from '../../contracts/tenant.ts';

/** RFC 8785 for what the audit events hold (strings, integers, objects, lists): sorted keys and JSON.stringify's own text. Written apart from the product's. */
export const canonicalJson = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`);
  return `{${members.join(',')}}`;
};

/** Holds that a chain is whole: numbered from 1 without gaps, each event linked to the one before, each hash right. */
export function expectWholeChain(events: readonly AuditEvent[]): void {
  expect(events.length).toBeGreaterThan(0);
  let prevHash = '0'.repeat(64);
  events.forEach((event, place) => {
    const { hash, ...rest } = event;
    expect(rest).toMatchObject({ seq: place + 1, version: 1, prevHash });
    expect(hash).toBe(createHash('sha256').update(canonicalJson(rest)).digest('hex'));
    prevHash = hash;
  });
}
