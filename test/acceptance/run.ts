// Runs the end-to-end tests that can run against a deployed AWS account: npm run acceptance -- --help
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import type { DeployedWorld } from './deployed-world.ts';
import { findDeployment } from './find-deployment.ts';

/** The variable by which the tests find the deployed world; see test/e2e/support/world.ts. */
const worldVariable = 'TENANTRY_ACCEPTANCE_WORLD';
/** The tests that need no mailbox, no second factor and no waiting for IAM, and disturb nobody else in the account. */
const tests = ['test/e2e/signup-to-active.test.ts', 'test/e2e/refusals.test.ts'];
const checkout = fileURLToPath(new URL('../..', import.meta.url));

const mailbox = (text: string) => {
  if (!/^[^@\s+]+@[^@\s]+\.[^@\s]+$/.test(text))
    throw new InvalidArgumentError('It must be an address without a plus sign, such as you@example.com.');
  return text;
};
const minutes = (text: string) => {
  const number = Number(text);
  if (!(number > 0 && number <= 60)) throw new InvalidArgumentError('It must be a number of minutes, at most 60.');
  return number;
};

const options = new Command('npm run acceptance --')
  .description(
    [
      'Runs the end-to-end tests against Tenantry as it is deployed in an AWS account. They sign up one organisation, wait until somebody has confirmed its mail, and look at everything that it made; then they try every refusal of the API.',
      'Mails go to people, and these tests read no mailbox. So you confirm by hand: a mail goes to your mailbox, the run says so, and waits until you have pressed the button behind its link. What the mails say is tested on the local stack only, by npm test.',
      'It leaves in the account one ACTIVE tenant, and some PENDING signups that expire by themselves. Run it where that is wanted.',
      "The profile's principal reads the stacks' outputs, the tables, the user pool, the executions and their histories, makes a queue with a rule on the event bus and removes both, and sets the end of one reader token.",
    ].join('\n\n'),
  )
  .requiredOption('--profile <name>', 'the AWS profile (~/.aws/config) of an administrator of the account')
  .requiredOption(
    '--mailbox <address>',
    'your mailbox; you@example.com gets mails as you+<label>@example.com, which SES must be allowed to send to',
    mailbox,
  )
  .option('--region <region>', "the Region of the deployment; the profile's unless said")
  .option('--confirmation-minutes <minutes>', 'how long you have to confirm', minutes, 10)
  .showHelpAfterError('What it does and needs: npm run acceptance -- --help')
  .parse()
  .opts<{ profile: string; mailbox: string; region?: string; confirmationMinutes: number }>();

// Keys in the environment would win over the profile, and the tests would act on another account than the one that was named.
for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) delete process.env[name];
process.env['AWS_PROFILE'] = options.profile;
const deployment = await findDeployment(options.region).catch((error: Error) => {
  console.error(`Tenantry was not found by the profile "${options.profile}": ${error.message}`);
  process.exit(1);
});
console.log(`Testing ${deployment.outputs['ApiUrl']} in account ${deployment.account}, ${deployment.region}.`);

const folder = await mkdtemp(join(tmpdir(), 'tenantry-acceptance-'));
try {
  const file = join(folder, 'world.json');
  const world: DeployedWorld = {
    region: deployment.region,
    outputs: deployment.outputs,
    mailbox: options.mailbox,
    confirmationSeconds: options.confirmationMinutes * 60,
  };
  await writeFile(file, JSON.stringify(world), { mode: 0o600 });
  process.exitCode = await runTests({ [worldVariable]: file, AWS_REGION: deployment.region });
} finally {
  await rm(folder, { recursive: true, force: true });
}

function runTests(variables: Record<string, string>): Promise<number> {
  const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js'];
  const child = spawn(process.execPath, [...jest, '--selectProjects', 'e2e', '--runInBand', '--runTestsByPath', ...tests], {
    cwd: checkout,
    env: { ...process.env, ...variables },
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => child.on('error', reject).on('exit', (code) => resolve(code ?? 1)));
}
