/** How many requests a second a service serves, of all of its operations or of those that share the rate. */
export interface Rate {
  readonly name: string;
  /** As IAM names it. */
  readonly service: string;
  readonly actions?: readonly string[];
  readonly perSecond: number;
}

/** What became of the requests that a rate covers. */
export interface RateCount {
  readonly name: string;
  readonly served: number;
  readonly throttled: number;
}

/**
 * What AWS grants an account in a Region, of what an onboarding calls there: https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html#category_operations.
 * CloudFormation publishes no rates; one a second is a guess on the careful side.
 */
export const awsRates: readonly Rate[] = [
  { name: 'UserCreation', service: 'cognito-idp', actions: ['AdminCreateUser'], perSecond: 50 },
  { name: 'UserAccountRecovery', service: 'cognito-idp', actions: ['AdminSetUserPassword'], perSecond: 30 },
  { name: 'UserAuthentication', service: 'cognito-idp', actions: ['AdminInitiateAuth'], perSecond: 120 },
  { name: 'UserRead', service: 'cognito-idp', actions: ['AdminGetUser'], perSecond: 120 },
  { name: 'CreateStack', service: 'cloudformation', actions: ['CreateStack'], perSecond: 1 },
  { name: 'DescribeStacks', service: 'cloudformation', actions: ['DescribeStacks'], perSecond: 10 },
];

/** The rates of a local stack (local/ministack/tenantry_ministack/rates.py); it has none until they are set. */
export class Rates {
  readonly #url: string;

  constructor(endpoint: string) {
    this.#url = `${endpoint}/_tenantry/rates`;
  }

  /** Holds the services to these rates and no others, counted anew. */
  async set(rates: readonly Rate[]): Promise<void> {
    await this.#ask('PUT', { rates });
  }

  async read(): Promise<RateCount[]> {
    return this.#ask('GET');
  }

  /** Takes the rates away. @returns what had become of the requests */
  async lift(): Promise<RateCount[]> {
    return this.#ask('DELETE');
  }

  async #ask(method: string, body?: object): Promise<RateCount[]> {
    const answer = await fetch(this.#url, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
    if (!answer.ok) throw new Error(`The local stack holds no rates: ${this.#url} answered ${answer.status}.`);
    return ((await answer.json()) as { rates: RateCount[] }).rates;
  }
}
