import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { handler as emit } from '../../../lambdas/steps/emit-tenant-provisioned.ts';
import { contractFiles } from '../../../scripts/contract-files.ts';
import { signupBody, stepInput, tenantBefore } from '../../support/onboarding.ts';
import { context } from '../../support/requests.ts';
import { newWorld } from '../../support/world.ts';

const top = fileURLToPath(new URL('../../../', import.meta.url));
const committed = (path: string) => readFileSync(`${top}${path}`, 'utf8');
const openApi = () => JSON.parse(committed('contracts/generated/openapi.json'));

const ajv = () => {
  const validator = new Ajv2020({ strict: true, strictRequired: false, keywords: ['x-remedy'], allErrors: true });
  // The package's types describe its CommonJS form: https://github.com/ajv-validator/ajv-formats/issues/85
  (formats as unknown as (target: Ajv2020) => void)(validator);
  return validator;
};

describe('the generated files', () => {
  test.each(Object.entries(contractFiles()))('%s is what the schemas say: npm run contracts writes it', (path, content) => {
    expect(committed(path)).toBe(content);
  });

  test('are all there is', () => {
    const found = readdirSync(`${top}contracts/generated`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => `${parentPath}/${name}`.slice(top.length));
    expect(found.sort()).toEqual(Object.keys(contractFiles()).sort());
  });
});

describe('the API description', () => {
  test('says of each answer that may be another one later that it may say when', () => {
    const operations = Object.values(openApi().paths as Record<string, Record<string, { responses: Record<string, object> }>>).flatMap(
      (item) => Object.values(item),
    );
    for (const { responses } of operations) {
      for (const [status, response] of Object.entries(responses))
        expect({ status, saysWhen: 'headers' in response }).toEqual({
          status,
          saysWhen: ['429', '503'].includes(status) || JSON.stringify(response).includes('not-correctable'),
        });
    }
  });

  test('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(openApi());
    expect(result).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  test('is found to be wrong when it is', async () => {
    const { info, ...without } = openApi();
    expect(info.title).toBe('Tenantry');
    expect((await new Validator().validate(without)).valid).toBe(false);
  });

  test('gives every operation its problems, by status', () => {
    for (const path of Object.values<Record<string, { operationId: string; responses: Record<string, object> }>>(openApi().paths))
      for (const { operationId, responses } of Object.values(path))
        expect({ operationId, statuses: Object.keys(responses) }).toMatchObject({
          operationId,
          statuses: expect.arrayContaining(['429', '500', '503']),
        });
  });

  test('describes a signup as the API takes it', () => {
    const validator = ajv();
    validator.addSchema({ $id: 'openapi', components: openApi().components }, 'openapi').addVocabulary(['components']);
    const validate = validator.compile({ $ref: 'openapi#/components/schemas/SignupRequest' });
    expect([validate(signupBody()), validate.errors]).toEqual([true, null]);
    for (const wrong of [
      { slug: 'Not A Slug' },
      { slug: 'xn--abc' },
      { organisationName: 'a\u0000' },
      { organisationName: '\u200b' },
      { administrator: { name: 'Ada', email: 'not an address' } },
      { administrator: { name: 'Ada' } },
      { unknown: 1 },
      { tier: undefined },
    ])
      expect({ wrong, valid: validate(JSON.parse(JSON.stringify(signupBody(wrong)))) }).toEqual({ wrong, valid: false });
  });
});

describe('the schema of TenantProvisioned', () => {
  let detail: Record<string, unknown>;
  beforeAll(async () => {
    const world = newWorld();
    const tenantId = await tenantBefore(world, 'EmitTenantProvisioned');
    await emit(stepInput(world, tenantId), context());
    detail = JSON.parse(world.busEvents[0]?.['Detail'] as string);
  });
  const validate = () => ajv().compile(JSON.parse(committed('contracts/generated/events/TenantProvisioned.json')));

  test('takes the event that the workflow emits', () => {
    const valid = validate();
    expect([valid(detail), valid.errors]).toEqual([true, null]);
  });

  test('takes no event with a missing, wrong or unknown field', () => {
    const valid = validate();
    for (const field of Object.keys(detail)) {
      const { [field]: _, ...without } = detail;
      expect({ field, valid: valid(without) }).toEqual({ field, valid: false });
    }
    for (const wrong of [
      { schemaVersion: 2 },
      { eventId: 'x' },
      { tenantId: 'X' },
      { occurredAt: 'yesterday' },
      { occurredAt: '2026-11-20T08:00:00Z' },
      { revision: 0 },
      { tierVersion: '1' },
      { administrator: 'Ada' },
    ])
      expect({ wrong, valid: valid({ ...detail, ...wrong }) }).toEqual({ wrong, valid: false });
  });
});
