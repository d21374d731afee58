"""Route 53: the condition keys of ChangeResourceRecordSets.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/specifying-conditions-route53.html

Stock MiniStack fills in none of them, so that a policy on names, types or actions allows every change or none.
"""

import re
from typing import Any

PREFIX = "route53:ChangeResourceRecordSets"
UNESCAPED = re.compile(r"[^a-z0-9\-_.\\]")


def normalised(name: str) -> str:
    """In lower case, without the dot at its end, and with escape codes for all but letters, digits, hyphens, underscores and dots."""
    return UNESCAPED.sub(lambda match: f"\\{ord(match.group()):03o}", name.lower().rstrip("."))


def change_context(body: bytes) -> dict[str, Any]:
    from ministack.services import route53

    root = route53._parse_body(body)
    changes = root.iter() if root is not None else ()
    found: dict[str, set[str]] = {"NormalizedRecordNames": set(), "RecordTypes": set(), "Actions": set()}
    for change in (element for element in changes if element.tag.rpartition("}")[2] == "Change"):
        record = route53._find(change, "ResourceRecordSet")
        found["Actions"].add(route53._text(change, "Action"))
        if record is not None:
            found["NormalizedRecordNames"].add(normalised(route53._text(record, "Name")))
            found["RecordTypes"].add(route53._text(record, "Type"))
    return {f"{PREFIX}{key}".lower(): sorted(values) for key, values in found.items() if values}


def apply() -> None:
    from ministack.core import iam_actions

    stock_context = iam_actions.request_tag_context

    def request_tag_context(service: str, action: str, body: bytes, parameters: dict) -> dict:
        context = stock_context(service, action, body, parameters)
        return {**context, **change_context(body)} if action == PREFIX else context

    iam_actions.request_tag_context = request_tag_context
