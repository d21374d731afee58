import { seededRandom } from '../../../local/step-functions/random.ts';

type Name = string | number;

/** Chance that hangs on what it is about, and not on the order of the questions: what is left out of a walk does not change what befalls the rest. */
export class Chance {
  readonly #seed: number;

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** From 0 up to but not including 1. */
  number(...about: readonly Name[]): number {
    // FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/
    let hash = 0x811c9dc5;
    for (const character of [this.#seed, ...about].join('/'))
      hash = Math.imul(hash ^ (character.codePointAt(0) as number), 0x01000193) >>> 0;
    return seededRandom(hash).number();
  }

  happens(probability: number, ...about: readonly Name[]): boolean {
    return this.number(...about) < probability;
  }

  /** Mostly short and now and then long, by the exponential distribution. */
  milliseconds(mean: number, ...about: readonly Name[]): number {
    return 1 + Math.round(-Math.log(1 - this.number(...about)) * mean);
  }

  between(least: number, most: number, ...about: readonly Name[]): number {
    return least + Math.floor(this.number(...about) * (most - least + 1));
  }

  oneOf<Choice>(choices: readonly Choice[], ...about: readonly Name[]): Choice {
    return choices[this.between(0, choices.length - 1, ...about)] as Choice;
  }
}
