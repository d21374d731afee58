import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { Finding, type FindingPage, ListFindingsQuery } from '../../contracts/findings.ts';
import { ListFindings } from '../../contracts/routes.ts';
import { apiHandler } from '../shared/api.ts';
import { dynamodb } from '../shared/clients.ts';
import { decodeCursor, encodeCursor } from '../shared/cursor.ts';
import { environment } from '../shared/environment.ts';
import { findingShards, findingsOf, kindPartition, statePartition } from '../shared/findings.ts';

/*
 * Lists findings, newest first. Without a tenant, each shard is asked for one page after the cursor, and the newest of all are answered; a step, which no index
 * knows, thins a page out, and the cursor goes on behind what was looked at. The findings of one tenant are few and stand together.
 */

type Listed = Finding & { readonly listPosition: string };
type Wanted = z.output<typeof ListFindingsQuery>;

/** As findings.ts makes them: when it was opened, and its id. */
const ListPosition = z.string().check(z.regex(/^[0-9TZ:.-]{24}#[0-9a-f]{32}$/));
/** Above every position: positions begin with a year. */
const newest = '\uffff';

async function page(shard: number, { kind, state, limit }: Wanted, before: string): Promise<Listed[]> {
  const { Items } = await dynamodb().send(
    new QueryCommand({
      TableName: environment('FINDINGS_TABLE'),
      IndexName: kind ? 'ByKind' : 'ByState',
      KeyConditionExpression: '#partition = :partition AND listPosition < :before',
      ExpressionAttributeNames: { '#partition': kind ? 'kindPartition' : 'statePartition' },
      ExpressionAttributeValues: {
        ':partition': kind ? kindPartition(kind, state, shard) : statePartition(state, shard),
        ':before': before,
      },
      ScanIndexForward: false,
      Limit: limit + 1,
    }),
  );
  return (Items ?? []) as unknown as Listed[];
}

const ofTenant = async (tenantId: string, { kind, state }: Wanted, before: string) =>
  ((await findingsOf(tenantId)) as Listed[]).filter(
    (finding) => (finding.closedAt ? 'closed' : 'open') === state && (!kind || finding.kind === kind) && finding.listPosition < before,
  );

export const handler = apiHandler(ListFindings, async ({ query }) => {
  const wanted = ListFindingsQuery.parse(query);
  const { tenantId, step, limit, cursor } = wanted;
  const before = cursor ? decodeCursor(cursor, ListPosition) : newest;
  const found = tenantId
    ? await ofTenant(tenantId, wanted, before)
    : (await Promise.all(Array.from({ length: findingShards }, (_, shard) => page(shard, wanted, before)))).flat();
  const sorted = found.sort((one, other) => (one.listPosition < other.listPosition ? 1 : -1));
  const looked = sorted.slice(0, limit);
  const body: FindingPage = {
    findings: looked.filter((finding) => !step || finding.step === step).map((finding) => z.object(Finding.shape).parse(finding)),
    ...(sorted.length > limit ? { nextCursor: encodeCursor(looked.at(-1)?.listPosition as string) } : {}),
  };
  return { body };
});
