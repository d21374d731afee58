import { Agent } from 'node:http';
import type { AwsSession } from './hand-over.ts';

interface ClientSettings {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  maxAttempts: number;
  requestHandler: { httpAgent: Agent; requestTimeout: number; socketAcquisitionWarningTimeout: number };
}

/** The longest that Lambda lets a function run, and a minute. */
const requestTimeoutMilliseconds = 16 * 60 * 1000;
const mostClients = 200;

/** SDK clients by class and session, on one pool of kept connections. */
export class AwsClients {
  readonly #agent: Agent;
  readonly #clients = new Map<string, unknown>();

  /** @param mostConnections calls beyond that wait for their turn. */
  constructor(mostConnections = 256) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: mostConnections });
  }

  /** The client of this class for this session. One attempt a call: it is the workflow that retries. */
  get<Client>(Client: new (settings: ClientSettings) => Client, session: AwsSession, maxAttempts = 1): Client {
    const { endpoint, region, credentials } = session;
    const key = [Client.name, endpoint, region, credentials.accessKeyId, credentials.sessionToken].join('\n');
    const known = this.#clients.get(key);
    if (known instanceof Client) return known;
    const { sessionToken, ...keys } = credentials;
    const client = new Client({
      endpoint,
      region,
      credentials: sessionToken === undefined ? keys : { ...keys, sessionToken },
      maxAttempts,
      // No limit on connecting: it would count the wait for one of the connections too.
      requestHandler: {
        httpAgent: this.#agent,
        requestTimeout: requestTimeoutMilliseconds,
        socketAcquisitionWarningTimeout: requestTimeoutMilliseconds,
      },
    });
    // The connections belong to the pool, so that the oldest client can simply be let go.
    const [oldest] = this.#clients.keys();
    if (this.#clients.size >= mostClients && oldest !== undefined) this.#clients.delete(oldest);
    this.#clients.set(key, client);
    return client;
  }

  /** Closes all connections. */
  close(): void {
    this.#agent.destroy();
    this.#clients.clear();
  }
}
