"""iam:PassRole: whoever hands a role to a service must be allowed to.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

import contextvars
import json
from typing import Any

from ministack.core import iam_actions, iam_evaluator

# The service that each action passes a role to, which a policy may ask for as iam:PassedToService.
PASSED_TO = {
    "lambda:CreateFunction": "lambda.amazonaws.com",
    "lambda:UpdateFunctionConfiguration": "lambda.amazonaws.com",
    "states:CreateStateMachine": "states.amazonaws.com",
    "states:UpdateStateMachine": "states.amazonaws.com",
    "cloudformation:CreateStack": "cloudformation.amazonaws.com",
    "cloudformation:UpdateStack": "cloudformation.amazonaws.com",
    "cloudformation:DeleteStack": "cloudformation.amazonaws.com",
    "cloudformation:CreateChangeSet": "cloudformation.amazonaws.com",
    "events:PutRule": "events.amazonaws.com",
    "events:PutTargets": "events.amazonaws.com",
    "scheduler:CreateSchedule": "scheduler.amazonaws.com",
    "scheduler:UpdateSchedule": "scheduler.amazonaws.com",
}

_passed_roles: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("passed_roles", default=())
_refused_role: contextvars.ContextVar[str] = contextvars.ContextVar("refused_role", default="")


def passed_roles(body: bytes, parameters: dict) -> tuple[str, ...]:
    """Every role that a request names to be used by the service."""
    try:
        data = json.loads(body) if body[:1] == b"{" else {}
    except ValueError:
        data = {}
    targets = data.get("Targets") if isinstance(data.get("Targets"), list) else []
    target = data.get("Target") if isinstance(data.get("Target"), dict) else {}
    named = [
        *(data.get(field) for field in ("Role", "roleArn", "RoleArn")),
        *(entry.get("RoleArn") for entry in targets if isinstance(entry, dict)),
        target.get("RoleArn"),
        iam_actions._query_param(parameters, "RoleARN"),
    ]
    return tuple(role for role in named if isinstance(role, str) and role)


def apply() -> None:
    stock_request_tags = iam_actions.request_tag_context
    stock_enforce = iam_evaluator.enforce
    stock_refusal = iam_actions.access_denied_response

    def request_tag_context(service: str, action: str, body: bytes, parameters: dict) -> dict:
        _refused_role.set("")
        _passed_roles.set(passed_roles(body, parameters) if action in PASSED_TO else ())
        return stock_request_tags(service, action, body, parameters)

    def enforce(
        access_key_id: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: dict | None = None
    ) -> Any:
        denied = stock_enforce(access_key_id, action, service, region, resource_arn, service_context)
        if denied is not None or action not in PASSED_TO:
            return denied
        for role_arn in _passed_roles.get():
            passed_to = {"iam:PassedToService": PASSED_TO[action]}
            denied = stock_enforce(access_key_id, "iam:PassRole", "iam", region, role_arn, passed_to)
            if denied is not None:
                _refused_role.set(role_arn)
                return denied
        return None

    def access_denied_response(service: str, action: str, *rest: Any, **named: Any) -> tuple:
        role_arn = _refused_role.get()
        if role_arn:  # The caller learns which permission is missing, as on AWS.
            action, named = "iam:PassRole", {**named, "resource_arn": role_arn}
        return stock_refusal(service, action, *rest, **named)

    iam_actions.request_tag_context = request_tag_context
    iam_evaluator.enforce = enforce
    iam_actions.access_denied_response = access_denied_response
