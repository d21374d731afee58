import { randomInt } from 'node:crypto';

const classes = ['abcdefghijkmnopqrstuvwxyz', 'ABCDEFGHJKLMNPQRSTUVWXYZ', '23456789', '!#$%()*+-./:;=?@[]^_{}~'] as const;
const length = 32;

/** @returns a random password that satisfies every password policy that Cognito can have; it is set and forgotten, nobody is told */
export function randomPassword(): string {
  const all = classes.join('');
  const characters = Array.from({ length }, (_, place) => {
    const alphabet = classes[place] ?? all;
    return alphabet[randomInt(alphabet.length)] as string;
  });
  // Fisher-Yates, so that the places of the four classes are not known.
  for (let place = characters.length - 1; place > 0; place -= 1) {
    const other = randomInt(place + 1);
    [characters[place], characters[other]] = [characters[other] as string, characters[place] as string];
  }
  return characters.join('');
}
