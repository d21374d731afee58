import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { problemType } from '../../contracts/problem.ts';
import { contextOf } from '../context.ts';
import { CommandFailure, exitCodes, usageFailure } from '../failure.ts';
import { nextActionLines } from '../next-actions.ts';
import { examples } from '../options.ts';
import { coloured, facts, printJson, printLines, printNote } from '../output.ts';

/** The option that each field of the request comes from. */
const fields = {
  '/organisationName': '--organisation-name',
  '/slug': '--slug',
  '/administrator/name': '--administrator-name',
  '/administrator/email': '--administrator-email',
  '/tier': '--tier',
  '/region': '--region',
  '/termsVersion': '--terms-version',
} as const;

/** Refusals after which the same request may be accepted. */
const openProblems = [problemType('signup-in-progress'), problemType('too-many-requests')];

interface Options {
  readonly organisationName?: string;
  readonly slug?: string;
  readonly administratorName?: string;
  readonly administratorEmail?: string;
  readonly tier?: string;
  readonly region?: string;
  readonly termsVersion?: string;
  readonly file?: string;
  readonly idempotencyKey?: string;
}

/** Adds the command that signs an organisation up. */
export function signup(program: Command): void {
  program
    .command('signup')
    .summary('sign an organisation up')
    .description('Signs an organisation up and prints where to follow it. The request comes from the options or from a file.')
    .option('--organisation-name <name>', 'name of the organisation')
    .option('--slug <slug>', "the tenant's name in addresses: lower-case letters, digits and inner hyphens")
    .option('--administrator-name <name>', 'name of the first administrator')
    .option('--administrator-email <address>', 'where the confirmation and the invitation go')
    .option('--tier <tier>', 'a tier that the deployment offers')
    .option('--region <region>', 'an AWS Region that the deployment serves')
    .option('--terms-version <version>', 'the version of the terms that the customer was shown and accepted')
    .option('--file <file>', 'the request as JSON, instead of the options above; "-" reads standard input')
    .option('--idempotency-key <key>', 'the same key and request are one signup, however often it is sent (default: a new UUID, printed)')
    .addHelpText(
      'after',
      examples(
        'tenantry signup --organisation-name "Example Ltd" --slug example --administrator-name "Ada Example" \\',
        '    --administrator-email ada@example.com --tier starter --region eu-central-1 --terms-version 2026-11-01',
        'tenantry signup --file request.json --idempotency-key 0b0e7c58-6f0c-4a5e-9d60-3d0b4c3ad7a1 --json',
      ).replace('$     --', '      --'),
    )
    .action(async (options: Options, command: Command) => {
      const context = contextOf(command);
      const body = options.file === undefined ? fromOptions(options) : await fromFile(options);
      const idempotencyKey = options.idempotencyKey ?? randomUUID();
      // It is printed before the request leaves, so that a signup whose answer is lost can be repeated and not doubled.
      if (!context.json) printNote(`Idempotency-Key ${idempotencyKey}`);
      const accepted = await context
        .call('CreateSignup', { headers: { 'Idempotency-Key': idempotencyKey }, body })
        .catch((error: unknown) => {
          throw repeatable(error, idempotencyKey, options.file === undefined);
        });
      if (context.json) return printJson({ idempotencyKey, ...accepted });
      printLines([
        ...facts([
          ['Tenant', accepted.tenantId],
          ['Status', accepted.status],
          ['Status URL', accepted.statusUrl],
          ['', `Keep it secret. It works until ${accepted.statusUrlExpiresAt}.`],
        ]).map((line) => line.replace(accepted.status, coloured)),
        ...nextActionLines(accepted.next),
        `Follow it with: tenantry status '${accepted.statusUrl}' --watch`,
      ]);
    });
}

function fromOptions(options: Options): object {
  const { organisationName, slug, administratorName, administratorEmail, tier, region, termsVersion } = options;
  const given = [organisationName, slug, administratorName, administratorEmail, tier, region, termsVersion];
  const missing = Object.values(fields).filter((_, place) => given[place] === undefined);
  if (missing.length > 0)
    throw usageFailure(`The request is not complete: ${missing.join(', ')}.`, 'Add them, or send a file with --file.');
  return { organisationName, slug, administrator: { name: administratorName, email: administratorEmail }, tier, region, termsVersion };
}

async function fromFile(options: Options): Promise<unknown> {
  const { file, idempotencyKey: _, ...others } = options;
  if (Object.keys(others).length > 0)
    throw usageFailure('The request comes from --file or from the options, not from both.', 'Leave one out.');
  const content = await (file === '-' ? text(process.stdin) : readFile(file as string, 'utf8')).catch((error: NodeJS.ErrnoException) => {
    throw usageFailure(`The file ${file} cannot be read (${error.code}).`, 'Name a file that you may read.');
  });
  try {
    return JSON.parse(content);
  } catch (error) {
    throw usageFailure(`The file ${file} is not JSON: ${(error as Error).message}.`, 'Write the body of POST /signups, as JSON.');
  }
}

/** The refusal with the options' names, and with the key to send it again with when nobody knows what became of it. */
function repeatable(error: unknown, idempotencyKey: string, byOptions: boolean): unknown {
  if (!(error instanceof CommandFailure)) return error;
  const { problem, exitCode } = error;
  const errors = problem?.errors?.map((each) => ({ ...each, field: fields[each.field as keyof typeof fields] ?? each.field }));
  const open = exitCode === exitCodes.unreachable || (problem && (problem.status >= 500 || openProblems.includes(problem.type)));
  const next = open ? [...error.next, `Send it again as the same signup with: --idempotency-key ${idempotencyKey}`] : error.next;
  return new CommandFailure(exitCode, error.message, next, problem && errors && byOptions ? { ...problem, errors } : problem, error);
}
