import type { Command } from 'commander';
import type { OnboardingState } from '../../contracts/onboarding.ts';
import { contextOf } from '../context.ts';
import { examples } from '../options.ts';
import { facts, printJson, printLines, printNote, table } from '../output.ts';

const reason = ['--reason <words>', 'why, for the audit trail, which keeps it for good: no names and no addresses'] as const;
const states = {
  open: 'open: new tenants are onboarded',
  paused: 'paused: signups are refused, and no run is started',
  'half-open': 'half-open: signups are accepted, and one run tries while the others wait',
} as const satisfies Record<OnboardingState['state'], string>;

/** Adds the commands that pause and resume the onboarding of new tenants. */
export function onboarding(program: Command): void {
  const group = program
    .command('onboarding')
    .summary('show, pause and resume the onboarding of new tenants')
    .description(
      'Shows, pauses and resumes the onboarding of new tenants. It pauses by itself when the same step has failed for several tenants in a row. Runs that have begun go on. Needs you to be signed in.',
    )
    .addHelpText('after', examples('tenantry onboarding show', "tenantry onboarding pause --reason 'the region has trouble'"));
  group
    .command('show')
    .summary('show whether new tenants are onboarded, and if not, why not')
    .description('Shows whether new tenants are onboarded, since when and why not, and which steps fail. Needs you to be signed in.')
    .addHelpText('after', examples('tenantry onboarding show', 'tenantry onboarding show --json'))
    .action(async (_options: object, command: Command) => {
      const context = contextOf(command);
      const state = await context.call('ShowOnboarding', {});
      return context.json ? printJson(state) : print(state);
    });
  group
    .command('pause')
    .summary('refuse new signups and start no further runs')
    .description(
      'Refuses new signups and starts no further runs, until it is resumed by hand. Signups that were accepted are kept, and runs that have begun go on. Needs you to be signed in.',
    )
    .requiredOption(...reason)
    .addHelpText('after', examples("tenantry onboarding pause --reason 'the region has trouble'"))
    .action(async (body: { reason: string }, command: Command) => {
      const context = contextOf(command);
      const state = await context.call('PauseOnboarding', { body: { reason: body.reason } });
      return context.json ? printJson(state) : print(state);
    });
  group
    .command('resume')
    .summary('accept signups and start runs again')
    .description('Accepts signups again. Runs that waited are started within five minutes. Needs you to be signed in.')
    .requiredOption(...reason)
    .addHelpText('after', examples("tenantry onboarding resume --reason 'the quota was raised'"))
    .action(async (body: { reason: string }, command: Command) => {
      const context = contextOf(command);
      const state = await context.call('ResumeOnboarding', { body: { reason: body.reason } });
      return context.json ? printJson(state) : print(state);
    });
}

function print({ state, pausedAt, pausedBy, reason: why, step, probeAt, probe, failuresInARow, streaks }: OnboardingState): void {
  printLines([
    ...facts([
      ['Onboarding', states[state]],
      ['Since', pausedAt],
      ['By', pausedBy && `${pausedBy.kind} ${pausedBy.id}`],
      ['Why', why],
      ['Step', step],
      ['One run tries', probeAt && `from ${probeAt}`],
      ['Tries', probe],
    ]),
    ...(streaks.length > 0
      ? [
          '',
          ...table(
            ['STEP', 'FAILED FOR', 'PAUSES AT', 'LAST'],
            streaks.map(({ step: failing, tenants, lastAt }) => [failing, String(tenants), String(failuresInARow), lastAt]),
          ),
        ]
      : []),
  ]);
  if (state !== 'open')
    printNote(
      step
        ? `Mend ${step} and redrive one tenant: the first run that passes it resumes onboarding.`
        : "It is resumed by hand: tenantry onboarding resume --reason '…'",
    );
}
