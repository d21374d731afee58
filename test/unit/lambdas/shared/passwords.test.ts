import { expect, test } from '@jest/globals';
import { randomPassword } from '../../../../lambdas/shared/passwords.ts';

test('every password satisfies the strictest policy of Cognito, and none comes twice', () => {
  const passwords = Array.from({ length: 200 }, randomPassword);
  for (const password of passwords) {
    expect(password).toHaveLength(32);
    for (const kind of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/]) expect(password).toMatch(kind);
    expect(password).toMatch(/^[!-~]+$/);
  }
  expect(new Set(passwords).size).toBe(passwords.length);
});

test('the four kinds are not always at the same places', () => {
  expect(new Set(Array.from({ length: 100 }, () => /[a-z]/.test(randomPassword().charAt(0)))).size).toBe(2);
});
