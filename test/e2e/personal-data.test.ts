import { createHash } from 'node:crypto';
import { paginateDescribeLogGroups, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { api, expectProblem } from './support/api.ts';
import { documents, logs, output } from './support/clients.ts';
import { EventsListener } from './support/events-listener.ts';
import { tierWithdrawn } from './support/faults.ts';
import { executionsOf, historyOf, readHead } from './support/records.ts';
import { confirm, confirmationLink, newRequest, onboard, personalDataOf, postSignup, type Signup, signUp } from './support/signups.ts';
import { until } from './support/until.ts';
import { world } from './support/world.ts';

/*
 * Who signed up, and what lets somebody in, is found in the people store, in Cognito and in mails, and nowhere else: neither of a run that went well nor of one that
 * failed nor of a request that was refused.
 */

let events: EventsListener;
let well: Signup;
let failed: Signup;
/** Text that must not be found, by what it is. */
const secrets = new Map<string, string>();
/** Text that must be found where something is written at all: otherwise nothing was looked at. */
let ids: string[];

function keepPerson(signup: Pick<Signup, 'request'>, name: string) {
  for (const [place, text] of personalDataOf(signup).entries()) secrets.set(`personal data ${place} of ${name}`, text);
}

async function keep(signup: Signup, name: string) {
  keepPerson(signup, `the signup that ${name}`);
  secrets.set(`the Idempotency-Key of the signup that ${name}`, signup.key);
  secrets.set(`the reader token of the signup that ${name}`, new URL(signup.accepted.statusUrl).searchParams.get('token') ?? '');
  secrets.set(`the confirmation token of the signup that ${name}`, new URL(await confirmationLink(signup)).searchParams.get('token') ?? '');
}

beforeAll(async () => {
  events = await EventsListener.start();
  well = await onboard();
  await keep(well, 'went well');
  const invitation = (await world.mailsTo(well.request.administrator.email))?.find(({ html }) => html);
  secrets.set('the temporary password', /Temporary password: (.+?)<\/p>/.exec(invitation?.html ?? '')?.[1] ?? '');
  failed = await signUp();
  await keep(failed, 'failed');
  await tierWithdrawn.break(failed.tenantId);
  await confirm(failed);
  await until('The failure', async () => {
    const head = await readHead(failed.tenantId);
    return head.run && (await executionsOf(failed.tenantId))[0]?.status === 'FAILED';
  });
  const refused = newRequest({ slug: 'admin' });
  keepPerson({ request: refused }, 'a refused signup');
  expectProblem(await postSignup(refused), 'invalid-request', ['/slug']);
  const malformed = JSON.stringify(refused).slice(0, -1);
  const headers = { 'idempotency-key': refused.administrator.email };
  expectProblem(await api('POST', '/signups', { headers, body: malformed }), 'malformed-body');
  for (const [name, text] of secrets) expect({ name, isLong: text.length > 8 }).toEqual({ name, isLong: true });
  ids = [well.tenantId, failed.tenantId];
});
afterAll(() => events.stop());

/** A text as base64 has it inside of something longer, wherever it begins there, without the characters that its neighbours decide. */
const base64Forms = (text: string) =>
  [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), Buffer.from(text)]).toString('base64');
    return encoded.slice(offset === 0 ? 0 : offset + 1, -4);
  });

/** The forms in which a text would still be known: as it is, encoded, and, where it can be guessed, as a hash without a key. */
function formsOf(name: string, text: string): string[] {
  const encoded = [
    encodeURIComponent(text),
    new URLSearchParams({ text }).toString().slice('text='.length),
    JSON.stringify(text).slice(1, -1),
  ];
  const base64 = base64Forms(text).flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
  // Keys and tokens are random, so that their hashes may be stored; names and addresses can be guessed.
  const hashes = name.startsWith('personal data')
    ? [text, text.toLowerCase()].flatMap((each) =>
        ['md5', 'sha1', 'sha256'].flatMap((kind) => (['hex', 'base64'] as const).map((form) => createHash(kind).update(each).digest(form))),
      )
    : [];
  return [text, ...encoded, ...base64, ...hashes];
}

/** Holds that a text, which must be about the signups, has nothing in it that is secret. JSON escapes are undone, so that they hide nothing. */
function expectNothingSecret(text: string, mustHave: readonly string[]): void {
  const plain = [text, text.replaceAll('\\"', '"'), text.toLowerCase()].join('\n');
  for (const id of mustHave) expect(plain.includes(id)).toBe(true);
  for (const [name, secret] of secrets)
    expect({ name, found: formsOf(name, secret).filter((form) => plain.includes(form)) }).toEqual({ name, found: [] });
}

test('the executions and their histories', async () => {
  const executions = [...(await executionsOf(well.tenantId)), ...(await executionsOf(failed.tenantId))];
  expect(executions.map(({ status }) => status)).toEqual(['SUCCEEDED', 'FAILED']);
  const histories = await Promise.all(executions.map(({ executionArn }) => historyOf(executionArn ?? '')));
  expectNothingSecret(JSON.stringify({ executions, histories }), ids);
});

test('the logs of every function', async () => {
  const groups: string[] = [];
  for await (const page of paginateDescribeLogGroups({ client: logs }, {}))
    groups.push(...(page.logGroups ?? []).flatMap(({ logGroupName }) => logGroupName ?? []));
  const texts = await Promise.all(
    groups.map(async (logGroupName) => {
      const messages: string[] = [];
      for await (const page of paginateFilterLogEvents({ client: logs }, { logGroupName }))
        messages.push(...(page.events ?? []).map(({ message }) => message ?? ''));
      return messages;
    }),
  );
  const written = groups.filter((_group, place) => (texts[place]?.length ?? 0) > 0);
  for (const name of ['CreateSignup', 'ConfirmSignup', 'SendConfirmation', 'PlanTenant', 'CreateAdminUser', 'InviteAdministrator'])
    expect(written).toContainEqual(expect.stringContaining(name));
  // Of the two tenants only the failed one is spoken of: what goes well is not logged.
  expectNothingSecret(texts.flat().join('\n'), [failed.tenantId]);
});

test.each(['TenantsTableName', 'EventsTableName', 'TenantDataTableName', 'PeopleTableName'])('%s', async (table) => {
  const items: unknown[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(new ScanCommand({ TableName: output(table), ConsistentRead: true, ExclusiveStartKey }));
    items.push(...(page.Items ?? []));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  const text = JSON.stringify(items, (_name, value) => (value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value));
  expectNothingSecret(text, [well.tenantId]);
});

test('the events on the bus', async () => {
  const heard = await until('The event', async () => {
    const deliveries = await events.heardOf(well.tenantId);
    return deliveries.length > 0 && deliveries;
  });
  expectNothingSecret(JSON.stringify(heard), [well.tenantId]);
  expect(await events.heardOf(failed.tenantId)).toEqual([]);
});
