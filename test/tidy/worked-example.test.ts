import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { AuditEvent } from '../../contracts/tenant.ts';
import { chainStart, hashOf } from '../../lambdas/shared/audit.ts';
import { projectFile } from '../support/markdown.ts';

/** The commands of the document's worked example, each with the hash that it says comes out. */
const examples = [...projectFile('docs/architecture.md').matchAll(/^printf '%s' '([^']+)' \| sha256sum\n# ([0-9a-f]{64})$/gm)].map(
  ([, canonical, hash]) => ({ canonical: canonical as string, hash: hash as string }),
);

test('the document has a chain of two events to recompute', () => {
  expect(examples).toHaveLength(2);
});

test.each(examples)(
  'the hash of the worked example is what its command prints and what the code computes: $hash',
  ({ canonical, hash }) => {
    const event = AuditEvent.parse({ ...JSON.parse(canonical), hash });
    const { hash: _, ...hashed } = event;
    expect(createHash('sha256').update(canonical).digest('hex')).toBe(hash);
    expect(hashOf(hashed)).toBe(hash);
  },
);

test('each event of the worked example names the hash before it', () => {
  const previous = examples.map(({ canonical }) => (JSON.parse(canonical) as { prevHash: string }).prevHash);
  expect(previous).toEqual([chainStart, ...examples.slice(0, -1).map(({ hash }) => hash)]);
});
