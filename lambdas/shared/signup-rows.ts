import { GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Tier } from '../../catalog/catalog.ts';
import { dynamodb } from './clients.ts';
import { environment } from './environment.ts';
import { signupKey } from './tenants.ts';

/** What is kept of a signup's request, so that it is recognised and answered again. */
export interface SignupRow {
  readonly tenantId: string;
  readonly fingerprint: string;
  readonly activationConditions: Tier['activationConditions'];
  /** What is to be paid; of the tier as it was then. */
  readonly price?: Tier['price'];
  readonly expiresAt: string;
  readonly acceptedAt: string;
  /** When the signup was given up. Its Idempotency-Key is used up by it. */
  readonly abandonedAt?: string;
}

/** @returns the signup with this key's hash, or undefined */
export async function readSignup(signupKeyHash: string): Promise<SignupRow | undefined> {
  const { Item } = await dynamodb().send(
    new GetCommand({ TableName: environment('TENANTS_TABLE'), Key: signupKey(signupKeyHash), ConsistentRead: true }),
  );
  return Item as SignupRow | undefined;
}
