import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { TOTP } from 'otpauth';
import { tenantSummary } from './support/builders.ts';
import { type Deployment, startDeployment } from './support/deployment.ts';
import { success } from './support/fake-api.ts';

let deployment: Deployment;
const sessions = () => join(deployment.home, 'config', 'tenantry', 'sessions');
const sessionFile = () => join(sessions(), 'fake.json');
const codeOf = (secret: string) => new TOTP({ secret }).generate();

beforeAll(async () => {
  deployment = await startDeployment();
  deployment.api.answers.ListTenants = () => success('ListTenants', { tenants: [tenantSummary('example')] });
});
afterAll(() => deployment.stop());
beforeEach(async () => {
  await rm(sessions(), { recursive: true, force: true });
  deployment.api.tokens.clear();
  deployment.cognito.tokenSeconds = 900;
});
afterEach(() => expect(deployment.api.violations.splice(0)).toEqual([]));

/** Signs a new user in by the environment and returns what is printed. */
async function signInByEnvironment(username: string) {
  const { password, totpSecret } = deployment.addUser(username);
  return deployment.run(['login', '--username', username], { TENANTRY_PASSWORD: password, TENANTRY_CODE: codeOf(totpSecret) });
}

describe('login', () => {
  test('asks for name, password and code, and does not show what is secret', async () => {
    const { password, totpSecret } = deployment.addUser('ada');
    const running = deployment.start(['login']);
    await running.until('stderr', /Username: $/);
    running.type('Ada');
    await running.until('stderr', /Password: $/);
    running.type(password);
    await running.until('stderr', /Code of your authenticator: $/);
    const code = codeOf(totpSecret);
    running.type(code);
    const { exitCode, stdout, stderr } = await running.ended;
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: 'Signed in as Ada on the profile "fake".\n' });
    for (const secret of [password, code, ...deployment.cognito.idTokens]) expect(stdout + stderr).not.toContain(secret);
  });

  test('the session is kept where its owner alone can read it, without the password', async () => {
    expect(await signInByEnvironment('bea')).toMatchObject({ exitCode: 0 });
    expect((await stat(sessionFile())).mode & 0o777).toBe(0o600);
    expect((await stat(sessions())).mode & 0o777).toBe(0o700);
    expect(await readdir(sessions())).toEqual(['fake.json']);
    const kept = await readFile(sessionFile(), 'utf8');
    expect(kept).toContain(deployment.cognito.idTokens.at(-1));
    expect(kept).not.toContain(deployment.cognito.users.at(-1)?.password);
  });

  test('the first sign-in sets a password of its own and an authenticator', async () => {
    const user = {
      username: 'new',
      password: 'Temporary-password-1',
      temporaryPassword: true,
      totpSecret: undefined as string | undefined,
    };
    deployment.cognito.users.push(user);
    const running = deployment.start(['login', '--username', 'new']);
    running.type('Temporary-password-1');
    await running.until('stderr', /New password: $/);
    running.type('short');
    running.type('short');
    await running.until('stderr', /That was refused: Password does not conform to policy[\s\S]*New password: $/);
    running.type('A-password-of-my-own-1');
    running.type('A-password-of-my-own-2');
    await running.until('stderr', /They differ\.\nNew password: $/);
    running.type('A-password-of-my-own-1');
    running.type('A-password-of-my-own-1');
    const [, uri = '', key = ''] = await running.until(
      'stderr',
      /Address {2}(otpauth:\/\/totp\/\S+)\n +Key {6}(\S+)\n[\s\S]*authenticator: $/,
    );
    expect(uri).toContain(`secret=${key}`);
    expect(uri).toContain('issuer=Tenantry');
    running.type(codeOf(key));
    expect(await running.ended).toMatchObject({ exitCode: 0 });
    expect(user).toMatchObject({ password: 'A-password-of-my-own-1', totpSecret: key });
  });

  test('a code that was mistyped can be typed again', async () => {
    const { password, totpSecret } = deployment.addUser('cora');
    const running = deployment.start(['login', '--username', 'cora'], { TENANTRY_PASSWORD: password });
    await running.until('stderr', /authenticator: $/);
    running.type('not a code');
    await running.until('stderr', /That was refused: Invalid code received for user\nCode of your authenticator: $/);
    running.type(codeOf(totpSecret));
    expect(await running.ended).toMatchObject({ exitCode: 0 });
  });

  test('the password may come from a file, whose last line break is not part of it', async () => {
    const { password, totpSecret } = deployment.addUser('dora');
    const file = join(deployment.home, 'password');
    await writeFile(file, `${password}\n`);
    const { exitCode, stdout } = await deployment.run(['login', '--username', 'dora', '--password-file', file, '--json'], {
      TENANTRY_CODE: codeOf(totpSecret),
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ profile: 'fake', username: 'dora', expiresAt: expect.stringMatching(/Z$/) });
  });

  test('a wrong password, a wrong code and an unknown user are not signed in', async () => {
    const { password } = deployment.addUser('eva');
    const wrongPassword = await deployment.run(['login', '--username', 'eva'], { TENANTRY_PASSWORD: `${password}x` });
    expect(wrongPassword).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('Username or password is wrong') });
    const unknown = await deployment.run(['login', '--username', 'nobody'], { TENANTRY_PASSWORD: password });
    expect(unknown).toMatchObject({ exitCode: 3, stderr: wrongPassword.stderr });
    const wrongCode = await deployment.run(['login', '--username', 'eva'], { TENANTRY_PASSWORD: password, TENANTRY_CODE: '000000' });
    expect(wrongCode.exitCode).not.toBe(0);
    expect(wrongCode.stderr).toContain('The code was refused');
    expect(await deployment.run(['list'])).toMatchObject({ exitCode: 3 });
  });

  test('an input that ends without an answer is a usage error', async () => {
    const running = deployment.start(['login']);
    running.endInput();
    expect(await running.ended).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('There was no answer to "Username:"') });
  });

  test('no option takes a password or a code', async () => {
    for (const option of ['--password', '--code']) {
      expect(await deployment.run(['login', option, 'secret'])).toMatchObject({ exitCode: 2 });
    }
  });
});

describe('a session', () => {
  const idToken = () => deployment.cognito.idTokens.at(-1) ?? '';

  test('none: staff commands say how to sign in, and ask the API nothing', async () => {
    const asked = deployment.api.requests.length;
    const { exitCode, stderr } = await deployment.run(['list']);
    expect(exitCode).toBe(3);
    expect(stderr).toBe('tenantry: You are not signed in on the profile "fake".\n  Sign in: tenantry login --profile fake\n');
    expect(deployment.api.requests).toHaveLength(asked);
  });

  test('its ID token is what the API gets', async () => {
    await signInByEnvironment('fay');
    deployment.api.tokens.add(idToken());
    expect(await deployment.run(['list'])).toMatchObject({ exitCode: 0 });
    expect(deployment.api.requests.at(-1)?.headers.authorization).toBe(`Bearer ${idToken()}`);
  });

  test('a token that is about to end is refreshed before it is used, and the new one is kept', async () => {
    deployment.cognito.tokenSeconds = 30;
    await signInByEnvironment('gina');
    const first = idToken();
    deployment.cognito.tokenSeconds = 900;
    await deployment.run(['list']);
    expect(idToken()).not.toBe(first);
    deployment.api.tokens.add(idToken());
    const issued = deployment.cognito.idTokens.length;
    expect(await deployment.run(['list'])).toMatchObject({ exitCode: 0 });
    expect(deployment.cognito.idTokens.length).toBe(issued);
  });

  test('a token that the API refuses is refreshed once; refused again, the command ends with 3', async () => {
    await signInByEnvironment('hana');
    const issued = deployment.cognito.idTokens.length;
    const { exitCode, stderr } = await deployment.run(['list']);
    expect(exitCode).toBe(3);
    expect(stderr).toContain('Sign in first. The token has ended. Sign in again.');
    expect(deployment.cognito.idTokens.length).toBe(issued + 1);
  });

  test('when its refresh token has ended, it says so and is gone', async () => {
    deployment.cognito.tokenSeconds = 30;
    await signInByEnvironment('ines');
    deployment.cognito.refreshTokens.clear();
    expect(await deployment.run(['list'])).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('has ended') });
    expect(await readdir(sessions())).toEqual([]);
  });

  test('one of another pool does not count', async () => {
    await signInByEnvironment('jana');
    const session = JSON.parse(await readFile(sessionFile(), 'utf8'));
    await writeFile(sessionFile(), JSON.stringify({ ...session, userPoolId: 'eu-central-1_Other1234' }));
    expect(await deployment.run(['list'])).toMatchObject({ exitCode: 3 });
  });

  test('a file that cannot be read counts as none', async () => {
    await mkdir(sessions(), { recursive: true });
    await writeFile(sessionFile(), '{"idToken":');
    expect(await deployment.run(['list'])).toMatchObject({ exitCode: 3, stderr: expect.stringContaining('You are not signed in') });
  });
});

describe('logout', () => {
  test('revokes the session and removes it from this machine', async () => {
    await signInByEnvironment('kate');
    const good = deployment.cognito.refreshTokens.size;
    expect(await deployment.run(['logout', '--json'])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('"wasSignedIn": true'),
    });
    expect(deployment.cognito.refreshTokens.size).toBe(good - 1);
    expect(await readdir(sessions())).toEqual([]);
  });

  test('twice is no failure', async () => {
    expect(await deployment.run(['logout'])).toMatchObject({ exitCode: 0, stdout: 'Nobody was signed in on the profile "fake".\n' });
  });
});
