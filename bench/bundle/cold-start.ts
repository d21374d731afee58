import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { RefusingService, ServiceCall } from './refusing-service.ts';

const runner = fileURLToPath(new URL('./first-result.js', import.meta.url));

/** How long a process took from its start until its handler's first call was answered, or until its result if it calls nobody; and that call. */
export interface ColdStart {
  readonly milliseconds: number;
  /** Absent for a handler that calls nobody. */
  readonly firstCall: ServiceCall | undefined;
  /** Those that were received before the first was answered, itself included. */
  readonly callsAtOnce: readonly ServiceCall[];
}

/**
 * Starts a process with a bundle and calls its handler once. What the handler does with a refusal is no part of the time. `variables` are the names of its
 * environment.
 */
export async function coldStart(bundle: string, event: object, service: RefusingService, variables: readonly string[]): Promise<ColdStart> {
  const env = {
    ...Object.fromEntries(variables.map((name) => [name, name.endsWith('_URL') ? service.url : 'bench'])),
    AWS_ENDPOINT_URL: service.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'bench',
    AWS_SECRET_ACCESS_KEY: 'bench',
    AWS_SESSION_TOKEN: 'bench',
    POWERTOOLS_SERVICE_NAME: 'tenantry',
    LOG_LEVEL: 'SILENT',
  };
  service.takeCalls();
  const begun = performance.now();
  const child = spawn(process.execPath, [runner, bundle, JSON.stringify(event)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const failed = once(child, 'exit').then(([code]) => {
    if (code !== 0) throw new Error(`${bundle} ended with exit code ${code} before its first result.`);
  });
  await Promise.race([once(child.stdout, 'data'), failed]);
  const endedAt = performance.now();
  await failed;
  const calls = service.takeCalls();
  const [firstCall] = calls;
  const callsAtOnce = calls.filter(({ receivedAt }) => receivedAt < (firstCall?.answeredAt ?? 0));
  return { milliseconds: (firstCall?.answeredAt ?? endedAt) - begun, firstCall, callsAtOnce };
}
