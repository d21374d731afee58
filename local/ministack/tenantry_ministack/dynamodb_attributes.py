"""DynamoDB: the condition key `dynamodb:Attributes` of requests that put whole items.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html

Stock MiniStack fills the key from projections alone, so that no policy can tell one put from another by what is in the item. Here it names the top-level
attributes of every item that a request puts. An UpdateItem's expression is not read: its attributes stay unknown to policies.
"""

import json
from collections.abc import Iterator
from typing import Any

from ministack.core import iam_actions


def put_items(data: dict) -> Iterator[Any]:
    """The items of a PutItem, BatchWriteItem or TransactWriteItems request."""
    yield data.get("Item")
    for entry in data.get("TransactItems") or []:
        yield (entry.get("Put") or {}).get("Item")
    for requests in (data.get("RequestItems") or {}).values():
        for request in requests if isinstance(requests, list) else []:
            yield (request.get("PutRequest") or {}).get("Item")


def attributes_put(body: bytes) -> list[str]:
    try:
        data = json.loads(body or b"{}")
        return sorted({name for item in put_items(data) if isinstance(item, dict) for name in item})
    except (ValueError, AttributeError):
        return []


def apply() -> None:
    stock_request_tags = iam_actions.request_tag_context

    def request_tag_context(service: str, action: str, body: bytes, parameters: dict) -> dict:
        context = dict(stock_request_tags(service, action, body, parameters))
        attributes = attributes_put(body) if service == "dynamodb" else []
        return {**context, "dynamodb:attributes": attributes} if attributes else context

    iam_actions.request_tag_context = request_tag_context
