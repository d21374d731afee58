import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/diff-silo.ts';
import { runStep, siloStackOf, tenantBefore } from '../../../support/onboarding.ts';
import { send, staffClaims } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, type World } from '../../../support/world.ts';

collectOutput();
let world: World;
let tenantId: string;
const diff = (of = tenantId) => send(handler, 'DiffSilo', { path: { tenantId: of }, claims: staffClaims });

/** Puts the current template where the deployment puts it: beside the code. */
const deploy = (template: string) => writeFile(join(process.env['LAMBDA_TASK_ROOT'] as string, 'silo-template.json'), template);

beforeAll(async () => {
  process.env['LAMBDA_TASK_ROOT'] = await mkdtemp(join(tmpdir(), 'tenantry-diff-silo-'));
});
afterAll(() => rm(process.env['LAMBDA_TASK_ROOT'] as string, { recursive: true }));
beforeEach(async () => {
  world = newWorld();
  await deploy(world.silos.template);
  tenantId = await tenantBefore(world, 'DeploySilo');
});

test('a silo that was made of the current template differs in nothing', async () => {
  await runStep(world, 'DeploySilo', tenantId);
  const { status, body } = await diff();
  expect({ status, body }).toEqual({
    status: 200,
    body: { tenantId, templateVersion: '0123456789ab', currentVersion: '0123456789ab', differences: [] },
  });
});

test('after the template has changed, says what this silo does not have as the current template has it', async () => {
  await runStep(world, 'DeploySilo', tenantId);
  const Key = { Type: 'AWS::KMS::Key', Properties: { EnableKeyRotation: false } };
  await deploy(JSON.stringify({ Resources: { Key, Bucket: { Type: 'AWS::S3::Bucket' } } }));
  expect((await diff()).body.differences).toEqual([
    { change: 'added', section: 'Resources', name: 'Bucket', type: 'AWS::S3::Bucket' },
    { change: 'changed', section: 'Resources', name: 'Key', type: 'AWS::KMS::Key', differs: ['Properties.EnableKeyRotation'] },
  ]);
});

test("without a stack, or with one of its name that is not the tenant's, is 404", async () => {
  const nobody = '99999999-9999-4999-8999-999999999999';
  world.silos.create({ StackName: siloStackOf(nobody).StackName });
  for (const tenant of [nobody, '88888888-8888-4888-8888-888888888888']) {
    const { status, body } = await diff(tenant);
    expect([status, body.detail]).toEqual([404, expect.stringContaining('no silo')]);
  }
});
