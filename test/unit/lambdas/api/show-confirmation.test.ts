import { expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/show-confirmation.ts';
import { send } from '../../../support/requests.ts';
import { newWorld } from '../../../support/world.ts';

const tenantId = '99999999-9999-4999-8999-999999999999';
const token = 'abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJ_01234';

test('the page asks for a press of its button, and opening it changes and reads nothing', async () => {
  const world = newWorld();
  const { status, contentType, text } = await send(handler, 'ShowConfirmation', { path: { tenantId }, query: { token } });
  expect([status, contentType]).toEqual([200, 'text/html; charset=utf-8']);
  expect(text).toContain(`<form method="post"><input type="hidden" name="token" value="${token}"><button type="submit">`);
  expect(text).toMatch(/<html lang="en">[\s\S]*<title>[\s\S]*<main>[\s\S]*<h1>/);
  expect(text).not.toMatch(/<script/);
  expect(world.calls).toEqual([]);
});

test.each([
  [{ token: '"><script>alert(1)</script>' }],
  [{ token: '' }],
  [{}],
  [{ token: [token, token] }],
  [{ token, next: 'https://example.com' }],
])('a link that was cut or changed is answered by a page that says so, and repeats nothing of it: %j', async (query) => {
  newWorld();
  const { status, contentType, text } = await send(handler, 'ShowConfirmation', {
    path: { tenantId },
    query: query as Record<string, string>,
  });
  expect([status, contentType]).toEqual([400, 'text/html; charset=utf-8']);
  expect(text).toContain('This link is not complete');
  expect(text).not.toMatch(/script|alert|example\.com/);
});
