import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Something at Stripe's, as its API shows it. */
export type Thing = { id: string; object: string; metadata: Record<string, string>; [field: string]: unknown };

/** What is done to a request instead of serving it, or after: the connection is cut, the answer is lost, an error is answered. */
export type Fault = 'cut' | 'lose answer' | { status: number; error: Record<string, string> };

const prefixes: Record<string, string> = {
  customers: 'cus_',
  payment_intents: 'pi_',
  refunds: 're_',
  plans: 'plan_',
  subscriptions: 'sub_',
};

const firstStatus: Record<string, string> = { payment_intents: 'requires_payment_method', subscriptions: 'trialing' };

/** `metadata[tenantId]=…` as Stripe's API takes it: one level of nesting is all that is sent. */
function parsed(text: string): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const [, outer = '', inner] = /^(\w+)(?:\[(\w+)\])?/.exec(name) ?? [];
    fields[outer] = inner ? { ...(fields[outer] as object), [inner]: value } : value;
  }
  return fields;
}

/**
 * As much of Stripe as the adapter speaks to, over HTTP, so that its SDK is the real one. Lists have one thing a page, the newest first. A request with an idempotency key that it knows is answered as
 * the first one was, until it forgets the keys, as Stripe does after a day.
 */
export class FakeStripe {
  readonly things: Thing[] = [];
  /** Method and path of each request. */
  readonly requests: string[] = [];
  readonly answers = new Map<string, [status: number, answer: unknown]>();
  readonly signingSecret = 'whsec_of_the_tests';
  /** Decides what becomes of a request. */
  fault: (request: string) => Fault | undefined = () => undefined;
  /** Its clock, in seconds of Unix time. */
  nowSeconds = () => Math.floor(Date.now() / 1000);
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(): Promise<FakeStripe> {
    const fake = new FakeStripe();
    fake.server.listen(0, '127.0.0.1');
    await once(fake.server, 'listening');
    return fake;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** What the deployment's secret has to be. */
  get secret(): string {
    const { port } = this.server.address() as AddressInfo;
    return JSON.stringify({ apiKey: 'sk_test_1', webhookSigningSecret: this.signingSecret, apiUrl: `http://127.0.0.1:${port}` });
  }

  /** Forgets everything between tests. */
  clear(): void {
    for (const list of [this.things, this.requests]) list.splice(0);
    this.answers.clear();
    this.fault = () => undefined;
  }

  of(kind: keyof typeof prefixes, tenantId: string): Thing[] {
    return this.things.filter(({ id, metadata }) => id.startsWith(prefixes[kind] as string) && metadata['tenantId'] === tenantId);
  }

  refunds(): Thing[] {
    return this.things.filter(({ id }) => id.startsWith('re_'));
  }

  sign(body: string, atMilliseconds: number): string {
    const at = Math.floor(atMilliseconds / 1000);
    return `t=${at},v1=${createHmac('sha256', this.signingSecret).update(`${at}.${body}`).digest('hex')}`;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += chunk;
    const url = new URL(request.url ?? '', 'http://stripe');
    const said = `${request.method} ${url.pathname}`;
    this.requests.push(said);
    const fault = this.fault(said);
    if (fault === 'cut') return void request.socket.destroy();
    const act = () => this.act(said, parsed(body), url.searchParams);
    const [status, answer] =
      typeof fault === 'object' ? [fault.status, { error: fault.error }] : this.once(request.headers['idempotency-key'], act);
    if (fault === 'lose answer') return void request.socket.destroy();
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  private once(key: string | string[] | undefined, act: () => [status: number, answer: unknown]): [status: number, answer: unknown] {
    const known = this.answers.get(String(key));
    if (known) return known;
    const answer = act();
    if (key) this.answers.set(String(key), answer);
    return answer;
  }

  private act(said: string, fields: Record<string, unknown>, query: URLSearchParams): [status: number, answer: unknown] {
    const [method, path = ''] = said.split(' ');
    const [, , kind = '', id, action] = path.split('/');
    if (!id) return method === 'POST' ? [200, this.create(kind, fields)] : [200, this.list(kind, query)];
    const thing = this.things.find((each) => each.id === id);
    if (!thing) return [404, { error: { type: 'invalid_request_error', message: 'No such thing' } }];
    if (kind === 'customers' && method === 'DELETE') thing['deleted'] = true;
    if (kind === 'subscriptions' && method === 'DELETE') {
      if (thing['status'] === 'canceled') return [404, { error: { type: 'invalid_request_error', code: 'resource_missing' } }];
      thing['status'] = 'canceled';
    }
    if (action === 'cancel') {
      if (thing['status'] === 'succeeded')
        return [400, { error: { type: 'invalid_request_error', code: 'payment_intent_unexpected_state' } }];
      thing['status'] = 'canceled';
    }
    return [200, thing];
  }

  /** Makes something, as a request would, or somebody in the dashboard. */
  create(kind: string, fields: Record<string, unknown>): Thing {
    const id = (fields['id'] as string) ?? `${prefixes[kind]}${this.things.length + 1}`;
    const plan = (fields['items'] as Record<string, string> | undefined)?.['0'];
    const thing: Thing = {
      object: kind.replace(/s$/, ''),
      metadata: {},
      status: firstStatus[kind] ?? 'succeeded',
      client_secret: `${id}_secret_1`,
      payment_method: 'pm_1',
      created: this.nowSeconds(),
      ...fields,
      ...(plan ? { items: { object: 'list', data: [{ quantity: 1, plan: this.things.find((each) => each.id === plan) }] } } : {}),
      id,
    };
    this.things.push(thing);
    return thing;
  }

  private list(kind: string, query: URLSearchParams) {
    const wanted = (thing: Thing) =>
      thing.id.startsWith(prefixes[kind] as string) &&
      !(kind === 'subscriptions' && thing['status'] === 'canceled') &&
      !thing['deleted'] &&
      ['customer', 'payment_intent'].every((name) => !query.has(name) || thing[name] === query.get(name));
    const all = this.things.filter(wanted).reverse();
    const from = all.findIndex(({ id }) => id === query.get('starting_after')) + 1;
    return { object: 'list', url: `/v1/${kind}`, data: all.slice(from, from + 1), has_more: all.length > from + 1 };
  }
}
