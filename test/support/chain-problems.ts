import { createHash } from 'node:crypto';
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

/** @returns why a chain is not whole (numbered from 1 without gaps, each event linked to the one before, each hash right), or nothing */
export function chainProblems(events: readonly AuditEvent[]): string[] {
  if (events.length === 0) return ['The chain is empty.'];
  let expected = '0'.repeat(64);
  return events.flatMap((event, place) => {
    const { hash, ...rest } = event;
    const previous = expected;
    expected = hash;
    return [
      ...(rest.seq === place + 1 ? [] : [`Event ${place + 1} has the seq ${rest.seq}.`]),
      ...(rest.version === 1 ? [] : [`Event ${rest.seq} has the version ${rest.version}.`]),
      ...(rest.prevHash === previous ? [] : [`Event ${rest.seq} is not linked to the one before.`]),
      ...(hash === createHash('sha256').update(canonicalJson(rest)).digest('hex')
        ? []
        : [`Event ${rest.seq} has another hash than its content.`]),
    ];
  });
}
