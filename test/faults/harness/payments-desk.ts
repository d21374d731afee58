import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type PaymentOutcome, pay } from '../../../local/payments/pay.ts';
import { type ProviderAccess, pointWebhooks } from '../../../local/payments/payment-provider.ts';

const mostSeconds = 10;

/** Takes the provider's webhooks in the place of the API, so that it is the matrix's to say when they come, and how often. */
export class PaymentsDesk {
  readonly provider: ProviderAccess;
  readonly #server: Server;
  readonly #told = new Map<string, PromiseWithResolvers<string>>();

  private constructor(provider: ProviderAccess, server: Server) {
    this.provider = provider;
    this.#server = server;
  }

  static async open(provider: ProviderAccess): Promise<PaymentsDesk> {
    const server = createServer();
    const desk = new PaymentsDesk(provider, server);
    server.on('request', async (request, response) => {
      desk.#take(await text(request));
      response.end('{}');
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    await pointWebhooks(provider, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return desk;
  }

  /**
   * Tries to pay, as the customer's browser does.
   * @returns the HTTP status (local/payments/pay.ts), and what the provider tells of it, when it tells anything; asked for, so that nobody waits for a webhook
   */
  async attempt(clientSecret: string, outcome: PaymentOutcome): Promise<{ readonly status: number; readonly event?: object }> {
    const status = await pay(this.provider, clientSecret, outcome);
    const [intent = ''] = clientSecret.split('_secret_');
    if (status === 400) return { status };
    // https://docs.stripe.com/api/events/list: the newest first
    const answer = await fetch(`${this.provider.apiUrl}/v1/events?limit=20`, {
      headers: { authorization: `Bearer ${this.provider.apiKey}` },
    });
    const { data } = (await answer.json()) as { data: { data: { object: { id: string } } }[] };
    const event = data.find((each) => each.data.object.id === intent);
    if (!event) throw new Error(`The provider has no event of the payment ${intent}.`);
    return { status, event };
  }

  /** Pays as the customer's browser does. @returns what the provider tells of it */
  async pay(clientSecret: string): Promise<string> {
    const [intent = ''] = clientSecret.split('_secret_');
    const told = Promise.withResolvers<string>();
    this.#told.set(intent, told);
    const status = await pay(this.provider, clientSecret, 'succeeds');
    if (status !== 200) throw new Error(`The provider answered ${status} to the payment.`);
    const late = setTimeout(() => told.reject(new Error('The provider told nothing of the payment.')), mostSeconds * 1_000);
    return told.promise.finally(() => clearTimeout(late));
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Signs what the provider told, at a time of the matrix's own: https://docs.stripe.com/webhooks#verify-manually */
  signatureOf(body: string, milliseconds: number): string {
    const seconds = Math.floor(milliseconds / 1_000);
    const signature = createHmac('sha256', this.provider.webhookSigningSecret).update(`${seconds}.${body}`).digest('hex');
    return `t=${seconds},v1=${signature}`;
  }

  #take(body: string): void {
    const { data } = JSON.parse(body) as { data: { object: { id: string } } };
    this.#told.get(data.object.id)?.resolve(body);
    this.#told.delete(data.object.id);
  }
}
