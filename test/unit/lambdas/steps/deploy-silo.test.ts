import { beforeEach, describe, expect, test } from '@jest/globals';
import { changeTenant, eventsOf, runStep, siloStackOf, siloTenant, stepRecord, tenantOf } from '../../../support/onboarding.ts';
import { collectOutput } from '../../../support/standard-output.ts';
import { newWorld, type World } from '../../../support/world.ts';

/* What the conformance suite does not show: the phases of a stack, and what a failed one becomes. */

collectOutput();
let world: World;
let tenantId: string;
let StackName: string;
const ask = (changes = {}) => runStep(world, 'DeploySilo', tenantId, changes);
const become = (status: string) => world.silos.become(StackName, status);
const record = () => stepRecord(world, tenantId, 'DeploySilo');
const stackId = () => world.silos.stacks.get(StackName)?.StackId;
const fails = (changes = {}) =>
  ask(changes).then(
    () => 'nothing',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

beforeEach(async () => {
  world = newWorld();
  tenantId = await siloTenant(world);
  ({ StackName } = siloStackOf(tenantId));
});

test('starts the stack, says that it is unfinished, and is done when the stack is', async () => {
  expect(await ask()).toMatchObject({ stackName: StackName, ready: false });
  expect(world.silos.stacks.get(StackName)).toMatchObject({ StackStatus: 'CREATE_IN_PROGRESS', EnableTerminationProtection: false });
  expect(await ask()).toMatchObject({ ready: false });
  expect(tenantOf(world, tenantId).silo).toBeUndefined();
  become('CREATE_COMPLETE');
  const result = await ask();
  expect(result).toMatchObject({ ready: true, templateVersion: '0123456789ab' });
  expect(world.silos.stacks.get(StackName)?.EnableTerminationProtection).toBe(true);
  expect(tenantOf(world, tenantId).silo).toMatchObject({
    stackId: stackId(),
    templateVersion: '0123456789ab',
    tableName: `TableName of ${StackName}`,
  });
  expect(await ask({ redriveCount: 1 })).toEqual(result);
});

test('waits longer the longer it takes, and writes nothing while it waits', async () => {
  await ask();
  const before = eventsOf(world, tenantId).length;
  const waits: unknown[] = [];
  for (const seconds of [0, 20, 40, 600]) {
    world.advance(seconds * 1_000);
    waits.push((await ask())['askAgainSeconds']);
  }
  expect(waits).toEqual([2, 5, 15, 30]);
  expect(eventsOf(world, tenantId)).toHaveLength(before);
  expect(record()?.attempt).toBe(1);
});

test('asked by a redrive, or in another generation, begins another attempt; asked again by the same execution does not', async () => {
  await ask();
  await ask({ redriveCount: 1 });
  expect(record()).toMatchObject({ attempt: 2, redriveCount: 1 });
  const { run } = tenantOf(world, tenantId);
  changeTenant(world, tenantId, { run: { ...(run as NonNullable<typeof run>), generation: 2 } });
  await ask({ redriveCount: 1 });
  await ask({ redriveCount: 1 });
  expect(record()).toMatchObject({ attempt: 3, generation: 2 });
});

test('a stack that failed and does not say why took too long', async () => {
  await ask();
  become('ROLLBACK_COMPLETE');
  expect(await fails()).toMatch(/^CheckFailed: .*took too long/);
});

test('a stack that does not say what it is made of fails the step', async () => {
  await ask();
  become('CREATE_COMPLETE');
  Object.assign(world.silos.stacks.get(StackName) ?? {}, { Outputs: [] });
  await expect(ask()).rejects.toThrow();
  expect(record()?.state).toBe('FAILED');
  expect(tenantOf(world, tenantId).silo).toBeUndefined();
});

test('a lost answer of the creation makes no second stack', async () => {
  world.loseAnswer('CreateStack');
  await expect(ask()).rejects.toThrow();
  expect(await ask({ retryCount: 1 })).toMatchObject({ ready: false });
  expect(stackId()).toMatch(/\/1$/);
});

describe('a stack that could not be made', () => {
  const failure = (ResourceType: string, ResourceStatusReason: string) => {
    world.silos.say(StackName, 'CREATE_FAILED', { LogicalResourceId: 'Part', ResourceType, ResourceStatusReason });
    world.silos.say(StackName, 'CREATE_FAILED', {
      LogicalResourceId: 'Other',
      ResourceType: 'AWS::KMS::Key',
      ResourceStatusReason: 'Resource creation cancelled',
    });
    world.silos.say(StackName, 'DELETE_COMPLETE', { LogicalResourceId: 'Other', ResourceType: 'AWS::KMS::Key' });
    become('ROLLBACK_COMPLETE');
  };

  test.each([
    [
      'AWS::KMS::Key',
      'HandlerErrorCode: ServiceLimitExceeded)',
      'quota',
      'encryption key could not be made: a limit of our platform has been reached.',
    ],
    [
      'AWS::S3::Bucket',
      'HandlerErrorCode: AlreadyExists)',
      'bug',
      'file store could not be made: something of the same name is in its place.',
    ],
    [
      'AWS::DynamoDB::GlobalTable',
      'HandlerErrorCode: Throttling)',
      'retry',
      'data table could not be made: a service did not do its part in time.',
    ],
    [
      'AWS::IAM::Role',
      'User: arn:aws:sts::1:x is not authorized to perform: iam:CreateRole',
      'bug',
      'access role could not be made: a permission is missing on our side.',
    ],
    [
      'AWS::Cognito::UserPool',
      'Something else with arn:aws:secret',
      'bug',
      'user directory could not be made: it met a fault on our side.',
    ],
  ])('says why in words: %s, %s', async (type, reason, failureClass, words) => {
    await ask();
    failure(type, reason);
    expect(await fails()).toBe(`CheckFailed: The tenant's own ${words}`);
    expect(record()?.failure).toMatchObject({
      class: failureClass,
      reason: `The tenant's own ${words}`,
      operation: `CloudFormation: CREATE_FAILED of Part (${type})`,
    });
    expect(JSON.stringify(record())).not.toContain('arn:');
  });

  test('is left as it is by a retry, and cleared away and made again by a redrive', async () => {
    await ask();
    failure('AWS::KMS::Key', 'HandlerErrorCode: InternalFailure');
    expect(await fails()).toMatch(/^CheckFailed/);
    expect(await fails({ retryCount: 1 })).toMatch(/^CheckFailed/);
    expect(world.silos.stacks.get(StackName)?.StackStatus).toBe('ROLLBACK_COMPLETE');

    expect(await ask({ redriveCount: 1 })).toMatchObject({ ready: false });
    expect(world.silos.stacks.get(StackName)?.StackStatus).toBe('DELETE_IN_PROGRESS');
    expect(await ask({ redriveCount: 1 })).toMatchObject({ ready: false });
    become('DELETE_COMPLETE');
    expect(await ask({ redriveCount: 1 })).toMatchObject({ ready: false });
    expect(stackId()).toMatch(/\/2$/);
    become('CREATE_COMPLETE');
    expect(await ask({ redriveCount: 1 })).toMatchObject({ ready: true });
  });

  test('and cannot be cleared away fails the redrive, which can be tried again', async () => {
    await ask();
    failure('AWS::S3::Bucket', 'HandlerErrorCode: InternalFailure');
    await fails();
    await ask({ redriveCount: 1 });
    world.silos.say(StackName, 'DELETE_FAILED', {
      LogicalResourceId: 'Part',
      ResourceType: 'AWS::S3::Bucket',
      ResourceStatusReason: 'AccessDenied',
    });
    become('DELETE_FAILED');
    expect(await fails({ redriveCount: 1 })).toMatch(
      "The tenant's own file store from a failed attempt could not be cleared away: a permission is missing on our side.",
    );
    expect(await ask({ redriveCount: 2 })).toMatchObject({ ready: false });
    expect(world.silos.stacks.get(StackName)?.StackStatus).toBe('DELETE_IN_PROGRESS');
  });

  test('by a redrive with a number that begins like the present one is not taken for the present one', async () => {
    await ask({ redriveCount: 10 });
    become('ROLLBACK_COMPLETE');
    expect(await ask({ redriveCount: 1 })).toMatchObject({ ready: false });
    expect(world.silos.stacks.get(StackName)?.StackStatus).toBe('DELETE_IN_PROGRESS');
  });
});
