"""`aws:SecureTransport` is true for requests of this machine.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-securetransport

The emulator speaks HTTP without TLS and listens on the loopback interface alone, where nobody can listen in. Stock MiniStack takes that for insecure, so
that a queue or bucket which refuses unencrypted transport refuses everybody.
"""

import ipaddress

from ministack import app
from ministack.core import iam_evaluator


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def apply() -> None:
    stock_pin = iam_evaluator.pin_request_origin

    def pin_request_origin(source_ip: str, secure_transport: bool) -> None:
        stock_pin(source_ip, secure_transport or is_loopback(source_ip))

    iam_evaluator.pin_request_origin = pin_request_origin
    app.pin_request_origin = pin_request_origin
