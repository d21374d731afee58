import { expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/api/create-signup.ts';
import { FakeStripe } from '../../../support/fake-stripe.ts';
import { newSignupKey, signupBody } from '../../../support/onboarding.ts';
import { newPayingWorld } from '../../../support/payments.ts';
import { send } from '../../../support/requests.ts';
import { collectOutput } from '../../../support/standard-output.ts';

collectOutput();

const post = (changes: Record<string, unknown>) =>
  send(handler, 'CreateSignup', { headers: { 'Idempotency-Key': newSignupKey() }, body: signupBody(changes) });

test('a slug that becomes a name with a certificate is taken up to its longest length, and refused with that length beyond it', async () => {
  const stripe = await FakeStripe.start();
  try {
    newPayingWorld(stripe);
    // 64 characters of a certificate's name, less those of .tenants.example.com.
    const refused = await post({ tier: 'enterprise', slug: 'a'.repeat(45) });
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toMatchObject([{ field: '/slug', remedy: 'Choose one of at most 44 characters.' }]);
    for (const accepted of [{ tier: 'enterprise', slug: 'a'.repeat(44) }, { slug: 'a'.repeat(63) }])
      expect((await post(accepted)).status).toBe(202);
  } finally {
    await stripe.stop();
  }
});
