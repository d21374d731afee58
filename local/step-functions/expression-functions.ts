import { createHash } from 'node:crypto';
import jsonata from 'jsonata';
import type { Clock } from './clock.ts';
import type { Json } from './json.ts';
import { type RandomSource, seededRandom, uuid } from './random.ts';

/** Node's names of the algorithms that `$hash` takes. */
const hashAlgorithms: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

const formatInstant = jsonata('$fromMillis($milliseconds, $picture, $timezone)');

/**
 * The functions that Step Functions adds to JSONata, and those of JSONata whose answer depends on time or chance, on our own clock and random source.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
export function expressionFunctions(clock: Clock, random: RandomSource): Record<string, (...inputs: never[]) => unknown> {
  return {
    partition,
    range,
    hash,
    parse: (text: string | undefined) => (text === undefined ? undefined : JSON.parse(text)),
    uuid: () => uuid(random),
    random: (seed?: number) => (seed === undefined ? random.number() : seededRandom(hashOfSeed(seed)).number()),
    millis: () => clock.now(),
    now: (picture?: string, timezone?: string) => formatInstant.evaluate(undefined, { milliseconds: clock.now(), picture, timezone }),
    eval: () => {
      throw new Error('$eval is not supported by Step Functions; $parse reads JSON');
    },
  };
}

function partition(list: Json[] | undefined, size: number): Json[][] | undefined {
  if (list === undefined) return undefined;
  if (!Number.isInteger(size) || size < 1) throw new Error('$partition takes a chunk size of at least 1');
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) => list.slice(index * size, (index + 1) * size));
}

function range(first: number, last: number, step: number): number[] {
  if (![first, last, step].every(Number.isInteger)) throw new Error('$range takes whole numbers');
  if (step === 0) throw new Error('$range takes a step other than 0');
  return Array.from({ length: Math.max(0, Math.floor((last - first) / step) + 1) }, (_, index) => first + index * step);
}

function hash(data: Json | undefined, algorithm: string): string | undefined {
  if (data === undefined) return undefined;
  const name = hashAlgorithms[algorithm];
  if (!name) throw new Error(`$hash takes one of ${Object.keys(hashAlgorithms).join(', ')}`);
  return createHash(name)
    .update(typeof data === 'string' ? data : JSON.stringify(data))
    .digest('hex');
}

/** A fraction is a seed too, and must not meet that of its whole part. */
function hashOfSeed(seed: number): number {
  return createHash('sha256').update(String(seed)).digest().readUInt32BE(0);
}
