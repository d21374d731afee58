import { beforeAll, describe, expect, test } from '@jest/globals';
import { workflows } from '../../contracts/steps.ts';
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
const derive = 'kms:GenerateMac on UsernameMacKey';
const releaseSlug = `dynamodb:DeleteItem on TenantRecordsTenants ${ownKeysAlone('SLUG#*', 'ForAllValues:StringLike')}`;
const askForCredentials = ['lambda:InvokeFunction on CredentialsVendorVendCredentialsFunction'];
const siloPools = 'arn:AWS::Partition:cognito-idp:AWS::Region:AWS::AccountId:userpool/* if Null(aws:ResourceTag/tenantry:tenantId, false)';
const users = (...actions: string[]) =>
  actions.flatMap((action) => [`cognito-idp:${action} on TenantUsersUserPool`, `cognito-idp:${action} on ${siloPools}`]);
const siloRoles = 'arn:AWS::Partition:iam::AWS::AccountId:role/tenantry/silo/tenantry-silo-*';
const siloStacks = 'arn:AWS::Partition:cloudformation:AWS::Region:AWS::AccountId:stack/Tenantry-Silo-*/*';
const certificates = 'arn:AWS::Partition:acm:AWS::Region:AWS::AccountId:certificate/*';
const zone = 'arn:AWS::Partition:route53:::hostedzone/HostNamesZone';
const changes = 'route53:ChangeResourceRecordSets';
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
const readPaymentSecret = 'secretsmanager:GetSecretValue on PaymentProviderSecret';
const executionsOf = (workflow: string) => `arn:AWS::Partition:states:AWS::Region:AWS::AccountId:execution:${workflow}StateMachine:*`;
const redrive = (workflow: string) => [
  ...['DescribeExecution', 'DescribeStateMachineForExecution', 'RedriveExecution'].map(
    (action) => `states:${action} on ${executionsOf(workflow)}`,
  ),
  ...['DescribeStateMachine', 'StartExecution'].map((action) => `states:${action} on ${workflow}StateMachine`),
];
const onSilo = 'arn:AWS::Partition:s3:::tenantry-silo-*-AWS::AccountId';
const siloKeys = 'arn:AWS::Partition:kms:AWS::Region:AWS::AccountId:key/* if Null(aws:ResourceTag/tenantry:tenantId, false)';
const passDeploymentRole = 'iam:PassRole on SilosDeploymentRole if StringEquals(iam:PassedToService, cloudformation.amazonaws.com)';

const review = [
  ...commit,
  'dynamodb:Query on TenantRecordsTenants',
  ...['GetItem', 'PutItem', 'Query'].map((action) => `dynamodb:${action} on TenantRecordsFindings`),
  ...['OnboardTenant', 'AbandonTenant'].flatMap((workflow) => [
    `states:StartExecution on ${workflow}StateMachine`,
    `states:DescribeExecution on ${executionsOf(workflow)}`,
  ]),
];

/** All that each handler may do, beside writing its own log and traces. */
const expected: Record<string, readonly string[]> = {
  PlanTenant: [...commit, `dynamodb:UpdateItem on TenantRecordsTenants ${ownKeysAlone('CELL#*', 'ForAllValues:StringLike')}`],
  DeploySilo: [
    ...commit,
    expect.stringMatching(
      /^cloudformation:CreateStack on .*:stack\/Tenantry-Silo-\*\/\* if StringEquals\(cloudformation:RoleArn, SilosDeploymentRole\) and StringEquals\(cloudformation:TemplateUrl, https:\/\/s3\.[^*]+\.json\)$/,
    ) as unknown as string,
    ...['DeleteStack', 'DescribeStackEvents', 'DescribeStacks', 'TagResource', 'UpdateTerminationProtection'].map(
      (action) => `cloudformation:${action} on ${siloStacks}`,
    ),
    passDeploymentRole,
    expect.stringMatching(/^s3:GetObject on arn:.*cdk-hnb659fds-assets[^*]+\.json$/) as unknown as string,
  ],
  RegisterHostName: [
    ...commit,
    releaseSlug,
    'acm:ListCertificates on *',
    ...['DescribeCertificate', 'ListTagsForCertificate'].map((action) => `acm:${action} on ${certificates}`),
    'acm:RequestCertificate on * if ForAllValues:StringLike(acm:DomainNames, *.tenants.example) and Null(acm:DomainNames, false) and Null(aws:RequestTag/tenantry:tenantId, false) and StringEquals(acm:ValidationMethod, DNS)',
    `acm:AddTagsToCertificate on ${certificates} if ForAllValues:StringEquals(aws:TagKeys, tenantry:tenantId, tenantry:request) and Null(aws:RequestTag/tenantry:tenantId, false)`,
    `acm:DeleteCertificate on ${certificates} if Null(aws:ResourceTag/tenantry:tenantId, false)`,
    `route53:ListResourceRecordSets on ${zone}`,
    `${changes} on ${zone} if ForAllValues:StringEquals(${changes}Actions, CREATE, UPSERT, DELETE) and ForAllValues:StringEquals(${changes}RecordTypes, CNAME, TXT) and ForAllValues:StringLike(${changes}NormalizedRecordNames, *.tenants.example) and Null(${changes}NormalizedRecordNames, false)`,
  ],
  EstablishIsolation: [...commit, ...askForCredentials],
  CreateAdminUser: [...commit, ...openPeople, derive, ...users('AdminCreateUser', 'AdminDeleteUser', 'AdminGetUser')],
  TestTenant: [...commit, ...askForCredentials, ...users('AdminGetUser', 'AdminInitiateAuth', 'AdminSetUserPassword')],
  ActivateTenant: commit,
  InviteAdministrator: [...commit, ...users('AdminCreateUser', 'AdminGetUser')],
  EmitTenantProvisioned: [
    ...commit,
    'events:PutEvents on TenantEventsBus if StringEquals(events:detail-type, TenantProvisioned) and StringEquals(events:source, tenantry.tenants)',
  ],
  StopOnboarding: [...commit, `states:StopExecution on ${executionsOf('OnboardTenant')}`],
  EndBilling: [...commit, readPaymentSecret],
  DeleteAdminUser: [...commit, ...openPeople, derive, ...users('AdminDeleteUser', 'AdminGetUser')],
  EraseNamespace: [...commit, ...askForCredentials],
  ReleaseHostName: [
    ...commit,
    'acm:ListCertificates on *',
    `acm:ListTagsForCertificate on ${certificates}`,
    `acm:DeleteCertificate on ${certificates} if Null(aws:ResourceTag/tenantry:tenantId, false)`,
    `route53:ListResourceRecordSets on ${zone}`,
    `${changes} on ${zone} if ForAllValues:StringEquals(${changes}Actions, DELETE) and ForAllValues:StringEquals(${changes}RecordTypes, CNAME, TXT) and ForAllValues:StringLike(${changes}NormalizedRecordNames, *.tenants.example) and Null(${changes}NormalizedRecordNames, false)`,
  ],
  EmptySilo: [
    ...commit,
    ...['DescribeStacks', 'ListStackResources'].map((action) => `cloudformation:${action} on ${siloStacks}`),
    'dynamodb:DeleteTable on arn:AWS::Partition:dynamodb:AWS::Region:AWS::AccountId:table/tenantry-silo-*',
    ...['DeleteBucket', 'ListBucketVersions'].map((action) => `s3:${action} on ${onSilo}`),
    ...['DeleteObject', 'DeleteObjectVersion'].map((action) => `s3:${action} on ${onSilo}/*`),
    ...['DescribeKey', 'ScheduleKeyDeletion'].map((action) => `kms:${action} on ${siloKeys}`),
  ],
  DeleteSilo: [
    ...commit,
    `dynamodb:UpdateItem on TenantRecordsTenants ${ownKeysAlone('CELL#*', 'ForAllValues:StringLike')}`,
    ...['DeleteStack', 'DescribeStackEvents', 'DescribeStacks', 'UpdateTerminationProtection'].map(
      (action) => `cloudformation:${action} on ${siloStacks}`,
    ),
    `cognito-idp:DeleteUserPool on ${siloPools}`,
    'cognito-idp:ListUserPools on *',
    passDeploymentRole,
  ],
  ForgetSignup: [
    ...commit,
    releaseSlug,
    'dynamodb:DeleteItem on PeopleVaultPeople',
    'dynamodb:Query on PeopleVaultPeople',
    'dynamodb:DeleteItem on PeopleVaultPeopleKeys',
  ],
  EmitTenantAbandoned: [
    ...commit,
    'events:PutEvents on TenantEventsBus if StringEquals(events:detail-type, TenantAbandoned) and StringEquals(events:source, tenantry.tenants)',
  ],
  VendCredentials: [
    'dynamodb:GetItem on TenantRecordsTenants',
    ...read,
    'sts:AssumeRole on CredentialsVendorPooledTenantRole',
    'sts:TagSession on CredentialsVendorPooledTenantRole',
    `sts:AssumeRole on ${siloRoles}`,
    `sts:TagSession on ${siloRoles}`,
  ],
  StartOnboarding: [
    'dynamodb:GetItem on TenantRecordsTenants',
    ...read,
    'states:StartExecution on OnboardTenantStateMachine',
    ...readStream,
  ],
  EnqueueBilling: [...commit, 'sqs:SendMessage on BillingQueue'],
  SettleBilling: [
    ...commit,
    readPaymentSecret,
    ...['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes', 'ChangeMessageVisibility'].map(
      (action) => `sqs:${action} on BillingQueue`,
    ),
    'sqs:SendMessage on BillingBillingDeadLettersQueue',
  ],
  ReceivePaymentWebhook: [...commit, readPaymentSecret],
  ExpireSignups: [
    ...commit,
    'dynamodb:Query on TenantRecordsTenants/index/ByStatus',
    releaseSlug,
    'dynamodb:DeleteItem on PeopleVaultPeople',
    'dynamodb:DeleteItem on PeopleVaultPeopleKeys',
    'sqs:SendMessage on BillingQueue',
    ...deadLetters,
  ],
  ReconcileBilling: [
    ...commit,
    'dynamodb:Query on TenantRecordsTenants/index/ByTier',
    ...['GetItem', 'PutItem', 'Query'].map((action) => `dynamodb:${action} on TenantRecordsFindings`),
    'dynamodb:Query on TenantRecordsFindings/index/ByKind',
    readPaymentSecret,
    'sqs:SendMessage on BillingQueue',
    ...deadLetters,
  ],
  WatchCells: [
    ...commit,
    ...['GetItem', 'PutItem', 'Query'].map((action) => `dynamodb:${action} on TenantRecordsFindings`),
    ...deadLetters,
  ],
  CheckBilling: [
    ...commit,
    ...['GetItem', 'PutItem', 'Query'].map((action) => `dynamodb:${action} on TenantRecordsFindings`),
    readPaymentSecret,
  ],
  ReviewRun: [...review, ...deadLetters],
  AttributeRedrive: [
    ...commit,
    ...['OnboardTenant', 'AbandonTenant'].map((workflow) => `states:DescribeExecution on ${executionsOf(workflow)}`),
    ...['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'].map(
      (action) => `${action} on StaffAttributeRedriveDeadLettersQueue`,
    ),
  ],
  SweepTenants: [
    ...review,
    ...['Tenants/index/ByStatus', 'Tenants/index/Unfinished', 'Findings/index/ByKind', 'Findings/index/ByState'].map(
      (index) => `dynamodb:Query on TenantRecords${index}`,
    ),
    ...deadLetters,
  ],
  CreateSignup: [
    ...commit,
    'dynamodb:PutItem on PeopleVaultPeople',
    'dynamodb:PutItem on PeopleVaultPeopleKeys',
    `kms:GenerateDataKey on PeopleVaultPeopleKey ${forATenant}`,
    'kms:GenerateMac on SignupMacKey',
    readPaymentSecret,
  ],
  GetSignup: ['dynamodb:Query on TenantRecordsTenants', 'dynamodb:GetItem on TenantRecordsTenants', ...read],
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
  AbandonTenant: [...commit, 'states:StartExecution on AbandonTenantStateMachine'],
  GetTenant: ['dynamodb:Query on TenantRecordsTenants', ...read],
  ListFindings: [
    'dynamodb:Query on TenantRecordsFindings',
    'dynamodb:Query on TenantRecordsFindings/index/ByKind',
    'dynamodb:Query on TenantRecordsFindings/index/ByState',
    ...read,
  ],
  ListTenantEvents: ['dynamodb:Query on TenantRecordsEvents', ...read],
  ShowOnboarding: ['dynamodb:GetItem on TenantRecordsTenants', ...read],
  PauseOnboarding: [...commit, ...['GetItem', 'PutItem', 'Query'].map((action) => `dynamodb:${action} on TenantRecordsFindings`)],
  ResumeOnboarding: [...commit, ...['GetItem', 'PutItem', 'Query'].map((action) => `dynamodb:${action} on TenantRecordsFindings`)],
  ListCells: [`dynamodb:GetItem on TenantRecordsTenants ${ownKeysAlone('CELL#*', 'ForAllValues:StringLike')}`, ...read],
  ListSilos: ['dynamodb:BatchGetItem on TenantRecordsTenants', 'dynamodb:Query on TenantRecordsTenants/index/ByTier', ...read],
  DiffSilo: [...['DescribeStacks', 'GetTemplate'].map((action) => `cloudformation:${action} on ${siloStacks}`)],
  RetryTenant: [
    ...commit,
    'dynamodb:Query on TenantRecordsTenants',
    releaseSlug,
    ...openPeople,
    'dynamodb:PutItem on PeopleVaultPeople',
    derive,
    'states:StartExecution on OnboardTenantStateMachine',
    `states:DescribeExecution on ${executionsOf('OnboardTenant')}`,
  ],
  RedriveTenant: [...commit, 'dynamodb:Query on TenantRecordsTenants', ...redrive('OnboardTenant'), ...redrive('AbandonTenant')],
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
});

test('every function is listed here with all that it may do', () => {
  expect(functions().map(nameOf).sort()).toEqual(Object.keys(expected).sort());
});

test.each(Object.keys(expected))('%s may do exactly what its code does', (name) => {
  const lambda = functions().find((each) => nameOf(each) === name) as Resource;
  const log = words(lambda.properties.LoggingConfig.LogGroup);
  const traced = lambda.properties.TracingConfig.Mode === 'Active';
  const ownTraces = traced ? ['xray:PutTelemetryRecords on *', 'xray:PutTraceSegments on *'] : [];
  const ownLog = [`logs:CreateLogStream on ${log}`, `logs:PutLogEvents on ${log}`, ...ownTraces];
  expect(log).toMatch(new RegExp(`${name}Log$`));
  const allowed = permissionsOf(roleOf(lambda), resources);
  const wanted = [...new Set([...(expected[name] ?? []), ...ownLog])];
  expect(allowed).toHaveLength(wanted.length);
  expect(allowed).toEqual(expect.arrayContaining(wanted));
  expect(roleOf(lambda).properties.ManagedPolicyArns).toBeUndefined();
});

test('no two functions share a role', () => {
  const roles = functions().map((lambda) => roleOf(lambda).id);
  expect(new Set(roles).size).toBe(roles.length);
});

test.each(Object.entries(workflows))(
  'the workflow %s may invoke its steps, and write its log and traces, which AWS offers no narrower resource for',
  (name, steps) => {
    const path = `Tenantry-Pipeline/${name[0]?.toUpperCase()}${name.slice(1)}Tenant/Role`;
    const [invoke, other] = Object.values(
      Object.groupBy(permissionsOf(role(path), resources), (line) => (line.startsWith('lambda:') ? 'invoke' : 'other')),
    );
    expect(invoke).toEqual(steps.map((step) => `lambda:InvokeFunction on ${step}Function`).sort());
    for (const line of other ?? []) expect(line).toMatch(/^(logs|xray):\w+ on \*$/);
  },
);

describe('a pooled tenant', () => {
  const path = 'Tenantry-Pipeline/CredentialsVendor/PooledTenantRole/Role';
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of IAM's policy language.
  const itself = '${aws:PrincipalTag/tenantId}';

  test('reaches the items, the objects and the data keys under its own id and nothing else', () => {
    const items = ['BatchGetItem', 'DeleteItem', 'GetItem', 'PutItem', 'Query', 'UpdateItem'];
    const objects = ['DeleteObject', 'GetObject', 'PutObject'];
    const throughS3 = 'if StringEquals(kms:ViaService, s3.AWS::Region.AWS::URLSuffix)';
    expect(permissionsOf(role(path), resources)).toEqual(
      [
        ...items.map((action) => `dynamodb:${action} on TenantDataTable ${ownKeysAlone(itself, 'ForAllValues:StringEquals')}`),
        ...write,
        ...objects.map((action) => `s3:${action} on TenantDataBucket/${itself}/*`),
        `s3:ListBucket on TenantDataBucket if StringLike(s3:prefix, ${itself}/*)`,
        ...['kms:Decrypt', 'kms:GenerateDataKey'].flatMap((action) => [
          `${action} on TableKey ${throughS3}`,
          `${action} on TenantKey if StringEquals(kms:EncryptionContext:tenantId, ${itself})`,
        ]),
      ].sort(),
    );
  });

  test('is acted for by one function alone, and only with one tag, the tenant', () => {
    const statements: { Action: string[]; Principal: { AWS: unknown }; Condition: unknown }[] =
      role(path).properties.AssumeRolePolicyDocument.Statement;
    expect(statements).toHaveLength(1);
    const [{ Action, Condition, Principal }] = statements as [(typeof statements)[number]];
    expect(Action).toEqual(['sts:AssumeRole', 'sts:TagSession']);
    expect(Condition).toEqual({
      Null: { 'aws:RequestTag/tenantId': 'false' },
      'ForAllValues:StringEquals': { 'aws:TagKeys': ['tenantId'] },
    });
    expect(words(Principal.AWS)).toBe('CredentialsVendorVendCredentialsRole');
    expect(role(path).properties.MaxSessionDuration).toBe(3_600);
  });
});

test('one function alone may tag sessions', () => {
  const taggers = functions().filter((lambda) => permissionsOf(roleOf(lambda), resources).some((line) => line.startsWith('sts:')));
  expect(taggers.map(nameOf)).toEqual(['VendCredentials']);
});

test('nothing but the listed roles exists, and none has more', () => {
  const known = [
    ...functions().map((lambda) => roleOf(lambda).path),
    'Tenantry-Pipeline/OnboardTenant/Role',
    'Tenantry-Pipeline/AbandonTenant/Role',
    'Tenantry-Pipeline/CredentialsVendor/PooledTenantRole/Role',
    'Tenantry-Pipeline/Silos/DeploymentRole/Role',
    'Tenantry-Pipeline/ExpireSignups/ScheduleRole',
    'Tenantry-Pipeline/ReconcileBilling/ScheduleRole',
    'Tenantry-Pipeline/SweepTenants/ScheduleRole',
    'Tenantry-Pipeline/WatchCells/ScheduleRole',
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
