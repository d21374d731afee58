"""Where localstripe differs from Stripe in what the project relies on. Each patch has Stripe's documentation beside it."""

import functools
import sys

from localstripe import resources
from localstripe.errors import UserError
from localstripe.resources import (
    Customer,
    PaymentIntent,
    PaymentMethod,
    StripeObject,
    Subscription,
    try_convert_to_int,
)


def forget_at_the_end() -> None:
    """Its store is written to a file that all instances of the machine share; two stacks would read each other's payments."""
    resources.Store.dump_to_disk = lambda self: None


def list_the_newest_first() -> None:
    """https://docs.stripe.com/api/customers/list: sorted by creation, the most recent first."""
    original = StripeObject._api_list_all.__func__

    @classmethod
    def newest_first(cls, url, limit=None, starting_after=None, **filters):
        listed = original(cls, url, limit=limit, starting_after=starting_after, **filters)
        listed._list.reverse()
        return listed

    StripeObject._api_list_all = newest_first


def filter_customers_by_time() -> None:
    """https://docs.stripe.com/api/customers/list#list_customers-created"""
    original = Customer._api_list_all.__func__

    @classmethod
    def since(cls, url, created=None, **filters):
        listed = original(cls, url, **filters)
        if created is not None:
            if type(created) is not dict or set(created) != {"gte"}:
                raise UserError(400, "Only created[gte] is implemented")
            listed._list = [each for each in listed._list if each.created >= int(created["gte"])]
        return listed

    Customer._api_list_all = since


def filter_payments_by_customer() -> None:
    """https://docs.stripe.com/api/payment_intents/list#list_payment_intents-customer"""

    @classmethod
    def of_customer(cls, url, customer=None, limit=None, starting_after=None, **unknown):
        if unknown:
            raise UserError(400, "Unexpected " + ", ".join(unknown))
        listed = super(PaymentIntent, cls)._api_list_all(url, limit=limit, starting_after=starting_after)
        if customer is not None:
            listed._list = [each for each in listed._list if each.customer == customer]
        return listed

    PaymentIntent._api_list_all = of_customer


def keep_payment_methods() -> None:
    """https://docs.stripe.com/api/payment_intents/create#create_payment_intent-setup_future_usage: a paid method is attached to the customer."""
    original_init = PaymentIntent.__init__
    original_success = PaymentIntent._on_success

    @functools.wraps(original_init)
    def init(self, setup_future_usage=None, **data):
        if setup_future_usage not in (None, "on_session", "off_session"):
            raise UserError(400, "Bad request")
        original_init(self, **data)
        self.setup_future_usage = setup_future_usage

    def on_success(self):
        if self.setup_future_usage and self.customer and self.payment_method.startswith("pm_"):
            PaymentMethod._api_attach(self.payment_method, customer=self.customer)
        original_success(self)

    PaymentIntent.__init__ = init
    PaymentIntent._on_success = on_success


def try_failed_payments_again() -> None:
    """https://docs.stripe.com/payments/paymentintents/lifecycle: after a decline it asks for another payment method, and takes it."""
    original = PaymentIntent._update

    def update(self, **data):
        if "payment_method" in data:
            if self.status not in ("requires_payment_method", "requires_confirmation"):
                raise UserError(400, "This PaymentIntent's payment method can no longer be changed.")
            # The special ids of test methods become methods of their own when they are read.
            data["payment_method"] = PaymentMethod._api_retrieve(data["payment_method"]).id
            self.latest_charge = None
        original(self, **data)

    PaymentIntent._update = update


def take_default_payment_methods() -> None:
    """https://docs.stripe.com/api/subscriptions/create#create_subscription-default_payment_method: it must be one of the customer's."""
    original = Subscription.__init__

    @functools.wraps(original)
    def init(self, default_payment_method=None, **data):
        if default_payment_method is not None:
            method = PaymentMethod._api_retrieve(default_payment_method)
            if method.customer != data.get("customer"):
                raise UserError(400, "The payment method does not belong to the customer.")
        original(self, **data)
        self.default_payment_method = default_payment_method

    Subscription.__init__ = init


def trial_until_it_ends() -> None:
    """https://docs.stripe.com/billing/subscriptions/trials: a subscription in its trial is `trialing`, not `incomplete`."""
    original = Subscription.__init__

    @functools.wraps(original)
    def init(self, trial_end=None, **data):
        original(self, trial_end=trial_end, **data)
        if try_convert_to_int(trial_end) is not None:
            self.status = "trialing"

    Subscription.__init__ = init


# In the order in which they are applied. A function's name is what TENANTRY_LOCALSTRIPE_WITHOUT takes.
PATCHES = (
    forget_at_the_end,
    list_the_newest_first,
    filter_customers_by_time,
    filter_payments_by_customer,
    keep_payment_methods,
    try_failed_payments_again,
    take_default_payment_methods,
    trial_until_it_ends,
)


def apply(left_out: set[str]) -> None:
    names = [patch.__name__ for patch in PATCHES]
    unknown = left_out - set(names)
    if unknown:
        sys.exit(f"TENANTRY_LOCALSTRIPE_WITHOUT names no such patch: {', '.join(sorted(unknown))}. There are: {', '.join(names)}")
    for patch in PATCHES:
        if patch.__name__ not in left_out:
            patch()
