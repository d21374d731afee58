import type { Command } from 'commander';
import type { SignupStatus } from '../../contracts/signup.ts';
import type { TenantStatus } from '../../contracts/tenant.ts';
import { callApi } from '../api.ts';
import { contextOf } from '../context.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { nextActionLines } from '../next-actions.ts';
import { examples, seconds } from '../options.ts';
import { coloured, facts, plain, printJson, printJsonLine, printLines, table } from '../output.ts';
import { watch } from '../polling.ts';
import { signupOf } from '../signup-address.ts';
import { changesBetween } from '../status-changes.ts';

interface Options {
  readonly token?: string;
  readonly watch?: boolean;
  readonly timeout: number;
}
const underWay: readonly TenantStatus[] = ['PENDING', 'PROVISIONING'];

/** Adds the command that follows a signup as its customer does. */
export function status(program: Command): void {
  program
    .command('status')
    .summary('follow a signup, without signing in')
    .description(
      'Shows a signup: each step, its state, since when, and what must happen next. Takes the status URL of the signup, or its tenant id and token.',
    )
    .argument('<signup>', 'the status URL that signing up printed, or a tenant id')
    .option('--token <token>', 'the token of the status URL, with a tenant id')
    .option('--watch', 'print a line for each change, until the tenant is ACTIVE (exit code 0) or the signup has ended otherwise (1)')
    .option('--timeout <seconds>', 'with --watch: give up after that time (exit code 1)', seconds, 900)
    .addHelpText(
      'after',
      examples(
        "tenantry status 'https://api.example.com/v1/signups/<tenantId>?token=<token>' --watch",
        'tenantry status <tenantId> --token <token> --json',
      ),
    )
    .action(async (signup: string, options: Options, command: Command) => {
      const context = contextOf(command);
      const { place, tenantId, token } = await signupOf(signup, options.token, context);
      const read = () => callApi(place, 'GetSignup', { path: { tenantId }, query: { token } });
      if (options.watch) return follow(read, options.timeout, context.json);
      const current = await read();
      if (context.json) return printJson(current);
      printLines(wordsOf(current));
    });
}

function wordsOf(signup: SignupStatus): string[] {
  const failed = signup.steps.filter(({ failure }) => failure);
  return [
    ...facts([
      ['Tenant', signup.tenantId],
      ['Status', `${signup.status} since ${signup.since}`],
      [
        'Estimate',
        signup.expectedDurationSeconds > 0 ? `${signup.expectedDurationSeconds} s for the steps that have not ended` : undefined,
      ],
    ]).map((line) => line.replace(signup.status, coloured)),
    '',
    // What has ended without a tenant has no steps any more.
    ...(signup.steps.length > 0 ? [...stepLines(signup), ''] : []),
    ...failed.map(({ label, failure }) => plain(`${label} failed: ${failure?.reason} ${failure?.nextAction}`)),
    ...nextActionLines(signup.next),
  ];
}

const stepLines = ({ steps }: SignupStatus): string[] =>
  table(
    ['STEP', 'STATE', 'ATTEMPT', 'SINCE'],
    steps.map((step) => [step.label, step.state, step.attempt > 0 ? String(step.attempt) : '-', step.since ?? '-']),
  );

async function follow(read: () => Promise<SignupStatus>, timeoutSeconds: number, json: boolean): Promise<void> {
  let last: SignupStatus | undefined;
  const ended = await watch(
    read,
    (current) => {
      const changes = changesBetween(last, current);
      last = current;
      if (changes.length > 0 && json) printJsonLine(current);
      if (!json) printLines(changes);
      if (!underWay.includes(current.status)) return 'done';
      return changes.length > 0 ? 'changed' : 'same';
    },
    timeoutSeconds,
  );
  const status = last?.status;
  if (!ended)
    throw new CommandFailure(exitCodes.refused, `The signup is still ${status} after ${timeoutSeconds} seconds.`, [
      'Follow it again: nothing is lost.',
    ]);
  if (status !== 'ACTIVE') throw new CommandFailure(exitCodes.refused, `The signup ended ${status}.`, nextActionLines(last?.next ?? []));
}
