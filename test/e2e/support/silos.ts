import { DescribeStacksCommand, type Stack } from '@aws-sdk/client-cloudformation';
import { ListUsersCommand } from '@aws-sdk/client-cognito-identity-provider';
import { DeleteRolePolicyCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Silo } from '../../../lambdas/shared/tenants.ts';
import { cloudFormation, cognito, documents, iam, output } from './clients.ts';
import { type Fault, physicalId, roleOf, setTier } from './faults.ts';
import { type Signup, signUp } from './signups.ts';

/** Signs an organisation up whose tenant will have a silo; what it pays is met already. */
export async function signUpForSilo(): Promise<Signup> {
  const signup = await signUp();
  await setTier(signup.tenantId, 'enterprise');
  return signup;
}

/** Counts more silos, or fewer, in a cell than there are. */
export const addSilos = (cell: string, count: number) =>
  documents.send(
    new UpdateCommand({
      TableName: output('TenantsTableName'),
      Key: { pk: `CELL#${cell}`, sk: 'CELL' },
      UpdateExpression: 'ADD silos :count',
      ExpressionAttributeValues: { ':count': count },
    }),
  );

const stackName = (tenantId: string) => `Tenantry-Silo-${tenantId}`;

export async function siloStack(tenantId: string): Promise<Stack | undefined> {
  try {
    return (await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName(tenantId) }))).Stacks?.[0];
  } catch (error) {
    if (error instanceof Error && error.message.includes('does not exist')) return undefined;
    throw error;
  }
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
