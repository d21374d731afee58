import type { Command } from 'commander';
import type { CorrectedField, RetryAccepted } from '../../contracts/retry.ts';
import { contextOf } from '../context.ts';
import { CommandFailure, usageFailure } from '../failure.ts';
import { examples } from '../options.ts';
import { printJson, printLines } from '../output.ts';
import { Terminal } from '../sign-in/terminal.ts';

/** Where each input stands in the request, and how the API names it in a refusal. */
const inputs: Readonly<Record<CorrectedField, { readonly place: string; readonly in: (value: string) => object }>> = {
  slug: { place: '/input/slug', in: (slug) => ({ slug }) },
  'administrator.email': { place: '/input/administrator/email', in: (email) => ({ administrator: { email } }) },
};
const known = Object.keys(inputs).join(', ');

/** Adds the command that corrects what was sent at signup, and lets the failed run go on with it. */
export function retry(program: Command): void {
  program
    .command('retry')
    .summary('correct what was sent at signup, and let the failed run go on with it')
    .description(
      `Corrects what was sent at signup and cannot be used, for a tenant whose onboarding has failed, and lets its run go on. What had been made of the wrong value is taken away; steps that do not rest on it answer what they answered. Who corrects what, and why, is in the audit trail; an address itself is not. Inputs: ${known}. Needs you to be signed in.`,
    )
    .argument('<tenantId>', 'the id of the tenant')
    .requiredOption(
      '--input <field=value>',
      'what is right instead; may be given for each field. "-" as the value asks for it, or reads a line of standard input, so that an address stays out of the history of the shell',
      collected,
    )
    .requiredOption('--reason <words>', 'why, for the audit trail, which keeps it for good: no names and no addresses')
    .addHelpText(
      'after',
      examples(
        "tenantry retry 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1 --input slug=example-2 --reason 'the name is taken in DNS'",
        "tenantry retry 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1 --input administrator.email=- --reason 'the address was misspelt'",
      ),
    )
    .action(async (tenantId: string, options: Options, command: Command) => {
      const context = contextOf(command);
      const body = { reason: options.reason, input: await inputOf(options.input) };
      const accepted = await context.call('RetryTenant', { path: { tenantId }, body }).catch((error: unknown) => {
        throw named(error);
      });
      if (context.json) return printJson(accepted);
      printLines([...wordsOf(accepted), `See how it goes: tenantry show ${tenantId}`]);
    });
}

interface Options {
  readonly reason: string;
  readonly input: ReadonlyMap<CorrectedField, string>;
}

function collected(text: string, earlier: ReadonlyMap<CorrectedField, string> = new Map()): ReadonlyMap<CorrectedField, string> {
  const [, field = '', value = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  if (!(field in inputs))
    throw usageFailure('--input is not of the form <field>=<value> with a field that can be corrected.', `Fields: ${known}.`);
  if (earlier.has(field as CorrectedField)) throw usageFailure(`--input ${field}=… is given twice.`, 'Give each field once.');
  return new Map([...earlier, [field as CorrectedField, value]]);
}

async function inputOf(given: Options['input']): Promise<object> {
  const terminal = new Terminal();
  try {
    const parts: object[] = [];
    for (const [field, value] of given) parts.push(inputs[field].in(value === '-' ? (await terminal.ask(`${field}: `)).trim() : value));
    return Object.assign({}, ...parts);
  } finally {
    terminal.close();
  }
}

/** A refusal with the fields' names as they are given here. */
function named(error: unknown): unknown {
  if (!(error instanceof CommandFailure) || !error.problem?.errors) return error;
  const nameOf = (place: string) => Object.entries(inputs).find(([, each]) => each.place === place)?.[0];
  const errors = error.problem.errors.map((each) => ({ ...each, field: nameOf(each.field) ?? each.field }));
  return new CommandFailure(error.exitCode, error.message, error.next, { ...error.problem, errors }, error);
}

const wordsOf = ({ runId, generation, corrected, step }: RetryAccepted): string[] => [
  `Corrected: ${corrected.join(', ')}.`,
  `Generation ${generation} of ${runId}${step ? `, which had stopped at ${step}` : ''}, starts from the top; steps that do not rest on it answer what they answered.`,
];
