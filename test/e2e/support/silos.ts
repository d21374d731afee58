import { ListCertificatesCommand } from '@aws-sdk/client-acm';
import { DescribeStacksCommand, GetTemplateCommand, type Stack, UpdateStackCommand } from '@aws-sdk/client-cloudformation';
import { ListUsersCommand } from '@aws-sdk/client-cognito-identity-provider';
import { DeleteRolePolicyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import {
  ChangeResourceRecordSetsCommand,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
} from '@aws-sdk/client-route-53';
import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from '@jest/globals';
import type { Silo } from '../../../lambdas/shared/tenants.ts';
import { acm, cloudFormation, cognito, documents, iam, output, route53 } from './clients.ts';
import { type Fault, physicalId, roleOf } from './faults.ts';
import { pay } from './payments.ts';
import { type Signup, signUp } from './signups.ts';
import { everyPage, until } from './until.ts';

/** Signs an organisation up whose tenant will have a silo, and pays what that costs. */
export async function signUpForSilo(): Promise<Signup> {
  const signup = await signUp({ tier: 'enterprise' });
  expect(await pay(signup, 'succeeds')).toBe(200);
  return signup;
}

const stackName = (tenantId: string) => `Tenantry-Silo-${tenantId}`;

export async function siloStack(tenantId: string): Promise<Stack | undefined> {
  try {
    return (await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName(tenantId) }))).Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && error.message.includes('does not exist')) return undefined;
    throw error;
  }
}

/** Makes a silo one of an older template: one that had a part which has gone since, and not the output Region. */
export async function makeOlder(tenantId: string, templateVersion: string): Promise<void> {
  const StackName = stackName(tenantId);
  const { TemplateBody = '{}' } = await cloudFormation.send(new GetTemplateCommand({ StackName, TemplateStage: 'Original' }));
  const { Outputs, Resources, ...rest } = JSON.parse(TemplateBody);
  const { Region: _, ...older } = Outputs;
  const FormerPart = { Type: 'AWS::CloudFormation::WaitConditionHandle' };
  const stack = await siloStack(tenantId);
  await cloudFormation.send(
    new UpdateStackCommand({
      StackName,
      TemplateBody: JSON.stringify({ ...rest, Outputs: older, Resources: { ...Resources, FormerPart } }),
      Parameters: stack?.Parameters?.map(({ ParameterKey }) => ({ ParameterKey, UsePreviousValue: true })),
      Capabilities: ['CAPABILITY_NAMED_IAM'],
      Tags: stack?.Tags?.map((tag) => (tag.Key === 'tenantry:templateVersion' ? { ...tag, Value: templateVersion } : tag)),
    }),
  );
  await until('The update of the stack', async () => (await siloStack(tenantId))?.StackStatus === 'UPDATE_COMPLETE');
  await documents.send(
    new UpdateCommand({
      TableName: output('TenantsTableName'),
      Key: { pk: `TENANT#${tenantId}`, sk: 'TENANT' },
      UpdateExpression: 'SET silo.templateVersion = :version',
      ExpressionAttributeValues: { ':version': templateVersion },
    }),
  );
}

/** The records at a tenant's name and below it, as "name type value". */
export async function recordsOf(hostName: string): Promise<string[]> {
  const { HostedZones = [] } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: hostName.replace(/^[^.]+\./, '') }));
  const { ResourceRecordSets = [] } = await route53.send(
    new ListResourceRecordSetsCommand({ HostedZoneId: HostedZones[0]?.Id, StartRecordName: hostName }),
  );
  return ResourceRecordSets.filter(({ Name }) => `.${Name}`.endsWith(`.${hostName}.`)).map(
    ({ Name, Type, ResourceRecords }) => `${Name} ${Type} ${ResourceRecords?.map(({ Value }) => Value).join()}`,
  );
}

/** Puts somebody else's record at a name. @returns what takes it away again */
export async function occupyName(hostName: string): Promise<() => Promise<void>> {
  const { HostedZones = [] } = await route53.send(new ListHostedZonesByNameCommand({ DNSName: hostName.replace(/^[^.]+\./, '') }));
  const ResourceRecordSet: ResourceRecordSet = { Name: hostName, Type: 'A', TTL: 300, ResourceRecords: [{ Value: '192.0.2.1' }] };
  const change = async (Action: 'CREATE' | 'DELETE') => {
    const ChangeBatch = { Changes: [{ Action, ResourceRecordSet }] };
    await route53.send(new ChangeResourceRecordSetsCommand({ HostedZoneId: HostedZones[0]?.Id, ChangeBatch }));
  };
  await change('CREATE');
  return () => change('DELETE');
}

/** The certificates for a name. */
export async function certificatesOf(hostName: string) {
  const summaries = await everyPage(
    (NextToken) => acm.send(new ListCertificatesCommand({ NextToken })),
    (page) => page.CertificateSummaryList,
    (page) => page.NextToken,
  );
  return summaries.filter(({ DomainName }) => DomainName === hostName);
}

/** The usernames in a silo's own pool. */
export async function siloUsers({ userPoolId }: Silo): Promise<string[]> {
  const { Users = [] } = await cognito.send(new ListUsersCommand({ UserPoolId: userPoolId }));
  return Users.map(({ Username }) => Username ?? '');
}

/** What a silo's own table has under a tenant's id. */
export async function siloItems({ tableName }: Silo, tenantId: string) {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: tableName,
      KeyConditionExpression: 'tenantId = :tenantId',
      ExpressionAttributeValues: { ':tenantId': tenantId },
    }),
  );
  return Items;
}

/** Takes an action from CloudFormation, for one tenant's silo: what it makes carries the tenant's id as a tag. */
export const siloMayNot = (Action: string) => {
  const policy = async (tenantId: string) => ({
    RoleName: await physicalId('Tenantry-Pipeline', 'SilosDeploymentRole', 'AWS::IAM::Role'),
    PolicyName: `fault-${tenantId}`,
  });
  return {
    break: async (tenantId: string) => {
      const Condition = { StringEquals: { 'aws:RequestTag/tenantry:tenantId': tenantId } };
      const Statement = [{ Effect: 'Deny', Resource: '*', Action, Condition }];
      const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      await iam.send(new PutRolePolicyCommand({ ...(await policy(tenantId)), PolicyDocument }));
    },
    mend: async (tenantId: string) => void (await iam.send(new DeleteRolePolicyCommand(await policy(tenantId)))),
  };
};

/** DeploySilo may not protect the tenant's stack: it has asked for the stack, which is made without it. */
export const cannotProtectStack: Fault = {
  what: 'may not protect the stack',
  break: async (tenantId) => void (await iam.send(new PutRolePolicyCommand(await cannotProtect(tenantId)))),
  mend: async (tenantId) => {
    const { PolicyDocument: _, ...policy } = await cannotProtect(tenantId);
    await iam.send(new DeleteRolePolicyCommand(policy));
  },
};
const cannotProtect = async (tenantId: string) => {
  const Resource = `arn:aws:cloudformation:*:*:stack/${stackName(tenantId)}/*`;
  const Statement = [{ Effect: 'Deny', Action: 'cloudformation:UpdateTerminationProtection', Resource }];
  return {
    RoleName: await roleOf('DeploySilo'),
    PolicyName: `fault-${tenantId}`,
    PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }),
  };
};
