import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Credentials } from './stack-record.ts';

/** Where the account is, and the keys of its root. */
export type RootConfiguration = { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

const RoleName = 'LocalAdministrator';
const sessionSeconds = 12 * 60 * 60;

/**
 * Makes the role that stands for whoever administers the account, and a session of it that lasts 12 hours, the longest that IAM allows
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use.html). Its calls are authorised like anybody's; MiniStack's root keys
 * are not, which is why nothing but the deployment uses those.
 */
export async function administratorSession(root: RootConfiguration, account: string): Promise<Credentials> {
  const iam = new IAMClient(root);
  const sts = new STSClient(root);
  try {
    const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' };
    const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
    const created = await iam.send(
      new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: policyOf(trust), MaxSessionDuration: sessionSeconds }),
    );
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'Everything', PolicyDocument: policyOf(everything) }));
    const session = await sts.send(
      new AssumeRoleCommand({ RoleArn: created.Role?.Arn, RoleSessionName: 'local', DurationSeconds: sessionSeconds }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken } = session.Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error('STS answered without credentials.');
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  } finally {
    iam.destroy();
    sts.destroy();
  }
}

function policyOf(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}
