import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Assembly, type Resource, synthesisedAssembly } from '../support/assembly.ts';
import { words } from '../support/template-words.ts';

const stack = 'Tenantry-Data';
let assembly: Assembly;
const ofType = (type: string) => assembly.resources(type, stack);
const tables = () => ofType('AWS::DynamoDB::GlobalTable');
const at = (path: string) => assembly.resources(undefined, stack).find((each) => each.path === `${stack}/${path}`) as Resource;

const statefulTypes = [
  'AWS::DynamoDB::GlobalTable',
  'AWS::S3::Bucket',
  'AWS::KMS::Key',
  'AWS::Cognito::UserPool',
  'AWS::Route53::HostedZone',
];

beforeAll(async () => {
  assembly = await synthesisedAssembly();
});

/** CloudFormation replaces what gets another logical id: with data in it, that is a loss. Change a line only with a migration. */
test('what holds data keeps its logical id', () => {
  const stateful = assembly
    .resources()
    .filter(({ type }) => statefulTypes.includes(type))
    .map(({ id, path }) => `${path.split('/')[0]} ${id}`);
  expect(stateful.sort()).toEqual([
    'Tenantry-Data HostNamesZone9848A3F5',
    'Tenantry-Data PeopleVaultPeople334C0F22',
    'Tenantry-Data PeopleVaultPeopleKey7567344B',
    'Tenantry-Data PeopleVaultPeopleKeys776EABF8',
    'Tenantry-Data SignupMacKey1259A4EF',
    'Tenantry-Data StaffUserPoolD07ABD1C',
    'Tenantry-Data TableKeyF581D96F',
    'Tenantry-Data TenantDataBucket7376A0FC',
    'Tenantry-Data TenantDataTableD9D07750',
    'Tenantry-Data TenantKey8692782D',
    'Tenantry-Data TenantRecordsEvents35BE634D',
    'Tenantry-Data TenantRecordsFindings683190CD',
    'Tenantry-Data TenantRecordsTenants8AAB1059',
    'Tenantry-Data TenantUsersUserPoolBA158B82',
    'Tenantry-Data UsernameMacKey533AE055',
    'Tenantry-Operations AlarmsKey3C2381B3',
  ]);
});

test('the stack cannot be deleted by a slip of the hand', () => {
  const manifest = JSON.parse(readFileSync(join(assembly.directory, 'manifest.json'), 'utf8'));
  expect(manifest.artifacts[stack].properties.terminationProtection).toBe(true);
});

test('nothing in it is deleted with it, or when it is replaced', () => {
  const stateful = statefulTypes.flatMap(ofType);
  expect(stateful).toHaveLength(15);
  for (const { deletionPolicy, updateReplacePolicy } of stateful)
    expect({ deletionPolicy, updateReplacePolicy }).toEqual({ deletionPolicy: 'Retain', updateReplacePolicy: 'Retain' });
  for (const { properties } of ofType('AWS::Cognito::UserPool')) expect(properties.DeletionProtection).toBe('ACTIVE');
});

describe('every table', () => {
  test('is protected from deletion, encrypted under our key, and paid by request', () => {
    expect(tables()).toHaveLength(6);
    for (const { properties } of tables()) {
      expect(properties.BillingMode).toBe('PAY_PER_REQUEST');
      expect(properties.SSESpecification).toEqual({ SSEEnabled: true, SSEType: 'KMS' });
      const [replica] = properties.Replicas;
      expect(properties.Replicas).toHaveLength(1);
      expect(replica.DeletionProtectionEnabled).toBe(true);
      expect(words(replica.SSESpecification.KMSMasterKeyId)).toBe('TableKey');
    }
  });

  test('can be brought back in time, but for the keys of people, who must stay erased', () => {
    const recoverable = Object.fromEntries(
      tables().map(({ path, properties }) => [
        path.split('/').slice(1).join('/'),
        properties.Replicas[0].PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled,
      ]),
    );
    expect(recoverable).toEqual({
      'TenantRecords/Tenants': true,
      'TenantRecords/Events': true,
      'TenantRecords/Findings': true,
      'PeopleVault/People': true,
      'PeopleVault/PeopleKeys': false,
      'TenantData/Table': true,
    });
  });
});

test('keys and indexes of the tables are those that the handlers use', () => {
  const keys = Object.fromEntries(
    tables().map(({ path, properties }) => [
      path.split('/').at(-1),
      properties.KeySchema.map(({ AttributeName }: { AttributeName: string }) => AttributeName),
    ]),
  );
  expect(keys).toEqual({
    Tenants: ['pk', 'sk'],
    Events: ['tenantId', 'seq'],
    Findings: ['subject', 'findingId'],
    People: ['tenantId', 'personId'],
    PeopleKeys: ['tenantId'],
    Table: ['tenantId', 'itemId'],
  });
  const { GlobalSecondaryIndexes, StreamSpecification } = at('TenantRecords/Tenants').properties;
  expect(GlobalSecondaryIndexes).toEqual(
    [
      ['ByStatus', 'statusPartition'],
      ['ByTier', 'tierPartition'],
      ['Unfinished', 'unfinishedPartition'],
    ].map(([IndexName, partition]) => ({
      IndexName,
      KeySchema: [
        { AttributeName: partition, KeyType: 'HASH' },
        { AttributeName: 'listPosition', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    })),
  );
  expect(StreamSpecification).toEqual({ StreamViewType: 'NEW_AND_OLD_IMAGES' });
});

test('nobody changes or deletes an audit event, whatever their own policies allow', () => {
  const [{ ResourcePolicy }] = at('TenantRecords/Events').properties.Replicas;
  const [statement, ...others] = ResourcePolicy.PolicyDocument.Statement;
  expect(others).toEqual([]);
  expect(statement).toMatchObject({ Effect: 'Deny', Principal: { AWS: '*' } });
  expect(statement).not.toHaveProperty('Condition');
  expect([...statement.Action].sort()).toEqual([
    'dynamodb:BatchWriteItem',
    'dynamodb:DeleteItem',
    'dynamodb:PartiQLDelete',
    'dynamodb:PartiQLUpdate',
    'dynamodb:UpdateItem',
  ]);
});

test('keys that encrypt are rotated, and keys that derive names are HMACs', () => {
  for (const path of ['TableKey', 'TenantKey', 'PeopleVault/PeopleKey']) expect(at(path).properties.EnableKeyRotation).toBe(true);
  for (const path of ['SignupMac/Key', 'UsernameMac/Key'])
    expect(at(path).properties).toMatchObject({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
});

describe('the users', () => {
  test('of tenants are made by us alone, belong to one tenant for good, and are mailed from our address', () => {
    const { properties } = at('TenantUsers/UserPool');
    expect(properties.AdminCreateUserConfig.AllowAdminCreateUserOnly).toBe(true);
    expect(properties.AdminCreateUserConfig.InviteMessageTemplate.EmailMessage).toMatch(/\{username\}.*\{####\}/);
    expect(properties).not.toHaveProperty('AliasAttributes');
    expect(properties).not.toHaveProperty('UsernameAttributes');
    expect(properties.Schema).toContainEqual(expect.objectContaining({ Name: 'tenantId', AttributeDataType: 'String', Mutable: false }));
    expect(properties.EmailConfiguration).toMatchObject({ EmailSendingAccount: 'DEVELOPER', From: 'onboarding@example.com' });
    expect(properties.Policies.PasswordPolicy).toMatchObject({
      RequireLowercase: true,
      RequireUppercase: true,
      RequireNumbers: true,
      RequireSymbols: true,
    });
    expect(properties.Policies.PasswordPolicy.MinimumLength).toBeGreaterThanOrEqual(12);
  });

  test('of tenants are probed by a client that can do nothing but that', () => {
    expect(at('TenantUsers/UserPool/Probe').properties).toMatchObject({
      ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH'],
      GenerateSecret: false,
      PreventUserExistenceErrors: 'ENABLED',
    });
  });

  test('of the staff need a one-time code and get short sessions without ever sending their password', () => {
    expect(at('Staff/UserPool').properties).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      AccountRecoverySetting: { RecoveryMechanisms: [{ Name: 'admin_only', Priority: 1 }] },
    });
    expect(at('Staff/UserPool/Operators').properties.GroupName).toBe('operators');
    expect(at('Staff/UserPool/Client').properties).toMatchObject({
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      AccessTokenValidity: 15,
      IdTokenValidity: 15,
      TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes' },
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: true,
    });
  });
});

test("the bucket of tenants' data is private, encrypted under our key, and gives back what was deleted for 35 days", () => {
  const { properties } = at('TenantData/Bucket');
  expect(properties.PublicAccessBlockConfiguration).toEqual({
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  });
  const [{ ServerSideEncryptionByDefault }] = properties.BucketEncryption.ServerSideEncryptionConfiguration;
  expect(words(ServerSideEncryptionByDefault.KMSMasterKeyID)).toBe('TableKey');
  expect(properties.VersioningConfiguration).toEqual({ Status: 'Enabled' });
  expect(properties.LifecycleConfiguration.Rules).toMatchObject([{ NoncurrentVersionExpiration: { NoncurrentDays: 35 } }]);
});
