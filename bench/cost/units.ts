import type { HistoryEvent } from '@aws-sdk/client-sfn';
import type { Measurement, MeteredRequest } from '../measure/meter.ts';
import { textOf } from '../measure/meter.ts';
import { CapacityLedger, type TableShape } from './dynamodb-units.ts';
import type { PipelineUnit } from './prices.ts';

export type Units = Record<PipelineUnit, number>;
export type ApartUnits = { cognitoUsers: number; mails: number };

/** State transitions: "each time a step of your workflow is executed", retries included (https://aws.amazon.com/step-functions/pricing/). */
export function transitionsOf(history: readonly HistoryEvent[]): number {
  const count = (matches: RegExp) => history.filter(({ type }) => matches.test(type ?? '')).length;
  const tries = count(/^(LambdaFunction|Task)Scheduled$/);
  return count(/StateEntered$/) + Math.max(0, tries - count(/^TaskStateEntered$/));
}

/** Lambda itself writes three records of an invocation in JSON: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html */
const platformLogBytes = 3 * 300;
/** CloudWatch Logs charges 26 bytes more for each record. */
const recordOverheadBytes = 26;
const accessLogBytes = 400 + recordOverheadBytes;

/** As whom the local stack sends Step Functions' own status events, for which AWS charges nothing. */
const statusEventsRole = 'TenantryExecutionStatusEvents';

/** Which share of what begins a trace X-Ray records: of executions, of requests to the API, and of reactions, which nobody can sample. */
export interface Traced {
  readonly workflow: number;
  readonly api: number;
  readonly reactions: 0 | 1;
}

/** What is counted depends on, beside what was recorded. */
interface Circumstances {
  readonly administratorKeyId: string;
  readonly traced: Traced;
  readonly firewall: boolean;
  readonly executionsLogged: boolean;
  readonly mails: number;
}

/** Counts a tenant's own units from everything that was recorded while it was onboarded, and its execution's history. */
export function unitsOf(
  { requests, invocations }: Measurement,
  history: readonly HistoryEvent[],
  shapes: ReadonlyMap<string, TableShape>,
  handlers: ReadonlyMap<string, string>,
  { administratorKeyId, traced, firewall, executionsLogged, mails }: Circumstances,
): { units: Units; apart: ApartUnits; invocationsByHandler: Record<string, number> } {
  // Requests of the functions' roles and of the tenant's credentials; the measuring administrator's are not the pipeline's.
  const own = requests.filter(
    ({ caller, accessKeyId }) =>
      accessKeyId !== administratorKeyId && caller.includes(':assumed-role/') && !caller.includes(`:assumed-role/${statusEventsRole}/`),
  );
  const invoked = invocations.flatMap((invocation) => {
    const handler = handlers.get(invocation.function);
    // The schedule's function serves all tenants; it is a fixed cost.
    return handler && handler !== 'events/expire-signups' ? [{ ...invocation, handler }] : [];
  });
  const ledger = new CapacityLedger(shapes);
  for (const request of own) if (request.service === 'dynamodb') ledger.count(request);
  const of = (service: string, action: RegExp) => own.filter((each) => each.service === service && action.test(each.action)).length;
  const s3 = own.filter(({ service }) => service === 's3');
  const s3Puts = s3.filter(({ method, path }) => method === 'PUT' || method === 'POST' || (method === 'GET' && isBucket(path))).length;
  const s3Gets = s3.filter(({ method, path }) => (method === 'GET' && !isBucket(path)) || method === 'HEAD').length;
  const apiRequests = invoked.filter(({ handler }) => handler.startsWith('api/')).length;
  const reactions = invoked.filter(({ handler }) => handler.startsWith('events/')).length;
  const invocationsByHandler: Record<string, number> = {};
  for (const { handler } of invoked) invocationsByHandler[handler] = (invocationsByHandler[handler] ?? 0) + 1;
  return {
    invocationsByHandler,
    units: {
      transitions: transitionsOf(history),
      invocations: invoked.length,
      gigabyteSeconds: invoked.reduce(
        (sum, { milliseconds, memoryMegabytes }) => sum + (Math.ceil(milliseconds) / 1000) * (memoryMegabytes / 1024),
        0,
      ),
      readUnits: ledger.units.readUnits,
      writeUnits: ledger.units.writeUnits,
      events: eventsOf(own),
      apiRequests,
      firewallRequests: firewall ? apiRequests : 0,
      // Those of buckets and tables themselves are few, whatever the number of tenants: a bucket key, and a table's key that DynamoDB keeps for minutes.
      kmsRequests: of('kms', /./),
      s3Puts,
      s3Gets,
      queueRequests: own.filter(({ service }) => service === 'sqs').length,
      secretReads: of('secretsmanager', /^GetSecretValue$/),
      logBytes:
        invoked.reduce((bytes, { logBytes }) => bytes + logBytes + platformLogBytes, 0) +
        apiRequests * accessLogBytes +
        (executionsLogged ? history : []).reduce(
          (bytes, event) => bytes + Buffer.byteLength(JSON.stringify(event)) + executionLogBytes + recordOverheadBytes,
          0,
        ),
      traces: traced.workflow + traced.api * apiRequests + traced.reactions * reactions,
    },
    apart: {
      cognitoUsers: new Set(own.filter(({ action }) => action === 'AdminCreateUser').map((request) => usernameOf(request))).size,
      mails,
    },
  };
}

/** What the log of an execution has of each event beside its details: its ARN and names. */
const executionLogBytes = 250;

const isBucket = (path: string) => path.split('/').filter(Boolean).length < 2;

function usernameOf(request: MeteredRequest): string {
  return (JSON.parse(textOf(request.request)) as { Username: string }).Username;
}

/** An event counts once for each 64 KB: https://aws.amazon.com/eventbridge/pricing/ */
const eventBytes = 65_536;
function eventsOf(requests: readonly MeteredRequest[]): number {
  return requests
    .filter(({ service, action }) => service === 'events' && action === 'PutEvents')
    .flatMap(({ request }) => (JSON.parse(textOf(request)) as { Entries: unknown[] }).Entries)
    .reduce<number>((count, entry) => count + Math.ceil(Buffer.byteLength(JSON.stringify(entry)) / eventBytes), 0);
}
