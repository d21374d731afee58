import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkoutDirectory } from '../checkout.ts';
import { freePort } from '../free-port.ts';

const answerDeadlineMilliseconds = 120_000;
const pollMilliseconds = 50;

/** How a payment provider is reached, and what it and the project know each other by; what the secret of a deployment holds. */
export type ProviderAccess = { apiUrl: string; apiKey: string; webhookSigningSecret: string };

/** A payment provider that answers. */
export type PaymentProvider = ProviderAccess & { stop(): Promise<void> };

/** `python` is an interpreter that has localstripe installed. */
export type PaymentProviderOptions = { python: string; logFile: string; signal: AbortSignal; access?: ProviderAccess };

/**
 * Starts localstripe on 127.0.0.1, on a free port or where `access` says, and waits until it answers. It ends with this process, however that ends, and forgets everything then.
 */
export async function startPaymentProvider(options: PaymentProviderOptions): Promise<PaymentProvider> {
  const { python, logFile, signal } = options;
  signal.throwIfAborted();
  const access = options.access ?? {
    apiUrl: `http://127.0.0.1:${await freePort()}`,
    apiKey: `sk_test_${randomBytes(16).toString('hex')}`,
    webhookSigningSecret: `whsec_${randomBytes(24).toString('hex')}`,
  };
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(python, ['-m', 'tenantry_localstripe'], {
    env: {
      PATH: process.env['PATH'],
      PYTHONPATH: join(checkoutDirectory, 'local', 'payments'),
      PYTHONUNBUFFERED: '1',
      PAYMENTS_PORT: new URL(access.apiUrl).port,
      TENANTRY_LOCALSTRIPE_WITHOUT: process.env['TENANTRY_LOCALSTRIPE_WITHOUT'],
    },
    stdio: ['pipe', log, log],
    // Ctrl-C in the terminal reaches this process first, which then stops the parts in order.
    detached: true,
  });
  const stop = () => stopped(child);
  try {
    await untilAnswering(child, access, signal);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...access, stop };
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  // It ends when this pipe closes. Nothing is ever written to it.
  child.stdin?.end();
  await once(child, 'exit');
}

async function untilAnswering(child: ChildProcess, access: ProviderAccess, signal: AbortSignal): Promise<void> {
  const failed = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`localstripe ended with exit code ${code} instead of answering.`)),
  );
  failed.catch(() => undefined);
  const deadline = AbortSignal.timeout(answerDeadlineMilliseconds);
  const answering = async () => {
    for (;;) {
      const answer = await fetch(`${access.apiUrl}/v1/balance`, { headers: { authorization: `Bearer ${access.apiKey}` }, signal }).catch(
        () => undefined,
      );
      if (answer?.ok) return;
      signal.throwIfAborted();
      if (deadline.aborted) throw new Error(`localstripe did not answer at ${access.apiUrl} in time.`);
      await delay(pollMilliseconds, undefined, { signal });
    }
  };
  await Promise.race([answering(), failed]);
}

/** Has the provider tell of payments there, as one tells Stripe in its dashboard (https://docs.stripe.com/webhooks#register-webhook). */
export async function pointWebhooks({ apiUrl, webhookSigningSecret: secret }: ProviderAccess, url: string): Promise<void> {
  const answer = await fetch(`${apiUrl}/_config/webhooks/tenantry`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ url, secret, events: ['payment_intent.succeeded', 'payment_intent.payment_failed'] }),
  });
  if (!answer.ok) throw new Error(`localstripe answered ${answer.status} to where its webhooks go.`);
}
