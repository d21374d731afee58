"""Rates beyond which a service refuses requests, as AWS does for an account and a Region; none unless somebody sets them.

https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html

Stock MiniStack never throttles. `PUT /_tenantry/rates` with `{"rates": [{"name", "service", "actions", "perSecond"}]}` sets them anew; without `actions` a rate holds for all
of the service. `GET` answers how many requests of each were served and throttled, `DELETE` takes them away. A rate is a bucket of tokens that holds what flows into it
in a second. It listens where MiniStack does, on the loopback interface alone.
"""

import json
import threading
import time
from typing import Any

from tenantry_ministack.meter import action_of
from tenantry_ministack.refusals import refusal

PATH = "/_tenantry/rates"

_lock = threading.Lock()
_rates: list["Rate"] = []


class Rate:
    def __init__(self, name: str, service: str, perSecond: float, actions: list[str] | None = None) -> None:
        self.name = name
        self.service = service
        self.actions = actions
        self.per_second = perSecond
        self.capacity = max(1.0, perSecond)
        self.tokens = self.capacity
        self.filled_at = time.monotonic()
        self.served = 0
        self.throttled = 0

    def covers(self, service: str, action: str) -> bool:
        return service == self.service and (self.actions is None or action in self.actions)

    def take(self) -> bool:
        now = time.monotonic()
        self.tokens = min(self.capacity, self.tokens + (now - self.filled_at) * self.per_second)
        self.filled_at = now
        if self.tokens < 1:
            self.throttled += 1
            return False
        self.tokens -= 1
        self.served += 1
        return True


def refuses(service: str, action: str) -> bool:
    """Whether the request is one too many for a rate that covers it."""
    with _lock:
        return not all(rate.take() for rate in _rates if rate.covers(service, action))


def answer(method: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
    global _rates
    with _lock:
        counted = [{"name": rate.name, "served": rate.served, "throttled": rate.throttled} for rate in _rates]
        if method == "PUT":
            _rates = [Rate(**rate) for rate in json.loads(body)["rates"]]
        elif method == "DELETE":
            _rates = []
    return 200, {"Content-Type": "application/json"}, json.dumps({"rates": counted}).encode()


def apply() -> None:
    from ministack import app

    stock_special = app._handle_special_data_plane_request
    stock_dispatch = app._dispatch_service_request

    async def special(method: str, path: str, headers: dict, body: bytes, *rest: Any, **named: Any) -> Any:
        return answer(method, body) if path == PATH else await stock_special(method, path, headers, body, *rest, **named)

    async def dispatch(method: str, path: str, headers: dict, body: bytes, query: dict, request_id: str) -> Any:
        if _rates:
            service = app.detect_service(method, path, headers, app._routing_params(method, path, headers, body, query))
            if refuses(service, action_of(headers, body)):
                return refusal(service, "throttled", "Rate exceeded")
        return await stock_dispatch(method, path, headers, body, query, request_id)

    app._handle_special_data_plane_request = special
    app._dispatch_service_request = dispatch
