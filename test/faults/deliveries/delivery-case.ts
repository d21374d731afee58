/**
 * What befalls one delivery of a stream's record, an event or a message. `twice`, `at-once`: it comes a second time, after the first or together with it. `late`: it comes when nothing else is under way any more, and so after
 * those that were sent after it. `again-late`: it comes in time, and once more then.
 */
const deliveryFaults = ['twice', 'at-once', 'late', 'again-late'] as const;

/** One delivery to one consumer, in the order of a run without faults. */
export interface Delivery {
  readonly consumer: string;
  /** Which of the consumer's deliveries, from 1. */
  readonly place: number;
}

export interface DeliveryCase extends Delivery {
  readonly tier: string;
  readonly fault: (typeof deliveryFaults)[number];
}

/** One delivery that something befalls, or two of one run. */
export type DeliveryFaults = readonly [DeliveryCase, ...DeliveryCase[]];

/** The stable id of a case: `business/deliveries/SettleBilling/1/twice`, `business/deliveries/SettleBilling/1/twice+StartOnboarding/1/late`. */
export const idOfDelivery = (faults: DeliveryFaults): string =>
  `${faults[0].tier}/deliveries/${faults.map(({ consumer, place, fault }) => `${consumer}/${place}/${fault}`).join('+')}`;

/** What no delivery of these is tried with, each with the reason. */
const notTried: readonly { readonly consumer: string; readonly fault: DeliveryCase['fault']; readonly because: string }[] = [
  {
    consumer: 'ReceivePaymentWebhook',
    fault: 'late',
    because:
      'Who confirms after the payment, or pays after the confirmation, has the tenant provisioned by the later of the two: another world than the clean one, and right.',
  },
  {
    consumer: 'SettleBilling',
    fault: 'at-once',
    because:
      'Two workers at the same moment make one subscription by its idempotency key (https://docs.stripe.com/api/idempotent_requests), which localstripe ignores: local/DIFFERENCES.md.',
  },
];
const befalls = (fault: DeliveryCase['fault'], consumer: string) =>
  !notTried.some((each) => each.fault === fault && each.consumer === consumer);

/** Every fault of every delivery. */
export const deliveryCases = (tier: string, deliveries: readonly Delivery[]): DeliveryCase[] =>
  deliveries.flatMap(({ consumer, place }) =>
    deliveryFaults.filter((fault) => befalls(fault, consumer)).map((fault) => ({ tier, consumer, place, fault })),
  );

/** Every two of these cases that befall two deliveries of one tier. */
export const deliveryPairs = (cases: readonly DeliveryCase[]): DeliveryFaults[] =>
  cases.flatMap((first, index) =>
    cases
      .slice(index + 1)
      .filter(({ tier, consumer, place }) => tier === first.tier && (consumer !== first.consumer || place !== first.place))
      .map((second): DeliveryFaults => [first, second]),
  );
