import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  type GetRecordsCommandOutput,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';
import { LambdaClient, paginateListEventSourceMappings } from '@aws-sdk/client-lambda';
import type { StackRecord } from '../../../local/stack-record.ts';
import type { DeployedFunction } from './functions.ts';

type Pattern = { readonly [name: string]: Pattern | readonly unknown[] };

/** A function that a record wakes. */
interface Reaction {
  readonly functionName: string;
  readonly streamArn: string;
  /** A record wakes it when one of them fits; all do where there is none. */
  readonly filters: readonly Pattern[];
}

/**
 * Whether a record fits a filter: each field is one of those that are listed. Of the operators of https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html none is known here.
 */
function fits(pattern: Pattern, value: unknown): boolean {
  return Object.entries(pattern).every(([name, expected]) => {
    const found = (value as Record<string, unknown> | undefined)?.[name];
    if (!Array.isArray(expected)) return fits(expected as Pattern, found);
    if (expected.some((each) => typeof each === 'object')) throw new Error(`The filter of ${name} has an operator that walks do not know.`);
    return expected.includes(found);
  });
}

/** What has changed in the tables since it was asked last, and who is to be told. */
export class Stream {
  readonly #client: DynamoDBStreamsClient;
  readonly #reactions: readonly Reaction[];
  readonly #places = new Map<string, string>();

  private constructor(client: DynamoDBStreamsClient, reactions: readonly Reaction[]) {
    this.#client = client;
    this.#reactions = reactions;
  }

  /** Begins to listen, by the mappings that are deployed. */
  static async open({ endpoint, region, credentials }: StackRecord, functions: ReadonlyMap<string, DeployedFunction>): Promise<Stream> {
    const configuration = { endpoint, region, credentials: { ...credentials } };
    const names = new Map([...functions.values()].map(({ arn, name }) => [arn, name]));
    const lambda = new LambdaClient(configuration);
    const reactions: Reaction[] = [];
    for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings({ client: lambda }, {}))
      for (const { EventSourceArn: streamArn = '', FunctionArn = '', FilterCriteria } of EventSourceMappings) {
        if (!streamArn.includes(':dynamodb:')) continue;
        const filters = (FilterCriteria?.Filters ?? []).map(({ Pattern: text = '{}' }) => JSON.parse(text) as Pattern);
        reactions.push({ functionName: names.get(FunctionArn) as string, streamArn, filters });
      }
    lambda.destroy();
    const stream = new Stream(new DynamoDBStreamsClient(configuration), reactions);
    for (const streamArn of new Set(reactions.map((reaction) => reaction.streamArn))) await stream.#listen(streamArn);
    return stream;
  }

  /** The records since the last time, in their order, each with the functions that it wakes. */
  async read(): Promise<{ readonly record: _Record; readonly wakes: readonly string[] }[]> {
    const read: { record: _Record; wakes: string[] }[] = [];
    for (const [streamArn, place] of this.#places) {
      let ShardIterator: string | undefined = place;
      for (;;) {
        const page: GetRecordsCommandOutput = await this.#client.send(new GetRecordsCommand({ ShardIterator }));
        const { Records = [] } = page;
        ShardIterator = page.NextShardIterator;
        if (Records.length === 0) break;
        for (const record of Records) read.push({ record, wakes: this.#wakes(streamArn, record) });
      }
      if (ShardIterator) this.#places.set(streamArn, ShardIterator);
    }
    return read;
  }

  close(): void {
    this.#client.destroy();
  }

  #wakes(streamArn: string, record: _Record): string[] {
    const woken = this.#reactions.filter(
      (reaction) =>
        reaction.streamArn === streamArn && (reaction.filters.length === 0 || reaction.filters.some((filter) => fits(filter, record))),
    );
    return woken.map(({ functionName }) => functionName);
  }

  async #listen(StreamArn: string): Promise<void> {
    const { StreamDescription } = await this.#client.send(new DescribeStreamCommand({ StreamArn }));
    const [shard, ...others] = StreamDescription?.Shards ?? [];
    if (!shard?.ShardId || others.length > 0) throw new Error(`The stream ${StreamArn} has not one shard, as the local stack's have.`);
    const { ShardIterator } = await this.#client.send(
      new GetShardIteratorCommand({ StreamArn, ShardId: shard.ShardId, ShardIteratorType: 'LATEST' }),
    );
    this.#places.set(StreamArn, ShardIterator as string);
  }
}
