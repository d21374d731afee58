import { type Command, InvalidArgumentError, Option } from 'commander';
import { z } from 'zod';
import { onboardSteps } from '../../contracts/steps.ts';
import { type Context, contextOf } from '../context.ts';
import { CommandFailure, exitCodes } from '../failure.ts';
import { unreachable } from '../network.ts';
import { examples } from '../options.ts';
import { printJson, printLines, printNote, table } from '../output.ts';

/** What a local stack can have befall a call, and what it means. */
const faults = {
  throttled: 'the service refuses: too many requests',
  'server-error': 'the service refuses: an error of its own',
  denied: 'the service refuses: the role may not',
  conflict: 'the service refuses a transaction: another one holds an item',
  'connection-reset': 'the connection breaks before the call is served',
  'answer-lost': 'the call is served, and the connection breaks before the answer',
  'sent-twice': 'the call is served twice',
  'killed-before': 'the function dies before the call is served',
  'killed-after': 'the function dies after the call is served',
  'timed-out': 'the call is held until the function has timed out',
  'late-return': 'the call is served, and its answer held while another attempt of the step runs to the end',
  overtaken: 'the call is held while another attempt of the step runs to the end, and served then',
} as const;

const Fault = z.object({
  faultId: z.string(),
  step: z.string(),
  call: z.string().optional(),
  fault: z.string(),
  times: z.number().optional(),
  tenantId: z.string().optional(),
  struck: z.number(),
});
const Faults = z.object({ faults: z.array(Fault) });

const example = examples(
  'tenantry chaos on --step CreateAdminUser --call AdminCreateUser --fault answer-lost --times 1',
  'tenantry chaos on --step TestTenant --fault denied --tenant 6f1f0c7e-6f0c-4a5e-9d60-3d0b4c3ad7a1',
  'tenantry chaos list',
  'tenantry chaos off',
);
const faultsHelp = `\nFaults:\n${Object.entries(faults)
  .map(([name, meaning]) => `  ${name.padEnd(18)}${meaning}`)
  .join('\n')}`;

/** Adds the commands that have faults befall the steps of a local stack. */
export function chaos(program: Command): void {
  const group = program
    .command('chaos')
    .summary('have faults befall the steps of a local stack')
    .description('Has faults befall the calls of steps on a local stack, to show and practise a repair. Refused on every other profile.')
    .addHelpText('after', faultsHelp)
    .addHelpText('after', example);
  group
    .command('on')
    .summary('switch a fault on')
    .description('Switches a fault on: it befalls the calls of the step until it is switched off, or so many times.')
    .addOption(new Option('--step <name>', 'which step').choices(onboardSteps).makeOptionMandatory())
    .addOption(new Option('--fault <name>', 'what befalls its calls').choices(Object.keys(faults)).makeOptionMandatory())
    .option('--call <operation>', 'only calls of this operation, as AWS names it, such as AdminCreateUser (default: every call)')
    .option('--times <number>', 'how often (default: until it is switched off)', count)
    .option('--tenant <tenantId>', 'only for this tenant (default: for all)')
    .addHelpText('after', faultsHelp)
    .addHelpText('after', example)
    .action(async ({ tenant, ...wanted }: Record<string, unknown>, command: Command) => {
      const context = contextOf(command);
      const fault = Fault.parse(await ask(context, 'POST', { ...wanted, ...(tenant === undefined ? {} : { tenantId: tenant }) }));
      if (context.json) return printJson(fault);
      printNote(`On: ${fault.faultId}. Switch it off: tenantry chaos off ${fault.faultId}`);
    });
  group
    .command('off')
    .summary('switch faults off')
    .description('Switches one fault off, or all of them.')
    .argument('[faultId]', 'which (default: all)')
    .addHelpText('after', example)
    .action(async (faultId: string | undefined, _options: object, command: Command) => {
      const context = contextOf(command);
      if (faultId !== undefined && !(await listed(context)).some((fault) => fault.faultId === faultId))
        throw new CommandFailure(exitCodes.refused, `There is no fault ${faultId}.`, ['See which there are: tenantry chaos list']);
      const left = Faults.parse(await ask(context, 'DELETE', undefined, faultId === undefined ? '' : `?faultId=${faultId}`));
      if (context.json) return printJson(left);
      printNote(left.faults.length === 0 ? 'No fault is on.' : `Faults still on: ${left.faults.length}`);
    });
  group
    .command('list')
    .summary('show which faults are on')
    .description('Shows which faults are on, and how often each has struck.')
    .addHelpText('after', example)
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command);
      const found = await listed(context);
      if (context.json) return printJson({ faults: found });
      printLines(
        table(
          ['ID', 'STEP', 'CALL', 'FAULT', 'TENANT', 'STRUCK'],
          found.map(({ faultId, step, call = 'every', fault, tenantId = 'all', struck, times }) => [
            ...[faultId, step, call, fault, tenantId],
            times === undefined ? String(struck) : `${struck} of ${times}`,
          ]),
        ),
      );
    });
}

const listed = async (context: Context) => Faults.parse(await ask(context, 'GET')).faults;

async function ask(context: Context, method: string, content?: object, query = ''): Promise<unknown> {
  const profile = await context.profile();
  const { chaosUrl } = profile;
  if (!chaosUrl)
    throw new CommandFailure(exitCodes.refused, `The profile "${profile.name}" is no local stack: faults are for those alone.`, [
      'Start one with: npm run local',
      'Then: tenantry chaos … --profile local',
    ]);
  const body = content && JSON.stringify(content);
  const answer = await fetch(`${chaosUrl}${query}`, { method, ...(body ? { body } : {}) }).catch((error: unknown) => {
    throw unreachable(error, chaosUrl, profile);
  });
  const said: unknown = await answer.json().catch(() => undefined);
  if (!answer.ok || said === undefined)
    throw new CommandFailure(exitCodes.unreachable, `What answers at ${chaosUrl} knows no faults (${answer.status}).`, [
      'Start the local stack again: npm run local',
    ]);
  return said;
}

function count(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('It must be a whole number, 1 or more.');
  return value;
}
