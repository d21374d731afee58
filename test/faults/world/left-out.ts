import { eventIdOf } from '../../../lambdas/shared/bus.ts';
import type { Tenant } from '../../../lambdas/shared/tenants.ts';
import type { Subject } from '../harness/customer.ts';

/*
 * What of the world may differ between a clean run and one that was disturbed: the short list that reviewers read. Everything else must be equal.
 */

/** How often something was tried, how long it took, and where that left the chain; the chain itself is checked for being whole. */
const counters = ['attempt', 'redriveCount', 'redriveRequested', 'retryCount', 'generation', 'chain', 'askAgainSeconds'];

/** Times, hashes and ids, whatever field they are in; and the shard, which is a hash of the tenant's id. */
const patterns: readonly (readonly [RegExp, string])[] = [
  [/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/, '<instant>'],
  [/^[0-9a-f]{64}$/, '<hash>'],
  [/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, '<uuid>'],
  [/^((?:\w+#)?(?:PENDING|PROVISIONING|ACTIVE|ABANDONED|open|closed))#\d$/, '$1#<shard>'],
  // The id of a finding is a hash of what it is about.
  [/^[0-9a-f]{32}$/, '<finding>'],
  [/#[0-9a-f]{32}$/, '#<finding>'],
  // Of a silo that was not recorded when the tenant was given up. What was is compared by its role.
  [/^arn:aws:cloudformation:[^:]*:\d*:stack\/Tenantry-Silo-<tenant>\/[0-9a-f-]{36}$/, '<stack of the tenant>'],
  [/^[a-z]{2}-[a-z]+-\d_\w{9}$/, '<user pool>'],
  [/^The key [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12} /, 'The key <key> '],
  // An event of the provider's; that a payment was paid back is marked by the payment's own id, and compared.
  [/^evt_\w+$/, '<event of the provider>'],
  // When KMS deletes the key of a silo that is gone.
  [/ on \d{4}-\d{2}-\d{2}\.$/, ' on <day>.'],
  // The record by which ACM is shown that a certificate's name is ours: https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
  [/^_[0-9a-f]{32}\./, '_<validation>.'],
];

/** What tells one tenant from another, by the role that it plays. */
export type Names = readonly (readonly [value: string, role: string])[];

/** Their ids are derived from the run, so that consumers recognise a repetition. */
const announcements = ['TenantProvisioned', 'TenantAbandoned'] as const;

/** @param undone the head before the tenant was given up: it named what is gone by now */
export function namesOf(subject: Subject, head: Tenant | undefined, undone?: Tenant): Names {
  const { administratorId, administratorUsername, payment, subscriptionId, certificateArn, silo } = { ...head, ...undone };
  const { run } = head ?? {};
  const found: readonly (readonly [string | undefined, string])[] = [
    // The stack's id has the tenant's in it, so what is longer comes first.
    ...Object.entries(silo ?? {}).map(([name, value]) => [name === 'templateVersion' ? undefined : value, `<silo ${name}>`] as const),
    [certificateArn, '<certificate>'],
    [subject.tenantId, '<tenant>'],
    [subject.slug, '<slug>'],
    [subject.email, '<address>'],
    [subject.signup.request.administrator.name, '<name>'],
    [subject.signup.request.organisationName, '<organisation>'],
    [subject.signupKeyHash, '<signup key>'],
    [run?.runId, '<run>'],
    [run?.undoes?.runId, '<undone run>'],
    ...announcements.map((type) => [eventIdOf(type, subject.tenantId, run?.runId ?? ''), `<id of ${type}>`] as const),
    [administratorId, '<administrator>'],
    [administratorUsername, '<username>'],
    [payment?.customerId, '<customer>'],
    [payment?.paymentIntentId, '<payment>'],
    [subscriptionId, '<subscription>'],
  ];
  return found.flatMap(([value, role]) => (value ? [[value, role] as const] : []));
}

/** @returns a value without what may differ */
export function comparable(value: unknown, names: Names): unknown {
  if (typeof value === 'string') {
    const named = names.reduce((text, [from, to]) => text.replaceAll(from, to), value);
    return patterns.reduce((text, [pattern, name]) => text.replace(pattern, name), named);
  }
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`;
  if (value instanceof Date) return '<instant>';
  if (Array.isArray(value)) return value.map((each) => comparable(each, names));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([name]) => !counters.includes(name));
  return Object.fromEntries(members.map(([name, inner]) => [name, comparable(inner, names)]));
}
