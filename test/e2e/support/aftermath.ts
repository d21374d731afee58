import { Buffer } from 'node:buffer';
import { readHead, tenantDataItems, tenantItems, usersWith } from './records.ts';
import type { Signup } from './signups.ts';

/** What says how often something was tried, and what was corrected on the way, and so differs between a run that failed on its way and one that did not. */
const counters = ['attempt', 'generation', 'redriveCount', 'redriveRequested', 'retryCount', 'corrected', 'chain'];

const patterns: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/, '<instant>'],
  [/^([\w-]{22}|[\w-]{43})$/, '<hash>'],
  [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, '<uuid>'],
  [/^(PENDING|PROVISIONING|ACTIVE|starter#ACTIVE)#\d$/, '<partition>'],
];

/**
 * What an onboarding left behind, without what tells one tenant or one moment from another: two onboardings that came to the same are equal.
 */
export async function aftermathOf(signup: Signup) {
  const { tenantId, request } = signup;
  const head = await readHead(tenantId);
  const users = await usersWith(request.administrator.email);
  const own: readonly (readonly [string, string])[] = [
    [tenantId, '<tenant>'],
    [head.run?.runId ?? '<no run>', '<run>'],
    [head.administratorId, '<administrator>'],
    [head.administratorUsername ?? '<no username>', '<username>'],
    [request.administrator.email, '<address>'],
    [request.slug, '<slug>'],
  ];
  const plain = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const named = own.reduce((text, [from, to]) => text.replaceAll(from, to), value);
      return patterns.reduce((text, [pattern, name]) => text.replace(pattern, name), named);
    }
    if (value instanceof Uint8Array) return `<${Buffer.byteLength(value) > 0 ? 'bytes' : 'no bytes'}>`;
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object' || value === null) return value;
    const members = Object.entries(value).filter(([name]) => !counters.includes(name));
    return Object.fromEntries(members.map(([name, inner]) => [name, plain(inner)]));
  };
  return plain({ tenants: await tenantItems(tenantId), tenantData: await tenantDataItems(tenantId), users });
}
