import { stripe } from './stripe.ts';

/** What a tenant pays before it is provisioned. */
export interface Order {
  readonly tenantId: string;
  /** In the currency's minor unit (cents). */
  readonly amountMinorUnits: number;
  readonly currency: string;
  /** When the tenant signed up: nothing of it is older at the provider. */
  readonly signedUpAt: string;
  /** It may have been asked for before, with the answer lost: what is there already is looked for, by the tenant's id. */
  readonly inDoubt: boolean;
}

/** What the provider made of an order. */
export interface RequestedPayment {
  readonly customerId: string;
  readonly paymentIntentId: string;
  /** Whoever has it can pay, and sees the payment. It is handed on and never stored. */
  readonly clientSecret: string;
}

/** Something that happened to a payment of a tenant's, told by the provider itself. */
export interface PaymentEvent {
  readonly eventId: string;
  readonly kind: 'succeeded' | 'failed';
  readonly at: string;
  readonly tenantId: string;
  readonly paymentIntentId: string;
  readonly amountMinorUnits: number;
  readonly currency: string;
  /** Why it failed, in words for the customer. */
  readonly reason?: string;
}

/** What a tenant pays month by month, the first month being paid already. */
export interface SubscriptionOrder {
  readonly tenantId: string;
  readonly customerId: string;
  readonly paymentIntentId: string;
  readonly tier: { readonly tier: string; readonly version: number; readonly title: string };
  readonly price: { readonly amountMinorUnits: number; readonly currency: string; readonly interval: 'month' };
  /** When the first month was paid. */
  readonly paidAt: string;
}

/** A subscription that has not ended, as the provider has it. */
export interface ProviderSubscription {
  readonly subscriptionId: string;
  /** It was made by createSubscription, and not by somebody at the provider. */
  readonly isOurs: boolean;
  /** Somebody at the provider says that it was sold beside the tenant's tier. */
  readonly soldBeside: boolean;
  /** It has not charged anything yet. */
  readonly inTrial: boolean;
  /** What it charges each time; undefined when that is not one price, once. */
  readonly price: { readonly amountMinorUnits: number; readonly currency: string; readonly interval: string } | undefined;
}

/** A customer that was made for a tenant. */
export interface ProviderCustomer {
  readonly customerId: string;
  readonly tenantId: string;
}

/** Payments before provisioning, as the provider has them. */
export interface ProviderPayments {
  /** That somebody could still make, or that are under way. */
  readonly openIds: readonly string[];
  /** That were made, and not paid back. */
  readonly madeIds: readonly string[];
}

/**
 * Whoever takes the money. Everything may be asked again: the same order has one customer, one payment, one subscription. Errors are ProviderErrors, told apart by what
 * must happen: try again, somebody's input, or a defect of ours.
 */
export interface PaymentProvider {
  requestPayment(order: Order): Promise<RequestedPayment>;
  /** @returns the secret with which the customer's browser pays */
  clientSecretOf(paymentIntentId: string): Promise<string>;
  /** Sees to it that a payment is never made. @returns what it came to; `processing` ends as one of the others, which its event will tell */
  cancelPayment(paymentIntentId: string): Promise<'canceled' | 'succeeded' | 'processing'>;
  /** Pays a payment back, once. */
  refund(paymentIntentId: string): Promise<void>;
  /** @returns the id of the tenant's one subscription */
  createSubscription(order: SubscriptionOrder): Promise<string>;
  /** Ends all subscriptions of a customer, at once and with nothing charged for the rest of the month. */
  cancelSubscriptions(customerId: string): Promise<void>;
  /** Ends one subscription, in the same way. */
  cancelSubscription(subscriptionId: string): Promise<void>;
  /**
   * A page of all customers, the newest first. Those of no tenant are left out.
   * @param customerId where the page before ended
   * @returns `next` to go on with; none on the last page
   */
  customersAfter(customerId: string | undefined): Promise<{ readonly customers: readonly ProviderCustomer[]; readonly next?: string }>;
  /** @returns the customer, or undefined when it was deleted or is of no tenant */
  findCustomer(customerId: string): Promise<ProviderCustomer | undefined>;
  /** @returns all subscriptions of a customer that have not ended, the newest first */
  subscriptionsOf(customerId: string): Promise<readonly ProviderSubscription[]>;
  paymentsOf(customerId: string): Promise<ProviderPayments>;
  /**
   * @returns what a call of the provider's tells, or undefined when it is about nothing of ours
   * @throws InvalidSignature when the provider did not sign it, or too long ago
   */
  readEvent(rawBody: string, signature: string): PaymentEvent | undefined;
}

/** The call is not the provider's, or comes so late that it may be somebody's recording. */
export class InvalidSignature extends Error {
  override readonly name = 'InvalidSignature';
}

/** The provider of this deployment. @throws when its secret is not set as it must be */
export const paymentProvider = (): Promise<PaymentProvider> => stripe();
