import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { synthesise } from '../local/synthesise.ts';
import { bundleBareHandler } from './bundle/bare-handler.ts';
import { type Figures, median } from './figures.ts';

export const goalRatio = 1.25;
export const goalKilobytes = 400;
const bytesInKilobyte = 1024;
const pairs = 7;
const runner = fileURLToPath(new URL('./bundle/first-result.js', import.meta.url));

const id = '6b0f2c8e-4f0f-4c54-9a38-0d6a6f6f4f11';
/** What every handler can make something of: a step's input, a request to the API by a member of staff, and an empty batch. */
const event = JSON.stringify({
  tenantId: id,
  runId: `onboard-${id}`,
  generation: 1,
  redriveCount: 0,
  retryCount: 0,
  pathParameters: { tenantId: id },
  multiValueQueryStringParameters: null,
  headers: { 'content-type': 'application/json', 'idempotency-key': id },
  body: '{}',
  requestContext: { authorizer: { claims: { sub: id, 'cognito:groups': 'operators' } } },
  Records: [],
});

/** An AWS that refuses everything at once: a first call is made and answered, and nothing is waited for. */
async function refusingService() {
  const server = createServer((request, response) => {
    request
      .resume()
      .on('end', () => response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end('{"__type":"AccessDeniedException"}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A TCP server has no port.');
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

/** Milliseconds from the start of a process to the first result of the handler in it. */
async function coldStart(bundle: string, endpoint: string): Promise<number> {
  const names = [
    'TENANTS_TABLE',
    'EVENTS_TABLE',
    'PEOPLE_TABLE',
    'PEOPLE_KEYS_TABLE',
    'TENANT_DATA_TABLE',
    'TENANT_DATA_BUCKET',
    'SIGNUP_MAC_KEY_ID',
  ];
  const env = {
    ...Object.fromEntries(names.map((name) => [name, 'bench'])),
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_SESSION_TOKEN: 'bench',
    POWERTOOLS_SERVICE_NAME: 'tenantry',
    LOG_LEVEL: 'SILENT',
  };
  const begun = performance.now();
  const child = spawn(process.execPath, [runner, bundle, event], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const failed = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`${bundle} ended with exit code ${code} before its first result.`);
  });
  await Promise.race([once(child.stdout, 'data'), failed]);
  const milliseconds = performance.now() - begun;
  await failed;
  return milliseconds;
}

/** The size of each function's bundle, and its cold start in proportion to a bare handler's with the same clients. */
export async function bundle(log: (line: string) => void): Promise<Figures> {
  const folder = join(await synthesise({ log }), 'handlers');
  const found = await readdir(folder, { recursive: true });
  const files = found.filter((path) => path.endsWith('index.mjs')).toSorted();
  const bareFolder = await mkdtemp(join(tmpdir(), 'tenantry-bench-'));
  const service = await refusingService();
  try {
    const handlers = [];
    for (const file of files) {
      const name = file.replace(/[\\/]index\.mjs$/, '');
      const own = join(folder, file);
      const bare = await bundleBareHandler(name, join(bareFolder, `${name.replace(/[\\/]/, '-')}.mjs`));
      const ratios: number[] = [];
      for (let pair = 0; pair < pairs; pair += 1) ratios.push((await coldStart(own, service.url)) / (await coldStart(bare, service.url)));
      handlers.push({ name, kilobytes: (await stat(own)).size / bytesInKilobyte, ratio: median(ratios) });
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
    await rm(bareFolder, { recursive: true });
  }
}
