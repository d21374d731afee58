import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { type FakeApi, startFakeApi } from './fake-api.ts';
import { FakeCognito, type StaffUser, userPoolClientId, userPoolId } from './fake-cognito.ts';
import { type Outcome, type Running, runCli, startCli } from './run-cli.ts';

/** A deployment to talk to and a user's home with a profile of it. */
export interface Deployment {
  readonly api: FakeApi;
  readonly cognito: FakeCognito;
  readonly home: string;
  readonly environment: Record<string, string>;
  run(args: readonly string[], environment?: Record<string, string>, input?: string): Promise<Outcome>;
  start(args: readonly string[], environment?: Record<string, string>): Running;
  /** Adds a user who has signed in before. */
  addUser(username: string): StaffUser & { totpSecret: string };
  /** Signs a new user in. */
  signIn(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one. Its profile is chosen by TENANTRY_PROFILE, as a user would. */
export async function startDeployment(): Promise<Deployment> {
  const api = await startFakeApi();
  const cognito = new FakeCognito();
  await cognito.start();
  const home = await mkdtemp(join(tmpdir(), 'tenantry-cli-'));
  const environment = { HOME: home, XDG_CONFIG_HOME: join(home, 'config'), TENANTRY_PROFILE: 'fake' };
  const addUser = (username: string) => {
    const user = {
      username,
      password: `Aa1!${randomBytes(12).toString('hex')}`,
      temporaryPassword: false,
      totpSecret: new Secret({ size: 20 }).base32,
    };
    cognito.users.push(user);
    return user;
  };
  const deployment: Deployment = {
    api,
    cognito,
    home,
    environment,
    run: (args, more = {}, input) => runCli(args, { ...environment, ...more }, input),
    start: (args, more = {}) => startCli(args, { ...environment, ...more }),
    addUser,
    signIn: async () => {
      const { username, password, totpSecret } = addUser(`user-${randomBytes(4).toString('hex')}`);
      const given = { TENANTRY_PASSWORD: password, TENANTRY_CODE: new TOTP({ secret: totpSecret }).generate() };
      const { exitCode, stderr } = await deployment.run(['login', '--username', username], given);
      if (exitCode !== 0) throw new Error(`Signing in failed: ${stderr}`);
      api.tokens.add(cognito.idTokens.at(-1) ?? '');
    },
    stop: async () => {
      await Promise.all([api.stop(), cognito.stop()]);
      await rm(home, { recursive: true });
    },
  };
  const settings = {
    '--api-url': api.url,
    '--staff-user-pool-id': userPoolId,
    '--staff-user-pool-client-id': userPoolClientId,
    '--cognito-endpoint': cognito.url,
  };
  const configured = await deployment.run(['configure', ...Object.entries(settings).flat()]);
  if (configured.exitCode !== 0) throw new Error(`Configuring failed: ${configured.stderr}`);
  return deployment;
}
