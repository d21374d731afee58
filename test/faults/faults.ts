import { Command, Option } from 'commander';
import { loadCatalog } from '../../catalog/catalog.ts';
import { type FaultCase, idOfAll } from './cases/fault-case.ts';
import { type CaseResult, Matrix } from './runner.ts';
import { replay, runSeeds } from './walks/seeds.ts';

const program = new Command('faults')
  .description('Runs the fault matrix: every tier, state and AWS call of the workflow, every fault, and every way to go on.')
  .option('--list', 'enumerate the cases')
  .addOption(
    new Option(
      '--run <kind>',
      'run cases: "pairs" has a second fault befall the repair of a first; "rotated" is every fault once, the ways in turns, several to a tenant; "grant" takes each grant of a step away',
    ).choices(['single', 'pairs', 'rotated', 'grant']),
  )
  .option('--sample <count>', 'run only so many, evenly chosen', Number)
  .option('--id <id>', 'run only the cases whose id contains this')
  .option(
    '--tiers <tiers>',
    'only these tiers, with commas between them',
    loadCatalog()
      .tiers.map(({ tier }) => tier)
      .join(','),
  )
  .option('--seeds <count>', 'make so many random walks of many tenants at once, each of its own seed', Number)
  .option('--from <seed>', 'the first seed', Number, 1)
  .option('--replay <seed>', 'make the walk of one seed, and tell every call of it', Number)
  .option('--json', 'print the result as one line of JSON, the last line');
const options = program.parse().opts<{
  list?: true;
  run?: string;
  sample?: number;
  id?: string;
  tiers: string;
  seeds?: number;
  from: number;
  replay?: number;
  json?: true;
}>();
const log = (line: string) => process.stderr.write(`${line}\n`);

if (options.seeds !== undefined || options.replay !== undefined) {
  const result = options.seeds !== undefined ? await runSeeds(options.seeds, options.from, log) : await replay(options.replay ?? 0, log);
  console.log(JSON.stringify(result));
  process.exit(result.failed > 0 ? 1 : 0);
}

const matrix = await Matrix.start(options.tiers.split(','), (line) => process.stderr.write(`${line}\n`));
try {
  const wanted = <Case extends readonly [FaultCase, ...FaultCase[]]>(cases: readonly Case[]) =>
    cases.filter((each) => !options.id || idOfAll(each).includes(options.id));
  const alone = (cases: readonly FaultCase[]) => wanted(cases.map((each) => [each] as const));
  const grants = (await matrix.grants()).filter(({ id }) => !options.id || id.includes(options.id));
  if (options.list) {
    const [single, pairs] = [alone(matrix.singles()), wanted(await matrix.pairs())];
    if (options.json) console.log(JSON.stringify({ single: single.length, pairs: pairs.length, grants: grants.length }));
    else for (const id of [...[...single, ...pairs].map(idOfAll), ...grants.map((grant) => grant.id)]) console.log(id);
  } else {
    const cases: readonly (readonly [FaultCase, ...FaultCase[]])[] =
      options.run === 'pairs' ? wanted(await matrix.pairs()) : alone(options.run === 'rotated' ? matrix.rotated() : matrix.singles());
    const every = options.sample ? cases.length / options.sample : 1;
    const chosen = options.sample
      ? Array.from(
          { length: Math.min(options.sample, cases.length) },
          (_, place) => cases[Math.floor(place * every)] as (typeof cases)[number],
        )
      : cases;
    const startedAt = performance.now();
    let failed = 0;
    let ran = 0;
    const tell = ({ id, wrong }: CaseResult) => {
      ran += 1;
      if (wrong.length === 0) return;
      failed += 1;
      process.stderr.write(`FAILED ${id}\n${wrong.map((line) => `  ${line}\n`).join('')}`);
    };
    if (options.run === 'grant') await matrix.runGrants(grants, tell);
    else if (options.run === 'rotated') await matrix.runPacked(chosen.flat(), tell);
    else await matrix.run(chosen, tell);
    process.stderr.write(`${((performance.now() - startedAt) / Math.max(1, ran)).toFixed(0)} ms a case\n`);
    console.log(JSON.stringify({ ran, failed }));
    if (failed > 0) process.exitCode = 1;
  }
} finally {
  await matrix.stop();
}
