import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { administratorSession } from './administrator.ts';
import { ensureStateDirectory, stateDirectory } from './checkout.ts';
import { deployAssembly } from './deploy.ts';
import { registerMailSenders } from './mail-senders.ts';
import { type Mail, mailsUrlOf, readMails } from './mails.ts';
import { startMiniStack } from './ministack-process.ts';
import { type PaymentProvider, pointWebhooks, startPaymentProvider } from './payments/payment-provider.ts';
import { storePaymentSecret } from './payments/payment-secret.ts';
import { ensurePythonEnvironment } from './python-environment.ts';
import { claimRecord, type StackRecord, writeRecord } from './stack-record.ts';
import { seedStaffOperator } from './staff-operator.ts';
import { startStepFunctionsService } from './step-functions/service.ts';
import { synthesise } from './synthesise.ts';

const region = 'eu-central-1';
const account = '000000000000';

/**
 * The record of the stack that `npm start` and `npm run local` keep up; the `tenantry` CLI reads it for its profile `local`.
 * TENANTRY_LOCAL_STACK names another file, for a second stack beside the first.
 */
export const defaultRecordFile: string = process.env['TENANTRY_LOCAL_STACK'] ?? join(stateDirectory, 'stack.json');

/** A stack that is up, with everything deployed. `ended` resolves if it breaks by itself; then it has stopped. */
export type LocalStack = StackRecord & { logFile: string; ended: Promise<Error>; mails(): Promise<Mail[]>; stop(): Promise<void> };

/** `recordFile` tells which record to own, the checkout's unless said; `signal` gives up a start that is under way. */
export type LocalStackOptions = { log: (line: string) => void; recordFile?: string; signal?: AbortSignal };

/**
 * Brings up MiniStack, the Step Functions engine and a payment provider, deploys the synthesised CDK app and seeds one operator of the staff.
 * Nothing of it outlives this process. Two stacks can be up at once if they have different records.
 */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const { log, recordFile = defaultRecordFile } = options;
  const signal = options.signal ?? new AbortController().signal;
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async () => {
    // The newest first. A part that fails to stop must not keep the others up.
    for (const each of stops.splice(0).reverse()) await each().catch((error: Error) => log(`While stopping: ${error.message}`));
  };
  try {
    await ensureStateDirectory();
    await claimRecord(recordFile);
    stops.push(() => rm(recordFile, { force: true }));
    const synthesis = synthesise({ log, signal });
    // A failure of the other branch must not leave this one unheard.
    synthesis.catch(() => undefined);
    const python = await ensurePythonEnvironment({ log, signal });
    const secret = randomBytes(32).toString('base64url');
    const engine = await startStepFunctionsService({ secret });
    stops.push(() => engine.close());
    const logFile = recordFile.replace(/\.json$/, '.log');
    const miniStack = await startMiniStack({ python, region, logFile, engine: { url: engine.url, secret }, signal });
    // Executions end before what they act on.
    stops.splice(stops.length - 1, 0, () => miniStack.stop());
    const payments = await startPaymentProvider({ python, logFile, signal });
    stops.push(() => payments.stop());
    const { endpoint } = miniStack;
    const assembly = await synthesis;
    const record = await deployAndSeed(assembly, endpoint, payments, log, signal);
    await writeRecord(recordFile, record);
    const ended = miniStack.ended.then(async (error) => {
      await stop();
      return error;
    });
    return { ...record, logFile, ended, mails: () => readMails(endpoint), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function deployAndSeed(
  assembly: string,
  endpoint: string,
  payments: PaymentProvider,
  log: (line: string) => void,
  signal: AbortSignal,
): Promise<StackRecord> {
  // MiniStack takes an account id for the keys of that account's root.
  const root = { endpoint, region, credentials: { accessKeyId: account, secretAccessKey: 'root' } };
  const outputs = await deployAssembly(assembly, { ...root, account, log, signal });
  const credentials = await administratorSession(root, account);
  const { stop: _stop, ...provider } = payments;
  const apiUrl = output(outputs, 'ApiUrl').replace(/\/$/, '');
  // Whoever uses the stack sends signups there.
  if (!apiUrl.startsWith(endpoint)) throw new Error(`The API was deployed as ${apiUrl}, which is not the local stack.`);
  await storePaymentSecret({ endpoint, region, credentials: { ...credentials } }, output(outputs, 'PaymentSecretArn'), provider);
  await pointWebhooks(provider, `${apiUrl}/webhooks/payments`);
  await registerMailSenders(assembly, { endpoint, region, credentials: { ...credentials } });
  const staffOperator = await seedStaffOperator({
    endpoint,
    region,
    // A copy, because a client writes into what it is given.
    credentials: { ...credentials },
    userPoolId: output(outputs, 'StaffUserPoolId'),
    clientId: output(outputs, 'StaffUserPoolClientId'),
  });
  return {
    processId: process.pid,
    endpoint,
    region,
    account,
    apiUrl,
    mailsUrl: mailsUrlOf(endpoint),
    outputs,
    credentials,
    staffOperator,
    payments: provider,
  };
}

function output(outputs: Record<string, string>, name: string): string {
  const value = outputs[name];
  if (!value) throw new Error(`The deployed stacks have no output ${name}.`);
  return value;
}
