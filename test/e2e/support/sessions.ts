import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetRoleCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient, type Tag } from '@aws-sdk/client-sts';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { iam, sts } from './clients.ts';
import { physicalId, roleOf } from './faults.ts';
import { world } from './world.ts';

type Credentials = NonNullable<typeof world.clientOptions.credentials>;

async function assume(client: STSClient, RoleArn: string, Tags?: Tag[]): Promise<Credentials> {
  const { Credentials: given } = await client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'isolation-test', Tags }));
  const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = given ?? {};
  if (!accessKeyId || !secretAccessKey || !sessionToken) throw new Error('STS answered AssumeRole without credentials.');
  return { accessKeyId, secretAccessKey, sessionToken };
}

const documentsWith = (credentials: Credentials) =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ ...world.clientOptions, credentials }));

/** What a function has in its hands: its role's credentials. */
export class FunctionSession {
  readonly documents: DynamoDBDocumentClient;
  readonly #sts: STSClient;

  private constructor(credentials: Credentials) {
    this.documents = documentsWith(credentials);
    this.#sts = new STSClient({ ...world.clientOptions, credentials });
  }

  /** Takes a function's role. Lambda alone may, so the administrator of the tests lets itself in for the moment. */
  static async of(name: string): Promise<FunctionSession> {
    const RoleName = await roleOf(name);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    // The ARN of a session names its role: arn:aws:sts::<account>:assumed-role/<role>/<session>.
    const caller = Arn?.replace(':sts:', ':iam:').replace(/:assumed-role\/([^/]+)\/.*/, ':role/$1');
    const trust = JSON.parse(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''));
    const opened = {
      ...trust,
      Statement: [...trust.Statement, { Effect: 'Allow', Principal: { AWS: caller }, Action: 'sts:AssumeRole' }],
    };
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(opened) }));
    try {
      return new FunctionSession(await assume(sts, Role?.Arn ?? ''));
    } finally {
      await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: JSON.stringify(trust) }));
    }
  }

  /** Takes the role in which tenants' data is reached, with these session tags. */
  async pooledTenant(...tags: Tag[]): Promise<DynamoDBDocumentClient> {
    return documentsWith(await assume(this.#sts, await pooledTenantRoleArn(), tags));
  }
}

export async function pooledTenantRoleArn(): Promise<string> {
  const RoleName = await physicalId('Tenantry-Pipeline', 'CredentialsVendorPooledTenantRole', 'AWS::IAM::Role');
  const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
  return Role?.Arn ?? '';
}
