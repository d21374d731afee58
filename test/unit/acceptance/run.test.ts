import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const program = fileURLToPath(new URL('../../acceptance/run.ts', import.meta.url));

/** Runs the acceptance command where no AWS profile is known. */
const acceptance = (...parameters: string[]) =>
  new Promise<{ code: unknown; output: string; errors: string }>((resolve) => {
    const env = { ...process.env, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
    execFile(process.execPath, [program, ...parameters], { env }, (error, output, errors) =>
      resolve({ code: error?.code ?? 0, output, errors }),
    );
  });

test('without a profile it says what it needs and touches nothing', async () => {
  const { code, output, errors } = await acceptance();
  expect({ code, output }).toEqual({ code: 1, output: '' });
  expect(errors).toContain("required option '--profile <name>' not specified");
  expect(errors).toContain('npm run acceptance -- --help');
});

test('its help says who confirms the mail, and what it leaves', async () => {
  const { code, output } = await acceptance('--help');
  const text = output.replace(/\s+/g, ' ');
  expect(code).toBe(0);
  expect(text).toContain('you confirm by hand');
  expect(text).toContain('It leaves in the account');
});

test('a mailbox that is none is refused', async () => {
  const { code, errors } = await acceptance('--profile', 'somebody', '--mailbox', 'nobody');
  expect(code).toBe(1);
  expect(errors).toContain('It must be an address without a plus sign');
});

test('a profile that is not there ends the run before a test', async () => {
  const { code, output, errors } = await acceptance('--profile', 'nobody', '--mailbox', 'you@example.com', '--region', 'eu-central-1');
  expect({ code, output }).toEqual({ code: 1, output: '' });
  expect(errors).toMatch(/^Tenantry was not found by the profile "nobody": [^\n]+\n$/);
});
