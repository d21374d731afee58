import { beforeEach, expect, test } from '@jest/globals';
import { abandonedBefore, runStep, signUp, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, tables, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
beforeEach(() => {
  world = newWorld();
});

const slugRow = (slug: string) => ({ pk: `SLUG#${slug}`, sk: 'SLUG' });
const ownerOf = (slug: string) => world.database.get({ TableName: tables.tenants, Key: slugRow(slug) }).Item?.['tenantId'];

test('erases the people with their key, and nobody else, and frees the slug', async () => {
  const other = await signUp();
  const tenantId = await abandonedBefore(world, 'ForgetSignup');
  const { slug } = tenantOf(world, tenantId);
  for (let more = 0; more < 3; more += 1) world.database.place(tables.people, { tenantId, personId: `person-${more}`, sealed: 'sealed' });
  world.database.pageSize = 1;
  expect(ownerOf(slug)).toBe(tenantId);
  await runStep(world, 'ForgetSignup', tenantId);
  expect(ownerOf(slug)).toBeUndefined();
  for (const table of [tables.people, tables.peopleKeys])
    expect(world.database.all(table).map((item) => item['tenantId'])).toEqual([other.tenantId]);
  await signUp({ slug });
});

test('leaves a slug alone that is another tenant’s by now', async () => {
  const tenantId = await abandonedBefore(world, 'ForgetSignup');
  const { slug } = tenantOf(world, tenantId);
  world.database.place(tables.tenants, { ...slugRow(slug), tenantId: '22222222-2222-4222-8222-222222222222' });
  await runStep(world, 'ForgetSignup', tenantId);
  expect(ownerOf(slug)).toBe('22222222-2222-4222-8222-222222222222');
});
