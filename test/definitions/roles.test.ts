import { beforeAll, describe, expect, test } from '@jest/globals';
import { onboardSteps } from '../../contracts/steps.ts';
import { type Assembly, type Resource, synthesisedAssembly } from '../support/assembly.ts';
import { permissionsOf, words } from '../support/template-words.ts';

const throughDynamoDb = 'if StringEquals(kms:ViaService, dynamodb.AWS::Region.AWS::URLSuffix)';
const forATenant = 'if Null(kms:EncryptionContext:tenantId, false)';
const ownKeysAlone = (key: string, operator: string) =>
  `if ${operator}(dynamodb:LeadingKeys, ${key}) and Null(dynamodb:LeadingKeys, false)`;

const read = [`kms:Decrypt on TableKey ${throughDynamoDb}`];
const write = [...read, `kms:GenerateDataKey on TableKey ${throughDynamoDb}`];
const commit = [
  'dynamodb:GetItem on TenantRecordsTenants',
  'dynamodb:PutItem on TenantRecordsTenants',
  'dynamodb:PutItem on TenantRecordsEvents',
  ...write,
];
const openPeople = [
  'dynamodb:GetItem on PeopleVaultPeople',
  'dynamodb:GetItem on PeopleVaultPeopleKeys',
  `kms:Decrypt on PeopleVaultPeopleKey ${forATenant}`,
];
const actAsTenant = ['sts:AssumeRole on PooledTenantRole', 'sts:TagSession on PooledTenantRole'];
const users = (...actions: string[]) => actions.map((action) => `cognito-idp:${action} on TenantUsersUserPool`);
const deadLetters = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'].map(
  (action) => `${action} on ReactionsDeadLettersQueue`,
);
const readStream = [
  'dynamodb:DescribeStream on TenantRecordsTenants',
  'dynamodb:GetRecords on TenantRecordsTenants',
  'dynamodb:GetShardIterator on TenantRecordsTenants',
  'dynamodb:ListStreams on TenantRecordsTenants/stream/*',
  ...deadLetters,
];
const executions = 'arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:OnboardTenantStateMachine:*';

/** All that each handler may do, beside writing its own log. */
const expected: Record<string, readonly string[]> = {
  PlanTenant: commit,
  EstablishIsolation: [...commit, ...actAsTenant],
  CreateAdminUser: [...commit, ...openPeople, 'kms:GenerateMac on UsernameMacKey', ...users('AdminCreateUser', 'AdminGetUser')],
  TestTenant: [...commit, ...actAsTenant, ...users('AdminGetUser', 'AdminInitiateAuth', 'AdminSetUserPassword')],
  ActivateTenant: commit,
  InviteAdministrator: [...commit, ...users('AdminCreateUser', 'AdminGetUser')],
  EmitTenantProvisioned: [
    ...commit,
    'events:PutEvents on TenantEventsBus if StringEquals(events:detail-type, TenantProvisioned) and StringEquals(events:source, tenantry.tenants)',
  ],
  StartOnboarding: [
    'dynamodb:GetItem on TenantRecordsTenants',
    ...read,
    'states:StartExecution on OnboardTenantStateMachine',
    ...readStream,
  ],
  ExpireSignups: [
    ...commit,
    'dynamodb:Query on TenantRecordsTenants/index/ByStatus',
    `dynamodb:DeleteItem on TenantRecordsTenants ${ownKeysAlone('SLUG#*', 'ForAllValues:StringLike')}`,
    ...deadLetters,
  ],
  CreateSignup: [
    ...commit,
    'dynamodb:PutItem on PeopleVaultPeople',
    'dynamodb:PutItem on PeopleVaultPeopleKeys',
    `kms:GenerateDataKey on PeopleVaultPeopleKey ${forATenant}`,
    'kms:GenerateMac on SignupMacKey',
  ],
  GetSignup: ['dynamodb:Query on TenantRecordsTenants', ...read],
  ShowConfirmation: [],
  ConfirmSignup: commit,
  SendConfirmation: [
    'dynamodb:GetItem on TenantRecordsTenants',
    'dynamodb:PutItem on TenantRecordsTenants',
    ...write,
    ...openPeople,
    'kms:GenerateMac on SignupMacKey',
    'ses:SendEmail on arn:AWS::Partition:ses:AWS::Region:AWS::AccountId:identity/onboarding@example.com if StringEquals(ses:FromAddress, onboarding@example.com)',
    ...readStream,
  ],
  ListTenants: [
    'dynamodb:BatchGetItem on TenantRecordsTenants',
    'dynamodb:Query on TenantRecordsTenants/index/ByStatus',
    'dynamodb:Query on TenantRecordsTenants/index/ByTier',
    ...read,
  ],
  GetTenant: ['dynamodb:Query on TenantRecordsTenants', ...read],
  ListTenantEvents: ['dynamodb:Query on TenantRecordsEvents', ...read],
  RedriveTenant: [
    ...commit,
    'dynamodb:Query on TenantRecordsTenants',
    `states:DescribeExecution on ${executions}`,
    `states:RedriveExecution on ${executions}`,
  ],
};

let assembly: Assembly;
let resources: Resource[];
const functions = () => resources.filter(({ type }) => type === 'AWS::Lambda::Function');
const nameOf = (lambda: Resource) => lambda.path.split('/').at(-2) as string;
const roleOf = (lambda: Resource) => resources.find(({ id }) => id === lambda.properties.Role['Fn::GetAtt'][0]) as Resource;
const role = (path: string) => resources.find((each) => each.type === 'AWS::IAM::Role' && each.path === path) as Resource;

beforeAll(async () => {
  assembly = await synthesisedAssembly();
  resources = assembly.resources();
}, 120_000);

test('every function is listed here with all that it may do', () => {
  expect(functions().map(nameOf).sort()).toEqual(Object.keys(expected).sort());
});

test.each(Object.keys(expected))('%s may do exactly what its code does', (name) => {
  const lambda = functions().find((each) => nameOf(each) === name) as Resource;
  const log = words(lambda.properties.LoggingConfig.LogGroup);
  const ownLog = [`logs:CreateLogStream on ${log}`, `logs:PutLogEvents on ${log}`];
  expect(log).toMatch(new RegExp(`${name}Log$`));
  expect(permissionsOf(roleOf(lambda), resources)).toEqual([...new Set([...(expected[name] ?? []), ...ownLog])].sort());
  expect(roleOf(lambda).properties.ManagedPolicyArns).toBeUndefined();
});

test('no two functions share a role', () => {
  const roles = functions().map((lambda) => roleOf(lambda).id);
  expect(new Set(roles).size).toBe(roles.length);
});

test('the workflow may invoke its steps, and write its log and traces, which AWS offers no narrower resource for', () => {
  const [invoke, other] = Object.values(
    Object.groupBy(permissionsOf(role('Tenantry-Pipeline/OnboardTenant/Role'), resources), (line) =>
      line.startsWith('lambda:') ? 'invoke' : 'other',
    ),
  );
  expect(invoke).toEqual(onboardSteps.map((step) => `lambda:InvokeFunction on ${step}Function`).sort());
  for (const line of other ?? []) expect(line).toMatch(/^(logs|xray):\w+ on \*$/);
});

describe('a pooled tenant', () => {
  const path = 'Tenantry-Pipeline/PooledTenantRole/Role';

  test('reaches the items under its own id and nothing else', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM's policy language.
    const own = ownKeysAlone('${aws:PrincipalTag/tenantId}', 'ForAllValues:StringEquals');
    const actions = ['BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'];
    expect(permissionsOf(role(path), resources)).toEqual(
      [...actions.map((action) => `dynamodb:${action} on TenantDataTable ${own}`), ...write].sort(),
    );
  });

  test('is acted for by two steps alone, and only with one tag, the tenant', () => {
    const statements: { Action: string[]; Principal: { AWS: unknown }; Condition: unknown }[] =
      role(path).properties.AssumeRolePolicyDocument.Statement;
    for (const { Action, Condition } of statements) {
      expect(Action).toEqual(['sts:AssumeRole', 'sts:TagSession']);
      expect(Condition).toEqual({
        Null: { 'aws:RequestTag/tenantId': 'false' },
        'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenantId'] },
      });
    }
    const principals = statements.flatMap(({ Principal }) => [Principal.AWS].flat()).map(words);
    expect(principals.sort()).toEqual(['EstablishIsolationRole', 'TestTenantRole']);
    expect(role(path).properties.MaxSessionDuration).toBe(3_600);
  });
});

test('nothing but the listed roles exists, and none has more', () => {
  const known = [
    ...functions().map((lambda) => roleOf(lambda).path),
    'Tenantry-Pipeline/OnboardTenant/Role',
    'Tenantry-Pipeline/PooledTenantRole/Role',
    'Tenantry-Pipeline/ExpireSignups/ScheduleRole',
    'Tenantry-Api/Api/RestApi/CloudWatchRole',
  ];
  expect(
    resources
      .filter(({ type }) => type === 'AWS::IAM::Role')
      .map(({ path }) => path)
      .sort(),
  ).toEqual(known.sort());
  expect(permissionsOf(role('Tenantry-Pipeline/ExpireSignups/ScheduleRole'), resources)).toEqual([
    'lambda:InvokeFunction on ExpireSignupsFunction',
    'sqs:SendMessage on ReactionsDeadLettersQueue',
  ]);
});
