import { cp, glob, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { synthesise } from '../local/synthesise.ts';
import { bundleBareHandler, clientsOf } from './bundle/bare-handler.ts';
import { coldStart } from './bundle/cold-start.ts';
import { firstEvent } from './bundle/first-event.ts';
import { type RefusingService, refusingService, type ServiceCall } from './bundle/refusing-service.ts';
import { type Figures, median } from './figures.ts';

export const goalRatio = 1.25;
export const goalKilobytes = 400;
const bytesInKilobyte = 1024;

/** The call of the tables' client with which a handler is compared that calls nobody: it is what the lightest of the others does. */
const lightest = { clients: ['@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb'], target: 'DynamoDB_20120810.GetItem' };

interface Handler {
  /** Such as "steps/plan-tenant". */
  readonly name: string;
  /** The names of the variables in its function's environment. */
  readonly variables: readonly string[];
}

/** The functions of an assembly. */
async function handlersOf(assembly: string): Promise<Handler[]> {
  const handlers: Handler[] = [];
  for await (const file of glob('*.template.json', { cwd: assembly })) {
    const { Resources } = JSON.parse(await readFile(join(assembly, file), 'utf8')) as { Resources: Record<string, FunctionResource> };
    for (const { Type, Properties } of Object.values(Resources)) {
      const [, name] = /lambdas\/(.+)\.ts/.exec((Type === 'AWS::Lambda::Function' && Properties.Description) || '') ?? [];
      if (name) handlers.push({ name, variables: Object.keys(Properties.Environment?.Variables ?? {}) });
    }
  }
  return handlers.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
interface FunctionResource {
  readonly Type: string;
  readonly Properties: { readonly Description?: string; readonly Environment?: { readonly Variables?: object } };
}

/** The size of a folder's files, in bytes. */
async function bytesIn(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async (file) => (await stat(join(folder, file))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** The cold start of a bundle in proportion to that of a bare handler with the same clients and the same first calls. `folder` is for both. */
async function compare(
  { name, variables }: Handler,
  bundle: string,
  folder: string,
  service: RefusingService,
  pairs: number,
): Promise<number> {
  const event = firstEvent(name);
  const measure = async (file: string, expected: ServiceCall | undefined) => {
    const { milliseconds, firstCall } = await coldStart(file, event, service, variables);
    if (firstCall?.target !== expected?.target)
      throw new Error(`${file} called ${firstCall?.target ?? 'nobody'} first, and not ${expected?.target ?? 'nobody'}.`);
    return milliseconds;
  };
  const clients = await clientsOf(name);
  // The first starts also bring the files into the system's cache.
  service.hold(true);
  const { firstCall, callsAtOnce } = await coldStart(bundle, event, service, variables);
  service.hold(false);
  if (!firstCall && clients.length > 0)
    throw new Error(`${name} calls nobody for the event that bench/bundle/first-event.ts has for it, and has ${clients.join(', ')}.`);
  const calls = firstCall ? callsAtOnce : [{ target: lightest.target, input: { TableName: 'bench', Key: {} } }];
  const [call] = calls;
  const bare = join(folder, 'bare.js');
  await bundleBareHandler(firstCall ? clients : lightest.clients, calls, bare);
  await measure(bare, call);
  const ratios: number[] = [];
  for (let pair = 0; pair < pairs; pair += 1) {
    // In turn, so that neither always comes first.
    const bareFirst = pair % 2 === 0 ? await measure(bare, call) : undefined;
    const own = await measure(bundle, firstCall);
    ratios.push(own / (bareFirst ?? (await measure(bare, call))));
  }
  return median(ratios);
}

/** The size of each function's bundle, and its cold start in proportion to a bare handler's with the same clients. `names`: of these handlers alone. */
export async function bundle(
  log: (line: string) => void,
  { pairs, names }: { readonly pairs: number; readonly names?: readonly string[] },
): Promise<Figures> {
  const assembly = await synthesise({ log });
  // Apart from any package.json, as on Lambda.
  const folder = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
  const service = await refusingService();
  try {
    const all = await handlersOf(assembly);
    const unknown = names?.find((name) => !all.some((handler) => handler.name === name));
    if (unknown !== undefined) throw new Error(`There is no handler ${unknown}. There are: ${all.map(({ name }) => name).join(', ')}.`);
    const handlers = [];
    for (const handler of all.filter(({ name }) => names?.includes(name) ?? true)) {
      const own = join(folder, handler.name);
      await cp(join(assembly, 'handlers', handler.name), own, { recursive: true });
      const ratio = await compare(handler, join(own, 'index.js'), folder, service, pairs);
      handlers.push({ name: handler.name, kilobytes: (await bytesIn(own)) / bytesInKilobyte, ratio });
    }
    const maxRatio = Math.max(...handlers.map(({ ratio }) => ratio));
    const maxKilobytes = Math.max(...handlers.map(({ kilobytes }) => kilobytes));
    return {
      text: [
        ...handlers.map(({ name, kilobytes, ratio }) => `${kilobytes.toFixed(0).padStart(5)} KB  ${ratio.toFixed(3)}  ${name}`),
        `maxKilobytes ${maxKilobytes.toFixed(0)} (goal: at most ${goalKilobytes}), maxRatio ${maxRatio.toFixed(3)} (goal: at most ${goalRatio}); medians of ${pairs} pairs`,
      ],
      json: { maxRatio, maxKilobytes, handlers, pairs, goal: { maxRatio: goalRatio, maxKilobytes: goalKilobytes } },
      missed: [
        ...(maxRatio > goalRatio ? [`a cold start takes ${maxRatio.toFixed(3)} times a bare one's, more than ${goalRatio}`] : []),
        ...(maxKilobytes > goalKilobytes ? [`a bundle has ${maxKilobytes.toFixed(0)} KB, more than ${goalKilobytes}`] : []),
      ],
    };
  } finally {
    service.close();
    await rm(folder, { recursive: true });
  }
}
