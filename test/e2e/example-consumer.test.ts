import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { output } from './support/clients.ts';
import { type Delivery, drain } from './support/events-listener.ts';
import { readHead, stepRecords } from './support/records.ts';
import { onboard } from './support/signups.ts';
import { until } from './support/until.ts';

/* What the example consumer, a downstream team, gets. Only this file reads its queue: a message has one reader. */

const schema = JSON.parse(readFileSync(new URL('../../contracts/generated/events/TenantProvisioned.json', import.meta.url), 'utf8'));

test('TenantProvisioned reaches the consumer’s queue, as its schema says', async () => {
  const { tenantId, request } = await onboard();
  const seen: Delivery[] = [];
  const delivery = await until('The delivery', async () => {
    seen.push(...(await drain(output('ExampleConsumerQueueUrl'))));
    return seen.find(({ detail }) => detail.tenantId === tenantId);
  });
  expect(delivery).toMatchObject({ source: 'tenantry.tenants', 'detail-type': 'TenantProvisioned' });

  // Annotations that begin with x- say nothing of what is valid.
  const ajv = new Ajv2020({ strict: true, keywords: ['x-remedy'] });
  formats.default(ajv);
  const validate = ajv.compile(schema);
  validate(delivery.detail);
  expect(validate.errors).toBeNull();
  expect(validate({ ...delivery.detail, administratorEmail: request.administrator.email })).toBe(false);

  const head = await readHead(tenantId);
  const record = (await stepRecords(tenantId)).find(({ step }) => step === 'EmitTenantProvisioned');
  expect(delivery.detail).toEqual({
    schemaVersion: 1,
    // Said before the event was sent, so that every repetition is known as one.
    eventId: record?.intent?.['eventId'],
    occurredAt: head.statusChangedAt,
    tenantId,
    revision: head.revision,
    slug: request.slug,
    tier: 'starter',
    tierVersion: 1,
    region: request.region,
  });
  expect(record?.result?.['eventId']).toBe(delivery.detail.eventId);
});
