import { GetRoleCommand, IAMClient, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { Credentials, StackRecord } from '../../../local/stack-record.ts';
import { runAsHarness } from './sdk-calls.ts';

/** The longest that a role gives sessions for unless it says otherwise. */
const sessionSeconds = 3_600;

/**
 * Acts as a function's role, as Lambda does: the administrator is let into the role's trust policy for a moment. With a session policy the session may do what both the role
 * and the policy allow: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
 */
async function roleSession(roleArn: string, sessionName: string, record: StackRecord, sessionPolicy?: object): Promise<Credentials> {
  const { endpoint, region, account, credentials } = record;
  const config = { endpoint, region, credentials: { ...credentials } };
  const iam = new IAMClient(config);
  const sts = new STSClient(config);
  const RoleName = roleArn.split('/').at(-1) as string;
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const stock = decodeURIComponent(Role?.AssumeRolePolicyDocument ?? '');
    const trust = JSON.parse(stock) as { Statement: object[] };
    const administrator = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' };
    const PolicyDocument = JSON.stringify({ ...trust, Statement: [...trust.Statement, administrator] });
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    const { Credentials } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: roleArn,
        RoleSessionName: sessionName,
        DurationSeconds: sessionSeconds,
        ...(sessionPolicy ? { Policy: JSON.stringify(sessionPolicy) } : {}),
      }),
    );
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: stock }));
    const { AccessKeyId, SecretAccessKey, SessionToken } = Credentials ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken) throw new Error(`STS gave no session of ${RoleName}.`);
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  } finally {
    iam.destroy();
    sts.destroy();
  }
}

/** A session is renewed well before it ends. */
const renewedAfterMilliseconds = (sessionSeconds * 1_000) / 2;

/** Gives the sessions in which functions run. */
export interface Sessions {
  of(roleArn: string, functionName: string): Promise<Credentials>;
  /** A session of the role's that may do no more than the policy says. */
  restricted(roleArn: string, functionName: string, sessionPolicy: object): Promise<Credentials>;
}

/** One session for each role, made when first asked for. */
export class RoleSessions implements Sessions {
  readonly #record: StackRecord;
  readonly #sessions = new Map<string, { readonly session: Promise<Credentials>; readonly madeAt: number }>();

  constructor(record: StackRecord) {
    this.#record = record;
  }

  of(roleArn: string, functionName: string): Promise<Credentials> {
    const known = this.#sessions.get(roleArn);
    if (known && Date.now() - known.madeAt < renewedAfterMilliseconds) return known.session;
    const session = runAsHarness(() => roleSession(roleArn, functionName, this.#record));
    this.#sessions.set(roleArn, { session, madeAt: Date.now() });
    return session;
  }

  restricted(roleArn: string, functionName: string, sessionPolicy: object): Promise<Credentials> {
    return runAsHarness(() => roleSession(roleArn, functionName, this.#record, sessionPolicy));
  }
}
