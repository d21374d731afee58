import { Command } from 'commander';
import { type FaultCase, idOf } from '../faults/cases/fault-case.ts';
import { Matrix } from '../faults/runner.ts';
import { accepted } from './accepted.ts';
import { worthTrying } from './choice.ts';
import { recordCoverage } from './coverage.ts';
import { Elsewhere } from './elsewhere.ts';
import { mutantsOfCode } from './enumerate.ts';
import { type MutantResult, Results } from './results.ts';
import { retryClasses } from './retry-classes.ts';
import { casesOf, type Mutant, runMutant } from './run.ts';

const program = new Command('mutants')
  .description(
    'Takes each condition, each check, each retry class and each member of a transaction out of the steps, one at a time; the fault matrix has to notice.',
  )
  .option('--list', 'print the ids of the mutants, with file and line')
  .option('--id <id>', 'only the mutants whose id contains this, or one of these with commas between them', '')
  .option('--among <id>', 'only the cases whose id contains this, or one of these with commas between them', '')
  .option('--sample <count>', 'only so many mutants, evenly chosen', Number)
  .option('--cases <count>', 'try at most so many cases on a mutant', Number, 48)
  .option('--tiers <tiers>', 'the cases of these tiers, with commas between them', 'starter,business,enterprise')
  .option('--continue', 'keep the results that there are of the same sources, and run the other mutants')
  .option('--elsewhere', 'have the other tests notice that accepted-survivors.json names, instead of the matrix')
  .option('--json', 'print the result as one line of JSON, the last line');
const options = program.parse().opts<{
  list?: true;
  id: string;
  among: string;
  sample?: number;
  cases: number;
  tiers: string;
  continue?: true;
  elsewhere?: true;
  json?: true;
}>();

const log = (line: string) => process.stderr.write(`${line}\n`);
const ofCode = mutantsOfCode();
const chosen = evenly(
  [...ofCode, ...retryClasses()].filter(({ id }) => options.id.split(',').some((part) => id.includes(part))),
  options.sample,
);

if (options.list) {
  for (const { id, file, line } of chosen) console.log(options.json ? id : `${id} ${file}:${line}`);
  if (options.json) console.log(JSON.stringify({ mutants: chosen.length }));
} else if (options.elsewhere) runElsewhere();
else await run();

function evenly(from: readonly Mutant[], most: number = from.length): Mutant[] {
  const count = Math.min(most, from.length);
  return Array.from({ length: count }, (_, place) => from[Math.floor((place * from.length) / count)] as Mutant);
}

/** Has each accepted survivor noticed by the test that is named for it. */
function runElsewhere(): void {
  const elsewhere = new Elsewhere();
  const named = chosen.flatMap((mutant) => {
    const { test, named: tests } = accepted[mutant.id] ?? {};
    return test ? [{ mutant, other: { test, ...(tests ? { named: tests } : {}) } }] : [];
  });
  const unnoticed = named.filter(({ mutant, other }) => {
    const noticed = elsewhere.notices(mutant, other);
    log(`${mutant.id}: ${noticed ? 'noticed' : 'not noticed'} by ${other.test}`);
    return !noticed;
  });
  elsewhere.remove();
  console.log(JSON.stringify({ ran: named.length, failed: unnoticed.length }));
  process.exitCode = unnoticed.length > 0 ? 1 : 0;
}

async function run(): Promise<void> {
  const results = new Results();
  if (!options.continue) results.forget();
  const known = results.read();
  const matrix = await Matrix.start(options.tiers.split(','), log);
  // What code that is broken on purpose leaves behind must not end the run.
  process.on('unhandledRejection', () => undefined);
  try {
    const among = (of: readonly FaultCase[]) => of.filter((each) => options.among.split(',').some((part) => idOf(each).includes(part)));
    const cases = worthTrying(among([...matrix.rotated(), ...matrix.claims()]));
    log(`${chosen.length} mutants; where ${cases.length} cases come by`);
    // Where a class is come by needs no recording: a state fails as it.
    const needed = chosen.some(({ kind }) => kind !== 'retry-class');
    const coverage = needed
      ? await results.coverage(`${options.tiers}${options.among}`, () => recordCoverage(matrix, cases, ofCode, log))
      : {};
    const toTry = { singles: among(matrix.singles()), cases, coverage };
    for (const [place, mutant] of chosen.entries()) {
      if (known.has(mutant.id)) continue;
      const result = await runMutant(matrix, mutant, casesOf(mutant, toTry), options.cases);
      results.add(result);
      known.set(mutant.id, result);
      const { killer, noticed, tried, reach } = result;
      log(
        `${place + 1}/${chosen.length} ${mutant.id}: ${killer ? `killed by ${killer}: ${noticed}` : `survived ${tried} of ${reach} cases`}`,
      );
    }
  } finally {
    await matrix.stop();
  }
  const survivors = chosen
    .map((mutant) => ({ mutant, result: known.get(mutant.id) }))
    .flatMap(({ mutant: { id, file, line }, result }) => (result && !result.killer ? [{ id, file, line, reason: reasonOf(result) }] : []));
  for (const { id } of chosen) if (accepted[id] && known.get(id)?.killer) log(`${id} was noticed: take it out of accepted-survivors.json.`);
  if (options.json) console.log(JSON.stringify({ mutants: chosen.length, killed: chosen.length - survivors.length, survivors }));
  else {
    for (const { id, reason } of survivors) console.log(`${id} survives: ${reason}`);
    console.log(`${chosen.length - survivors.length} of ${chosen.length} mutants were killed.`);
  }
  process.exit(survivors.some(({ id }) => !accepted[id]) ? 1 : 0);
}

function reasonOf({ id, tried, reach }: MutantResult): string {
  const { reason, test } = accepted[id] ?? {};
  if (reason) return test ? `${reason} Noticed by ${test}.` : reason;
  return reach === 0 ? 'Not explained: no case comes by.' : `Not explained: ${tried} of the ${reach} cases that come by do not notice.`;
}
