import { beforeEach, expect, test } from '@jest/globals';
import { hashOfSignupKey, hashOfToken, signupSecrets, tokenMatches } from '../../../../lambdas/shared/signup-secrets.ts';
import { newWorld } from '../../../support/world.ts';

const [tenantId, otherTenant] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
beforeEach(() => {
  newWorld();
});

test('the same key gives the same tokens again', async () => {
  const [one, again] = [await signupSecrets(hashOfSignupKey('a key')), await signupSecrets(hashOfSignupKey('a key'))];
  expect([one.readerToken(tenantId), one.confirmationToken(tenantId), one.fingerprint('body')]).toEqual([
    again.readerToken(tenantId),
    again.confirmationToken(tenantId),
    again.fingerprint('body'),
  ]);
});

test('another key, another tenant and another purpose have other tokens', async () => {
  const secrets = [await signupSecrets(hashOfSignupKey('a key')), await signupSecrets(hashOfSignupKey('another key'))];
  const all = secrets.flatMap(({ readerToken, confirmationToken, fingerprint }) => [
    readerToken(tenantId),
    readerToken(otherTenant),
    confirmationToken(tenantId),
    confirmationToken(otherTenant),
    fingerprint(tenantId),
    fingerprint('body'),
  ]);
  expect(new Set(all).size).toBe(all.length);
  for (const token of all) expect(token).toMatch(/^[\w-]{43}$/);
});

test('a token matches its own hash alone', async () => {
  const { readerToken } = await signupSecrets('x');
  expect(tokenMatches(readerToken(tenantId), hashOfToken(readerToken(tenantId)))).toBe(true);
  expect(tokenMatches(readerToken(otherTenant), hashOfToken(readerToken(tenantId)))).toBe(false);
  expect(tokenMatches('', hashOfToken(readerToken(tenantId)))).toBe(false);
});

test('a token whose hash was removed from the head is revoked', async () => {
  const { readerToken } = await signupSecrets('x');
  expect(tokenMatches(readerToken(tenantId), undefined)).toBe(false);
});

test('a deployment with another KMS key gives other tokens: they cannot be derived from the tables', async () => {
  const { readerToken } = await signupSecrets('x');
  const token = readerToken(tenantId);
  newWorld();
  expect((await signupSecrets('x')).readerToken(tenantId)).not.toBe(token);
});
