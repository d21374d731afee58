"""STS: transitive session tags, the role's longest session, and the caller's own right to pass tags.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

import contextvars
import json
import re
import threading
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_evaluator

from tenantry_ministack.service_roles import find_role

LONGEST_CHAINED_SESSION_SECONDS = 3600
DEFAULT_SESSION_SECONDS = 3600
TAG_KEY = re.compile(r"Tags\.member\.\d+\.Key")

_transitive_keys: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar("transitive_keys", default=())


def request_parameters(headers: dict, body: bytes, query: dict) -> dict[str, Any]:
    """The request's parameters, from its JSON or its query form."""
    parameters: dict[str, Any] = {key: value[0] if isinstance(value, list) and value else value for key, value in query.items()}
    if "amz-json" in headers.get("content-type", ""):
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            data = {}
        parameters.update(data if isinstance(data, dict) else {})
        parameters["Action"] = headers.get("x-amz-target", "").rpartition(".")[2]
    else:
        parameters.update({key: value[0] for key, value in parse_qs(body.decode("utf-8", errors="replace")).items()})
    return parameters


def members(parameters: dict[str, Any], name: str) -> list[str]:
    """A list parameter such as TransitiveTagKeys.member.1."""
    if isinstance(parameters.get(name), list):
        return [str(value) for value in parameters[name]]
    found = []
    while (value := parameters.get(f"{name}.member.{len(found) + 1}")) is not None:
        found.append(str(value))
    return found


def passed_tag_keys(parameters: dict[str, Any]) -> list[str]:
    """The keys of the session tags that a request passes."""
    if isinstance(parameters.get("Tags"), list):
        return [str(tag.get("Key")) for tag in parameters["Tags"]]
    return [str(value) for name, value in parameters.items() if TAG_KEY.fullmatch(name)]


def inherited_tags(access_key_id: str) -> list[dict[str, str]]:
    """The transitive tags of the calling session, which persist through role chaining.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining
    """
    from ministack.services import sts

    session = sts._sessions.get(access_key_id) or {}
    return [tag for tag in session.get("SessionTags") or [] if tag["Key"] in session.get("TransitiveTagKeys", ())]


def apply() -> None:
    from ministack import app
    from ministack.core.router import extract_access_key_id
    from ministack.services import sts

    stock_handler = app.SERVICE_HANDLERS["sts"]
    stock_register = sts.register_session
    stock_enforce = iam_evaluator.enforce
    registering = threading.Lock()

    async def handle(method: str, path: str, headers: dict, body: bytes, query: dict) -> Any:
        parameters = request_parameters(headers, body, query)
        if parameters.get("Action") == "AssumeRole":
            refusal = refuse(parameters, extract_access_key_id(headers, query) or "")
            if refusal is not None:
                return refusal
        return await stock_handler(method, path, headers, body, query)

    def invalid(code: str, message: str) -> Any:
        return sts._error(400, code, message, ns="sts")

    def refuse(parameters: dict[str, Any], caller_key: str) -> Any:
        """Why AssumeRole is refused, or None. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
        role = find_role(str(parameters.get("RoleArn", ""))) or {}
        duration_seconds = int(parameters.get("DurationSeconds") or DEFAULT_SESSION_SECONDS)
        if duration_seconds > int(role.get("MaxSessionDuration") or DEFAULT_SESSION_SECONDS):
            return invalid("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        if caller_key in sts._sessions and duration_seconds > LONGEST_CHAINED_SESSION_SECONDS:
            message = "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
            return invalid("ValidationError", message)
        inherited = {tag["Key"].lower() for tag in inherited_tags(caller_key)}
        if any(key.lower() in inherited for key in passed_tag_keys(parameters)):
            message = (
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the "
                "calling session."
            )
            return invalid("InvalidParameterValue", message)
        _transitive_keys.set(tuple(members(parameters, "TransitiveTagKeys")))
        return None

    def register_session(access_key_id: str, session: dict) -> None:
        if "SessionTags" in session and session.get("PrincipalType") == "AssumedRole":
            inherited = inherited_tags(str(session.get("SourceAccessKeyId", "")))
            session["SessionTags"] = [*(session["SessionTags"] or []), *inherited]
            session["TransitiveTagKeys"] = {*_transitive_keys.get(), *(tag["Key"] for tag in inherited)}
        # The stock function walks through all sessions, and functions and executions register theirs on threads of their own.
        with registering:
            stock_register(access_key_id, session)

    def enforce(
        access_key_id: str, action: str, service: str, region: str, resource_arn: str = "*", service_context: dict | None = None
    ) -> Any:
        denied = stock_enforce(access_key_id, action, service, region, resource_arn, service_context)
        if denied is None and action == "sts:AssumeRole" and (service_context or {}).get("aws:TagKeys"):
            # Passing tags needs sts:TagSession beside sts:AssumeRole.
            # https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_permissions-required
            denied = stock_enforce(access_key_id, "sts:TagSession", service, region, resource_arn, service_context)
        return denied

    app.SERVICE_HANDLERS["sts"] = handle
    sts.register_session = register_session
    iam_evaluator.enforce = enforce
