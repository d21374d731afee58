import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadCatalog } from '../../catalog/catalog.ts';
import { type Assembly, type Resource, stackIds, synthesisedAssembly } from '../support/assembly.ts';
import { permissions, permissionsOf, words } from '../support/template-words.ts';

interface SiloResource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape is CloudFormation's, a different one for each type.
  readonly Properties: any;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

let assembly: Assembly;
let text: string;
let template: { Resources: Record<string, SiloResource>; Parameters: Record<string, unknown>; Outputs: Record<string, unknown> };
const ofType = (type: string) => Object.values(template.Resources).filter(({ Type }) => Type === type);
const only = (type: string) => {
  const [found, ...others] = ofType(type);
  expect(others).toEqual([]);
  return found as SiloResource;
};
const pipeline = (path: string) =>
  assembly.resources(undefined, 'Tenantry-Pipeline').find((each) => each.path === `Tenantry-Pipeline/${path}`) as Resource;

const templateFiles = () => readdirSync(assembly.directory).filter((file) => /^asset\..*\.json$/.test(file));

beforeAll(async () => {
  assembly = await synthesisedAssembly();
  text = templateFiles()
    .map((file) => readFileSync(join(assembly.directory, file), 'utf8'))
    .find((content) => content.includes('one tenant')) as string;
  template = JSON.parse(text);
});

test("the template has a tenant's table, bucket, key, users and role, and nothing else", () => {
  expect(
    Object.values(template.Resources)
      .map(({ Type }) => Type)
      .sort(),
  ).toEqual([
    'AWS::Cognito::UserPool',
    'AWS::Cognito::UserPoolClient',
    'AWS::DynamoDB::GlobalTable',
    'AWS::IAM::Role',
    'AWS::KMS::Key',
    'AWS::S3::Bucket',
    'AWS::S3::BucketPolicy',
  ]);
  expect(Object.keys(template.Parameters).sort()).toEqual(['BoundaryArn', 'TenantId', 'VendorRoleArn']);
});

test('it is the one that DeploySilo deploys, and its version is its hash', () => {
  const { Environment } = pipeline('DeploySilo/Function').properties;
  expect(Environment.Variables.SILO_TEMPLATE_VERSION).toBe(createHash('sha256').update(text).digest('hex').slice(0, 12));
  const file = templateFiles().find((name) => readFileSync(join(assembly.directory, name), 'utf8') === text);
  expect(words(Environment.Variables.SILO_TEMPLATE_URL)).toContain(file?.slice('asset.'.length));
});

test('it is the one that DiffSilo compares with, and lies beside its code', () => {
  const [route] = assembly.resources('AWS::Lambda::Function').filter(({ path }) => path.endsWith('DiffSilo/Function'));
  if (!route) throw new Error('There is no function DiffSilo.');
  const { SILO_TEMPLATE_FILE, SILO_TEMPLATE_VERSION } = route.properties.Environment.Variables;
  const directory = `asset.${route.properties.Code.S3Key.split('.')[0]}`;
  expect(readFileSync(join(assembly.directory, directory, SILO_TEMPLATE_FILE), 'utf8')).toBe(text);
  expect(SILO_TEMPLATE_VERSION).toBe(createHash('sha256').update(text).digest('hex').slice(0, 12));
});

test('what holds data is kept by everything but the failure of its own creation', () => {
  for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::KMS::Key', 'AWS::Cognito::UserPool'])
    expect({ type, ...only(type) }).toMatchObject({ type, DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  // A protected resource could not be taken away again when a later one fails.
  expect(only('AWS::DynamoDB::GlobalTable').Properties.Replicas[0].DeletionProtectionEnabled ?? false).toBe(false);
  expect(only('AWS::Cognito::UserPool').Properties.DeletionProtection ?? 'INACTIVE').toBe('INACTIVE');
});

test('it is as strict as the pool: encrypted under its own key, recoverable, private', () => {
  const { Replicas, BillingMode } = only('AWS::DynamoDB::GlobalTable').Properties;
  expect(BillingMode).toBe('PAY_PER_REQUEST');
  expect(words(Replicas[0].SSESpecification.KMSMasterKeyId)).toMatch(/^Key/);
  expect(Replicas[0].PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled).toBe(true);
  expect(only('AWS::S3::Bucket').Properties.PublicAccessBlockConfiguration.RestrictPublicBuckets).toBe(true);
  expect(only('AWS::KMS::Key').Properties.EnableKeyRotation).toBe(true);
  expect(only('AWS::Cognito::UserPool').Properties.AdminCreateUserConfig.AllowAdminCreateUserOnly).toBe(true);
});

describe("a silo's role", () => {
  test('is assumed by the vending function alone, for its own tenant, within the boundary', () => {
    const { Properties } = only('AWS::IAM::Role');
    expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['sts:AssumeRole', 'sts:TagSession'],
        Principal: { AWS: { Ref: 'VendorRoleArn' } },
        Condition: {
          StringEquals: { 'aws:RequestTag/tenantId': { Ref: 'TenantId' } },
          'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenantId'] },
        },
      },
    ]);
    expect(Properties.PermissionsBoundary).toEqual({ Ref: 'BoundaryArn' });
    expect(Properties.Path).toBe('/tenantry/silo/');
  });

  test('reaches its own stores and nothing else', () => {
    const lines = permissions(only('AWS::IAM::Role').Properties.Policies[0].PolicyDocument.Statement);
    for (const line of lines) expect(line).toMatch(/ on (TenantDataTable|TenantDataBucket|Key)/);
    expect(lines.filter((line) => /\bon \*|Scan/.test(line))).toEqual([]);
  });

  test("can by its boundary never have more than the data of its session's tenant", () => {
    const { PolicyDocument } = pipeline('Silos/Boundary/Policy').properties;
    const lines = permissions(PolicyDocument.Statement);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM's policy language.
    for (const line of lines) expect(line.includes('${aws:PrincipalTag/tenantId}') || line.includes('kms:ViaService')).toBe(true);
    expect(lines.map((line) => line.split(':')[0]).filter((service) => !['dynamodb', 's3', 'kms'].includes(service as string))).toEqual([]);
  });
});

describe('the role in which silos are made', () => {
  const lines = () => permissionsOf(pipeline('Silos/DeploymentRole/Role'), assembly.resources());

  test('makes no role without the boundary', () => {
    const makers = lines().filter((line) => /^iam:(CreateRole|Put\w+) /.test(line));
    expect(makers).toHaveLength(3);
    for (const line of makers)
      expect(line).toMatch(/role\/tenantry\/silo\/tenantry-silo-\* if StringEquals\(iam:PermissionsBoundary, SilosBoundaryPolicy/);
    expect(lines().filter((line) => /iam:(Attach|PassRole|UpdateAssume|CreatePolicy)/.test(line))).toEqual([]);
  });

  test('reads no data, and touches only what is named or tagged as a silo', () => {
    expect(lines().filter((line) => /dynamodb:(Get|Put|Query|Scan|Batch)\w*Item|s3:(Get|Put|Delete)Object/.test(line))).toEqual([]);
    for (const line of lines()) expect(line).toMatch(/tenantry-silo-\*|tenantry:tenantId|AWSServiceRoleForAmazonCognitoIdpEmailService/);
  });
});

test("a cell's limits leave room for what the deployment itself takes of the account's quotas", () => {
  const quotas = { stacks: 2_000, roles: 1_000, userPools: 1_000 };
  const count = (type: string) => assembly.resources(type).length;
  const own = { stacks: stackIds.length, roles: count('AWS::IAM::Role'), userPools: count('AWS::Cognito::UserPool') };
  expect(Math.min(...Object.values(own))).toBeGreaterThan(1);
  for (const { limits } of loadCatalog().cells)
    for (const quota of ['stacks', 'roles', 'userPools'] as const) expect(limits[quota] + own[quota]).toBeLessThanOrEqual(quotas[quota]);
});
