import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import canonicalize from 'canonicalize';
import { type AuditEntry, hashOf, nextEvent } from '../../../../lambdas/shared/audit.ts';
import { expectWholeChain } from '../../../support/chain.ts';
import { canonicalJson } from '../../../support/chain-problems.ts';

const tenantId = '99999999-9999-4999-8999-999999999999';
const at = '2026-11-20T08:00:00.000Z';
const start = { tenantId, revision: 1, chain: { seq: 0, hash: '0'.repeat(64) } };
const entry: AuditEntry = {
  type: 'Noted',
  actor: { kind: 'staff', id: 'x' },
  data: { b: 1, a: 'ü\u2028"€', nested: { z: [3, 1], y: null } },
};

test('each event is linked to the one before, and carries the hash of its own canonical form', () => {
  const first = nextEvent(start, entry, at);
  const second = nextEvent({ ...start, chain: first }, { ...entry, reason: 'why', step: 'TestTenant', attempt: 2 }, at);
  expectWholeChain([first, second]);
  expect(first.hash).toBe(
    createHash('sha256')
      .update(
        `{"actor":{"id":"x","kind":"staff"},"at":"${at}","data":{"a":"ü\u2028\\"€","b":1,"nested":{"y":null,"z":[3,1]}},` +
          `"prevHash":"${'0'.repeat(64)}","revision":1,"seq":1,"tenantId":"${tenantId}","type":"Noted","version":1}`,
      )
      .digest('hex'),
  );
});

test('any change of any field gives another hash, and so does a change of order, place or link', () => {
  const { hash, ...event } = nextEvent(start, entry, at);
  const changes = [
    { type: 'Other' },
    { seq: 2 },
    { prevHash: hash },
    { at: '2026-11-20T08:00:00.001Z' },
    { revision: 2 },
    { actor: { kind: 'step', id: 'x' } as const },
    { data: { ...event.data, nested: { z: [1, 3], y: null } } },
  ];
  expect(new Set([hash, ...changes.map((change) => hashOf({ ...event, ...change }))]).size).toBe(changes.length + 1);
});

test('the order of fields and absent fields do not matter', () => {
  const { hash, ...event } = nextEvent(start, entry, at);
  expect(hashOf(Object.fromEntries(Object.entries(event).reverse()) as typeof event)).toBe(hash);
  expect(nextEvent(start, { ...entry, reason: undefined } as never, at).hash).toBe(hash);
});

describe('RFC 8785', () => {
  // The example of section 3.2.2 with its result in section 3.2.3: https://www.rfc-editor.org/rfc/rfc8785#section-3.2.3
  const example = {
    numbers: JSON.parse('[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]'),
    string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\u002f',
    literals: [null, true, false],
  };
  const result =
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}';
  // Section 3.2.3's keys: sorted by UTF-16 code units, so that the emoji comes before the Hebrew presentation form.
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\ud83d\ude00', '\u0080', '\u00f6'];
  const sorted = ['\r', '1', '\u0080', '\u00f6', '\u20ac', '\ud83d\ude00', '\ufb33'];

  test.each([
    ['the product’s', canonicalize as unknown as (value: unknown) => string],
    ['the tests’', canonicalJson],
  ])('%s canonical form is that of the RFC’s examples', (_, canonical) => {
    expect(canonical(example)).toBe(result);
    expect(Object.keys(JSON.parse(canonical(Object.fromEntries(keys.map((key) => [key, 'x'])))))).toEqual(
      // A JavaScript object lists the integer key first, whatever the text says.
      ['1', ...sorted.filter((key) => key !== '1')],
    );
    expect(canonical({ '\ufb33': 1, '\ud83d\ude00': 2 })).toBe('{"\ud83d\ude00":2,"\ufb33":1}');
  });
});
