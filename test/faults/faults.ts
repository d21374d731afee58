import { Command, Option } from 'commander';
import { loadCatalog } from '../../catalog/catalog.ts';
import { type FaultCase, idOfAll } from './cases/fault-case.ts';
import { type DeliveryFaults, idOfDelivery } from './deliveries/delivery-case.ts';
import { evenly } from './evenly.ts';
import { type CaseResult, Matrix } from './runner.ts';
import { replay, runSeeds } from './walks/seeds.ts';

const program = new Command('faults')
  .description('Runs the fault matrix: every tier, state and AWS call of the workflows, every fault, and every way to go on.')
  .option('--list', 'enumerate the cases')
  .addOption(
    new Option(
      '--run <kind>',
      'run cases: "deliveries" has records, events and messages come twice, late or out of order, "delivery-pairs" two of them; "pairs" has a second fault befall the repair of a first; "rotated" is every fault of the onboarding once and some of what undoes it, the ways in turns, several to a tenant; "grant" takes each grant of a step away',
    ).choices(['single', 'pairs', 'rotated', 'grant', 'deliveries', 'delivery-pairs']),
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
  const singles = async () => alone([...matrix.singles(), ...(await matrix.interrupted())]);
  const named = (id: string) => !options.id || id.includes(options.id);
  const grants = (await matrix.grants()).filter(({ id }) => named(id));
  const deliveries = async () =>
    (await matrix.deliveries())
      .cases()
      .map((each): DeliveryFaults => [each])
      .filter((each) => named(idOfDelivery(each)));
  const deliveryPairs = async () => (await matrix.deliveries()).pairs().filter((each) => named(idOfDelivery(each)));
  const { sample } = options;
  const sampled = <Case>(cases: readonly Case[]): readonly Case[] => (sample ? evenly(cases, sample) : cases);
  if (options.list) {
    const [single, pairs] = [await singles(), wanted(await matrix.pairs())];
    const [delivered, twoDelivered] = [await deliveries(), await deliveryPairs()];
    const counts = {
      single: single.length,
      pairs: pairs.length,
      grants: grants.length,
      deliveries: delivered.length,
      deliveryPairs: twoDelivered.length,
    };
    if (options.json) console.log(JSON.stringify(counts));
    else
      for (const id of [
        ...[...single, ...pairs].map(idOfAll),
        ...grants.map(({ id }) => id),
        ...[...delivered, ...twoDelivered].map(idOfDelivery),
      ])
        console.log(id);
  } else {
    const startedAt = performance.now();
    let failed = 0;
    let ran = 0;
    const tell = ({ id, wrong }: CaseResult) => {
      ran += 1;
      if (wrong.length === 0) return;
      failed += 1;
      process.stderr.write(`FAILED ${id}\n${wrong.map((line) => `  ${line}\n`).join('')}`);
    };
    const run = options.run ?? 'single';
    if (run === 'grant') await matrix.runGrants(grants, tell);
    if (run === 'rotated') await matrix.runPacked(sampled(alone([...matrix.rotated(), ...(await matrix.someInterrupted())])).flat(), tell);
    if (run === 'single') await matrix.run(sampled(await singles()), tell);
    if (run === 'pairs') await matrix.run(sampled(wanted(await matrix.pairs(options.id ? undefined : sample))), tell);
    const platform = failed === 0 && run !== 'grant' ? await matrix.platform() : undefined;
    if (platform && platform.wrong.length > 0) tell(platform);
    if (run === 'deliveries' || run === 'rotated') await (await matrix.deliveries()).run(sampled(await deliveries()), tell);
    if (run === 'delivery-pairs') await (await matrix.deliveries()).run(sampled(await deliveryPairs()), tell);
    process.stderr.write(`${((performance.now() - startedAt) / Math.max(1, ran)).toFixed(0)} ms a case\n`);
    console.log(JSON.stringify({ ran, failed }));
    if (failed > 0) process.exitCode = 1;
  }
} finally {
  await matrix.stop();
}
