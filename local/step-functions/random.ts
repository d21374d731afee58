import { randomBytes } from 'node:crypto';

/** The engine's only source of chance: jitter, `$random`, `$uuid`, execution names and task tokens. */
export interface RandomSource {
  /** A number from 0 up to but not including 1. */
  number(): number;
  bytes(length: number): Uint8Array;
}

/** Unguessable. */
export const systemRandom: RandomSource = {
  // 48 bits divide into a fraction without rounding up to 1.
  number: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
  bytes: (length) => randomBytes(length),
};

/** The same numbers for the same seed (mulberry32), so that a run can be repeated. */
export function seededRandom(seed: number): RandomSource {
  let state = seed >>> 0;
  const number = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { number, bytes: (length) => Uint8Array.from({ length }, () => Math.floor(number() * 256)) };
}

/** A version 4 UUID (RFC 9562). */
export function uuid(random: RandomSource): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
