import { Command } from 'commander';
import type { Figures } from './figures.ts';

const program = new Command('npm run --silent bench --').description(
  'Measure one thing on the local stack and print it. What each figure means: docs/figures.md. Ends with an exit code other than 0 if a goal is missed.',
);

/** A measurement's modules are loaded when it is asked for. */
function measurement(
  name: string,
  description: string,
  measure: (log: (line: string) => void, options: Record<string, string>) => Promise<Figures>,
) {
  return program
    .command(name)
    .description(description)
    .option('--json', 'print one JSON object as the last line')
    .action(async (options: Record<string, string> & { json?: true }) => {
      const figures = await measure(console.error, options);
      for (const line of figures.text) console.log(line);
      for (const goal of figures.missed) console.error(`Goal missed: ${goal}.`);
      if (options.json) console.log(JSON.stringify(figures.json));
      // A client's open connection must not keep a finished measurement up.
      process.exit(figures.missed.length > 0 ? 1 : 0);
    });
}

measurement('cost', 'what an onboarding costs at list prices, from units counted in a run', async (log) =>
  (await import('./cost.ts')).cost(log),
);
measurement('latency', 'how the time to ACTIVE divides into bare calls, handlers and engine', async (log) =>
  (await import('./latency.ts')).latency(log),
);
measurement(
  'burst',
  'what many signups at once come to, and their throughput over that of their bare calls',
  async (log, { signups, concurrency, rates }) =>
    (await import('./burst.ts')).burst(log, { signups: Number(signups), concurrency: Number(concurrency), rates: Number(rates) }),
)
  .option('--signups <number>', 'how many', '1000')
  .option('--concurrency <number>', 'how many at the same time', '50')
  .option('--rates <part>', "which part of AWS's rates Cognito and CloudFormation serve; 0 for no limit", '0.1');
measurement('flat', 'whether a tenant takes more when 10,000 are there than when 10 are', async (log) =>
  (await import('./flat.ts')).flat(log),
);
measurement('bundle', 'how large each bundle is, and its cold start against a bare handler', async (log, { pairs, handlers }) =>
  (await import('./bundle.ts')).bundle(log, { pairs: Number(pairs), ...(handlers ? { names: handlers.split(',') } : {}) }),
)
  .option('--pairs <number>', 'how many starts of each to compare', '21')
  .option('--handlers <names>', 'only these, such as api/create-signup,steps/test-tenant');

await program.parseAsync();
