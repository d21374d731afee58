import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below those that systems give to whoever does not choose: a connection that is opened meanwhile, or a server of any port, would take one of them. */
const [lowest, beyond] = [20_000, 32_768];
const mostTries = 100;

/**
 * A port of 127.0.0.1 that nothing listens on now. Another process may take it first; whoever wanted it then fails to start and says so. Chosen by chance, so that two who choose at the
 * same time choose others.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const port = randomInt(lowest, beyond);
    if (await isFree(port)) return port;
  }
  throw new Error(`None of ${mostTries} ports between ${lowest} and ${beyond} is free.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}
