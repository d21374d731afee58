"""STS: the caller's policies decide by the session's name, which stock MiniStack knows in trust policies alone.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_rolesessionname
"""

from typing import Any

from ministack.core import iam_actions


def apply() -> None:
    stock_request_tags = iam_actions.request_tag_context

    def request_tag_context(service: str, action: str, body: bytes, parameters: dict) -> dict[str, Any]:
        context = stock_request_tags(service, action, body, parameters)
        session_name = iam_actions._query_param(parameters, "RoleSessionName") if service == "sts" else ""
        return {**context, "sts:rolesessionname": session_name} if session_name else context

    iam_actions.request_tag_context = request_tag_context
