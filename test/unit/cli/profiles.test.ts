import { randomBytes } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { TOTP } from 'otpauth';
import { tenantSummary } from './support/builders.ts';
import { type Deployment, startDeployment } from './support/deployment.ts';
import { success } from './support/fake-api.ts';
import { userPoolClientId, userPoolId } from './support/fake-cognito.ts';
import { runCli } from './support/run-cli.ts';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment.stop());
const profilesFile = () => join(deployment.home, 'config', 'tenantry', 'profiles.json');
const write = async (name: string, content: unknown) => {
  const file = join(deployment.home, name);
  await writeFile(file, JSON.stringify(content));
  return file;
};

describe('configure', () => {
  const outputs = {
    'Tenantry-Api': { ApiUrl: 'https://abc.execute-api.eu-west-1.amazonaws.com/v1' },
    'Tenantry-Data': { StaffUserPoolId: 'eu-west-1_Ab12Cd34E', StaffUserPoolClientId: 'client1', TenantsTableName: 'tenants' },
  };
  const settings = {
    apiUrl: outputs['Tenantry-Api'].ApiUrl,
    region: 'eu-west-1',
    staffUserPoolId: 'eu-west-1_Ab12Cd34E',
    staffUserPoolClientId: 'client1',
  };

  test("--from-outputs takes what it needs from the CDK's file, the Region from the pool's id; other profiles stay", async () => {
    const file = await write('outputs.json', outputs);
    const { exitCode, stdout } = await deployment.run(['configure', '--profile', 'production', '--from-outputs', file, '--json']);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ name: 'production', ...settings });
    const written = JSON.parse(await readFile(profilesFile(), 'utf8'));
    expect(written).toMatchObject({ production: settings, fake: { apiUrl: deployment.api.url } });
    expect((await stat(profilesFile())).mode & 0o777).toBe(0o600);
  });

  test('an option goes before the file', async () => {
    const file = await write('outputs.json', outputs);
    const { stdout } = await deployment.run(
      ['configure', '--profile', 'other', '--from-outputs', file, '--api-url', 'https://api.example.com', '--json'],
      {},
    );
    expect(JSON.parse(stdout)).toMatchObject({ apiUrl: 'https://api.example.com', staffUserPoolClientId: 'client1' });
  });

  test.each([
    [
      'outputs of one stack alone',
      { 'Tenantry-Api': outputs['Tenantry-Api'] },
      /not complete: --staff-user-pool-id, --staff-user-pool-client-id/,
    ],
    ['a file that is none of outputs', ['x'], /has no outputs of stacks/],
  ])('%s write nothing and say what is missing', async (_, content, words) => {
    const file = await write('partial.json', content);
    const { exitCode, stderr } = await deployment.run(['configure', '--profile', 'partial', '--from-outputs', file]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
    expect(await readFile(profilesFile(), 'utf8')).not.toContain('partial');
  });

  const given = ['--staff-user-pool-id', 'eu-west-1_Ab12Cd34E', '--staff-user-pool-client-id', 'client1'];
  test.each([
    ['an address that is none', ['--api-url', 'api', ...given], /apiUrl: must be a URL/],
    ['tokens sent over the network in the clear', ['--api-url', 'http://api.example.com', ...given], /apiUrl: must begin with https/],
    ['a name that is no file name', ['--profile', '../x', '--api-url', 'https://api.example.com', ...given], /is no name for a profile/],
    [
      'the name of the local stack',
      ['--profile', 'local', '--api-url', 'https://api.example.com', ...given],
      /read from the running local stack/,
    ],
  ])('refuses %s', async (_, args, words) => {
    const before = await readFile(profilesFile(), 'utf8');
    const { exitCode, stderr } = await deployment.run(['configure', ...args]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(words);
    expect(await readFile(profilesFile(), 'utf8')).toBe(before);
  });
});

describe('a profile', () => {
  const listing = (environment: Record<string, string>, ...args: string[]) => deployment.run(['list', ...args], environment);

  test('that is not known: the known ones are named', async () => {
    const { exitCode, stderr } = await listing({}, '--profile', 'nowhere');
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/no profile "nowhere". Known: .*fake.*local/);
  });

  test('--profile goes before TENANTRY_PROFILE, before "default", before "local"', async () => {
    const home = { XDG_CONFIG_HOME: join(deployment.home, 'second'), TENANTRY_LOCAL_STACK: join(deployment.home, 'none.json') };
    const written = ['--api-url', deployment.api.url, '--staff-user-pool-id', userPoolId, '--staff-user-pool-client-id', userPoolClientId];
    const chosen = async (environment: Record<string, string>, ...args: string[]) =>
      (await listing({ ...home, ...environment }, ...args)).stderr;
    expect(await chosen({ TENANTRY_PROFILE: 'local' })).toContain('No local stack of this checkout is up.');
    const { TENANTRY_PROFILE: _, ...unnamed } = deployment.environment;
    expect((await runCli(['list'], { ...unnamed, ...home })).stderr).toContain('No local stack of this checkout is up.');
    for (const name of ['default', 'named']) await deployment.run(['configure', '--profile', name, ...written], home);
    expect((await runCli(['list'], { ...unnamed, ...home })).stderr).toContain('on the profile "default"');
    expect(await chosen({ TENANTRY_PROFILE: 'named' })).toContain('on the profile "named"');
    expect(await chosen({ TENANTRY_PROFILE: 'default' }, '--profile', 'named')).toContain('on the profile "named"');
  });

  test('of a file that somebody broke names what is wrong', async () => {
    const home = join(deployment.home, 'broken');
    await deployment.run(
      ['configure', '--api-url', deployment.api.url, '--staff-user-pool-id', userPoolId, '--staff-user-pool-client-id', 'c'],
      {
        XDG_CONFIG_HOME: home,
      },
    );
    const file = join(home, 'tenantry', 'profiles.json');
    await writeFile(file, '{"fake":{"apiUrl":7}}');
    expect(await listing({ XDG_CONFIG_HOME: home })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('apiUrl: must be a URL'),
    });
    await writeFile(file, '{"fake":');
    expect(await listing({ XDG_CONFIG_HOME: home })).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('cannot be read as JSON'),
    });
  });
});

describe('the profile "local"', () => {
  const record = async (more: object = {}) => {
    const { username, password, totpSecret } = deployment.addUser(`operator-${randomBytes(4).toString('hex')}`);
    const file = await write('stack.json', {
      processId: 1,
      endpoint: deployment.cognito.url,
      region: 'eu-central-1',
      account: '000000000000',
      apiUrl: deployment.api.url,
      mailsUrl: `${deployment.api.url}/mails`,
      outputs: { StaffUserPoolId: userPoolId, StaffUserPoolClientId: userPoolClientId },
      credentials: {},
      staffOperator: { username, password, totpSecret },
      ...more,
    });
    return { username, environment: { TENANTRY_LOCAL_STACK: file, TENANTRY_PROFILE: 'local' } };
  };

  test('signs the operator of the running local stack in without asking', async () => {
    const { username, environment } = await record();
    deployment.api.answers.ListTenants = () => success('ListTenants', { tenants: [tenantSummary('example')] });
    const { exitCode, stdout } = await deployment.run(['login'], environment);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: `Signed in as ${username} on the profile "local".\n` });
    deployment.api.tokens.add(deployment.cognito.idTokens.at(-1) ?? '');
    expect(await deployment.run(['list'], environment)).toMatchObject({ exitCode: 0 });
  });

  test('asks when somebody else is to sign in', async () => {
    const { environment } = await record();
    const { password, totpSecret } = deployment.addUser('guest');
    const given = { TENANTRY_PASSWORD: password, TENANTRY_CODE: new TOTP({ secret: totpSecret }).generate() };
    const { stdout } = await deployment.run(['login', '--username', 'guest'], { ...environment, ...given });
    expect(stdout).toContain('Signed in as guest');
  });

  test('of a stack that is still starting says so', async () => {
    const file = await write('starting.json', { processId: 1 });
    const { exitCode, stderr } = await deployment.run(['list'], { TENANTRY_LOCAL_STACK: file, TENANTRY_PROFILE: 'local' });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('still starting');
  });

  test('of a stack that has died says how to start one', async () => {
    const { environment } = await record({ apiUrl: 'http://127.0.0.1:9/v1', endpoint: 'http://127.0.0.1:9' });
    const { exitCode, stderr } = await deployment.run(['login'], environment);
    expect(exitCode).toBe(4);
    expect(stderr).toContain('npm run local');
  });
});
