import Sequencer from '@jest/test-sequencer';

/**
 * The files that take minutes, the longest first. Jest begins with the files that took longest in its last run, and on a fresh clone, which has seen no run, with the largest:
 * every-fault-once.test.ts is one of the smallest, and one worker was left alone with it in the end.
 */
const longest = [
  'faults/every-fault-once',
  'e2e/abandon',
  'e2e/silo',
  'e2e/retry',
  'definitions/synthesis',
  'faults/walks/walks',
  'alone/onboarding-pause',
];

const placeOf = ({ path }) => {
  const place = longest.findIndex((name) => path.replaceAll('\\', '/').endsWith(`/test/${name}.test.ts`));
  return place < 0 ? longest.length : place;
};

/** Sorting is stable, so that the others stay in Jest's own order: https://jestjs.io/docs/configuration#testsequencer-string */
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}
