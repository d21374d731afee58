import { AsyncLocalStorage } from 'node:async_hooks';
import { Agent } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { runtime } from '../../../lambdas/shared/runtime.ts';
import type { Credentials } from '../../../local/stack-record.ts';
import type { LambdaProcess, WireTreatment } from './lambda-process.ts';
import { type Next, onTheWire } from './wire.ts';

/** The code that is running, as what and for whom. */
export interface Running {
  readonly process: LambdaProcess;
  readonly environment: Readonly<Record<string, string>>;
  readonly session: Credentials;
  readonly random: () => number;
  readonly newId: () => string;
  /** Runs a function that the code invokes, in this process too, and answers as Lambda does. */
  invoke(functionArn: string, payload: unknown): Promise<object>;
  /** Answers requests to Step Functions, whose executions run in this process too; whether they are allowed, the local stack says. */
  readonly stepFunctions: (ask: Next) => Next;
}

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: object;
}

interface SdkClient {
  readonly config: {
    credentials: unknown;
    readonly serviceId: string;
    readonly requestHandler: { updateHttpClientConfig(key: 'httpAgent', agent: Agent): void };
  };
  readonly middlewareStack: {
    add(middleware: (next: Next) => Next, options: { name: string; step: 'deserialize'; priority: 'low' }): void;
  };
  send(command: Command, ...more: unknown[]): Promise<object>;
}

const running = new AsyncLocalStorage<Running>();
const wire = new AsyncLocalStorage<WireTreatment>();

/** Runs code as a function runs it: with its environment, its role, and its process's clock. */
export const runAs = <Answer>(as: Running, code: () => Promise<Answer>): Promise<Answer> => running.run(as, code);

/** Runs what is the harness's own although a function caused it. */
export const runAsHarness = <Answer>(code: () => Promise<Answer>): Promise<Answer> => running.exit(code);

/** By this the credentials that clients find by themselves are told from those that they were given. */
const ownAccessKeyId = 'THE-FUNCTION-ITSELF';

/** `memoized` has the SDK ask for each call anew: one client serves all functions that run here. */
const sessionOfWhoRuns = Object.assign(
  async () => {
    const session = running.getStore()?.session;
    if (!session) throw new Error('No function is running: nobody may make this call.');
    return { ...session };
  },
  { memoized: true },
);

/** MiniStack hangs up on a connection that was idle for 75 seconds. We do earlier, so that no request meets that: it would be a fault that nobody asked for. */
const connections = new Agent({ keepAlive: true, timeout: 30_000 });

const prepared = new WeakMap<object, Promise<void>>();

/** Has a client sign as whoever runs, unless it was made with a tenant's credentials, and lets its requests be treated. */
async function prepare(client: SdkClient): Promise<void> {
  const { serviceId, requestHandler } = client.config;
  requestHandler.updateHttpClientConfig('httpAgent', connections);
  client.middlewareStack.add(
    (next) => (args: object) => {
      const treatment = wire.getStore();
      const served = (serviceId === 'SFN' && running.getStore()?.stepFunctions(next)) || next;
      return treatment ? onTheWire(treatment, serviceId, served, args) : next(args);
    },
    { name: 'treatOnTheWire', step: 'deserialize', priority: 'low' },
  );
  const found = await (client.config.credentials as () => Promise<{ accessKeyId: string }>)();
  if (found.accessKeyId === ownAccessKeyId) client.config.credentials = sessionOfWhoRuns;
}

/**
 * Replaces, for the rest of this process, what the handlers take from outside: the SDK's way to the network, the environment, time, chance and ids. Code that no `runAs` is
 * around is not affected. Handlers must be imported after this.
 */
export function takeOver(settings: { readonly endpoint: string; readonly region: string }): void {
  const real = { ...runtime };
  const own: NodeJS.ProcessEnv = {
    ...process.env,
    AWS_ENDPOINT_URL: settings.endpoint,
    AWS_REGION: settings.region,
    AWS_ACCESS_KEY_ID: ownAccessKeyId,
    AWS_SECRET_ACCESS_KEY: 'none',
    // What the SDK would hide by trying again is what is to be seen.
    AWS_MAX_ATTEMPTS: '1',
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    POWERTOOLS_SERVICE_NAME: 'tenantry',
  };
  process.env = new Proxy(own, {
    get: (target, name: string) => (name.startsWith('AWS_') ? undefined : running.getStore()?.environment[name]) ?? target[name],
  });
  runtime.now = () => {
    const as = running.getStore();
    return as ? new Date(as.process.clock.now()) : real.now();
  };
  runtime.newId = () => running.getStore()?.newId() ?? real.newId();
  runtime.random = () => running.getStore()?.random() ?? real.random();
  runtime.pause = (milliseconds) => running.getStore()?.process.sleep(milliseconds) ?? real.pause(milliseconds);
  const clientClass = Object.getPrototypeOf(DynamoDBClient).prototype as SdkClient;
  const send = clientClass.send;
  clientClass.send = function (this: SdkClient, command: Command, ...more: unknown[]) {
    const as = running.getStore();
    if (!as) return send.call(this, command, ...more);
    const operation = command.constructor.name.replace(/Command$/, '');
    const treated = (treatment: WireTreatment, what: Command) => wire.run(treatment, () => send.call(this, what, ...more));
    return as.process.call({ operation, input: command.input }, command instanceof InvokeCommand, async (treatment) => {
      const preparing = prepared.get(this.config) ?? prepare(this);
      prepared.set(this.config, preparing);
      await preparing;
      return command instanceof InvokeCommand ? invoked(as, command, treatment, treated) : treated(treatment, command);
    });
  };
}

/**
 * Lambda is asked whether the caller may invoke the function, which a dry run answers (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html); the function itself runs here.
 */
async function invoked(
  as: Running,
  { input }: InvokeCommand,
  treatment: WireTreatment,
  treated: (treatment: WireTreatment, command: Command) => Promise<object>,
): Promise<object> {
  const { FunctionName = '', Payload } = input;
  const asked = (how: WireTreatment) => treated(how, new InvokeCommand({ FunctionName, InvocationType: 'DryRun' }));
  if (treatment.wire === 'refuse' || treatment.wire === 'reset') return asked(treatment);
  const invoke = async () => {
    await asked({ wire: 'serve' });
    return as.invoke(FunctionName, JSON.parse(String(Payload)));
  };
  if (treatment.wire !== 'serve') await invoke();
  return treatment.wire === 'lose-answer' ? asked({ wire: 'reset' }) : invoke();
}
