import type { SignupAccepted, SignupRequest } from '../../../contracts/signup.ts';
import { hashOfSignupKey, signupSecrets } from '../../../lambdas/shared/signup-secrets.ts';
import type { Subject } from '../harness/customer.ts';
import type { Walk } from './walk.ts';

/** Who signs up, and how; all by chance. */
export class Customer {
  /** A letter, in the trace. */
  readonly name: string;
  readonly key: string;
  readonly request: SignupRequest;
  /** Once the signup has been accepted. */
  subject: Subject | undefined;
  /** Whether the signup was refused for good. */
  refused = false;
  readonly #walk: Walk;
  readonly #comesLate: boolean;

  /** @param comesLate whether it does not come with the others
   * @param slugOf whose slug is wanted too, if anybody's */
  constructor(walk: Walk, name: string, tier: string, slugOf: Customer | undefined, comesLate: boolean) {
    this.#walk = walk;
    this.name = name;
    this.#comesLate = comesLate;
    this.key = walk.newId();
    const mark = this.key.slice(0, 13);
    this.request = {
      organisationName: `Organisation ${mark}`,
      slug: slugOf?.request.slug ?? `organisation-${mark}`,
      administrator: { name: `Administrator ${mark}`, email: `administrator-${mark}@example.com` },
      tier,
      region: 'eu-central-1',
      termsVersion: '2026-11-01',
    };
  }

  get signupKeyHash(): string {
    return hashOfSignupKey(this.key);
  }

  /** Signs up, and does what is asked for then: at once, late, or never. */
  async live(): Promise<void> {
    const { chance, clock } = this.#walk;
    await clock.sleep(chance.milliseconds(this.#comesLate ? 20 * 60_000 : 2_000, this.name, 'comes'));
    const requests = [this.#signUp()];
    if (chance.happens(0.4, this.name, 'clicks twice')) {
      await clock.sleep(chance.milliseconds(100, this.name, 'second click'));
      requests.push(this.#signUp());
    }
    const answers = await Promise.all(requests);
    const [accepted] = answers;
    if (new Set(answers.map((each) => JSON.stringify(each))).size > 1) this.#walk.wrong(`${this.name} got two answers to one signup.`);
    if (!accepted) return;
    const { tenantId } = accepted;
    const { key, request, signupKeyHash } = this;
    const { slug, administrator } = request;
    this.subject = { tenantId, slug, email: administrator.email, signupKeyHash, signup: { key, request } };
    if (chance.happens(0.2, this.name, 'reuses the key')) await this.#reuseKey();
    await Promise.all([this.#confirmSometime(tenantId), this.#paySometime(accepted)]);
  }

  async #confirmSometime(tenantId: string): Promise<void> {
    const { chance, clock } = this.#walk;
    if (!(await this.#waitsBefore('confirms', 5_000))) return;
    const clicks = chance.happens(0.3, this.name, 'confirms twice') ? 2 : 1;
    const { confirmationToken } = await this.#walk.scene.as('SendConfirmation', () => signupSecrets(this.signupKeyHash));
    const click = async (place: number) => {
      await clock.sleep(chance.milliseconds(50, this.name, 'click', place));
      return this.#walk.request('ConfirmSignup', this.name, {
        path: { tenantId },
        body: { token: confirmationToken(tenantId) },
      });
    };
    const answers = await Promise.all(Array.from({ length: clicks }, (_, place) => click(place)));
    for (const { status } of answers)
      if (status !== 202 && status !== 410) this.#walk.wrong(`${this.name} got ${status} to a confirmation.`);
  }

  /** Whoever has something to pay pays, after a decline perhaps, and perhaps in two windows at once. */
  async #paySometime({ next }: SignupAccepted): Promise<void> {
    const { chance, clock, billing } = this.#walk;
    const clientSecret = next.find(({ action }) => action === 'pay')?.payment?.clientSecret;
    if (!clientSecret || !(await this.#waitsBefore('pays', 10_000))) return;
    for (let declined = 0; chance.happens(0.3, this.name, 'is declined', declined); declined += 1) {
      await billing.pay(this.name, clientSecret, 'declined');
      await clock.sleep(chance.milliseconds(5_000, this.name, 'takes another card', declined));
    }
    await billing.pay(this.name, clientSecret, 'succeeds');
    if (!chance.happens(0.3, this.name, 'pays twice')) return;
    await clock.sleep(chance.milliseconds(1_000, this.name, 'second window'));
    await billing.pay(this.name, clientSecret, 'succeeds');
  }

  /** Some come at the last moment, when the schedule is about to end the signup, or has just done so. @returns whether they come at all */
  async #waitsBefore(what: string, meanMilliseconds: number): Promise<boolean> {
    const { chance, clock, expiresAt } = this.#walk;
    const when = chance.number(this.name, what);
    if (when < 0.1) return false;
    const untilLastMoment = expiresAt - clock.now() + chance.between(-200, 400, this.name, what, 'last moment');
    await clock.sleep(when < 0.25 ? untilLastMoment : chance.milliseconds(meanMilliseconds, this.name, what, 'comes to it'));
    return true;
  }

  /** @returns the answer without what may differ, or nothing when the slug is taken */
  async #signUp(): Promise<SignupAccepted | undefined> {
    const { status, body } = await this.#walk.request('CreateSignup', this.name, {
      headers: { 'Idempotency-Key': this.key },
      body: this.request,
    });
    if (status === 202) return body as SignupAccepted;
    this.refused = true;
    if (!String((body as { type: string }).type).endsWith('slug-taken')) this.#walk.wrong(`${this.name} got ${status} to a signup.`);
    return undefined;
  }

  async #reuseKey(): Promise<void> {
    const body = { ...this.request, organisationName: 'Another organisation' };
    const { status } = await this.#walk.request('CreateSignup', this.name, { headers: { 'Idempotency-Key': this.key }, body });
    if (status !== 422) this.#walk.wrong(`${this.name} got ${status} to another body under a key that was used.`);
  }
}
