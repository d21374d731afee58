import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { Credentials } from '../../local/stack-record.ts';

type Config = { readonly endpoint: string; readonly region: string; readonly credentials: Credentials };

/**
 * Acts as a function's role, for which the measuring administrator is let into its trust policy, and out again. Only for a local stack, where calls must be
 * authorised by the same policies to take the same time.
 */
export async function sessionOf(roleName: string, config: () => Config): Promise<Credentials> {
  const iam = new IAMClient(config());
  const sts = new STSClient(config());
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: roleName }));
    const stock = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
    const { Account } = await sts.send(new GetCallerIdentityCommand({}));
    const trust = JSON.parse(stock) as { Statement: object[] };
    const administrator = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${Account}:root` }, Action: 'sts:AssumeRole' };
    const PolicyDocument = JSON.stringify({ ...trust, Statement: [...trust.Statement, administrator] });
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument }));
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'replay' }));
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: roleName, PolicyDocument: stock }));
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = Credentials ?? {};
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  } finally {
    iam.destroy();
    sts.destroy();
  }
}
