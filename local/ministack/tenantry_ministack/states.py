"""Step Functions: MiniStack authenticates, authorises and keeps the state machines; an engine of the project's runs executions.

Stock MiniStack has no redrive, enforces neither heartbeats nor the machine's timeout, and does not act as the machine's role.
https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html
"""

import asyncio
import base64
import binascii
import contextvars
import json
import os
import threading
import urllib.error
import urllib.request
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region

from tenantry_ministack.service_roles import Credentials, find_role, register_session, trusts_service

Response = tuple[int, dict[str, str], bytes]

SERVICE_PRINCIPAL = "states.amazonaws.com"
ENGINE_ROLE = "TenantryExecutionStatusEvents"
ENGINE_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "events:PutEvents",
            "Resource": "*",
            "Condition": {"StringEquals": {"events:source": "aws.states"}},
        }
    ],
}
KEPT_ACTIONS = frozenset(
    {
        *(f"{verb}StateMachine" for verb in ("Create", "Update", "Delete", "Describe")),
        *(f"{verb}StateMachineAlias" for verb in ("Create", "Update", "Delete", "Describe")),
        *("PublishStateMachineVersion", "DeleteStateMachineVersion"),
        *("ListStateMachines", "ListStateMachineVersions", "ListStateMachineAliases", "ValidateStateMachineDefinition"),
        *("TagResource", "UntagResource", "ListTagsForResource"),
    }
)
# StartSyncExecution answers when the execution has ended, which AWS limits to five minutes.
# https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartSyncExecution.html
ANSWER_TIMEOUT_SECONDS = {"StartSyncExecution": 310}
DEFAULT_ANSWER_TIMEOUT_SECONDS = 30

_engine_keys: set[str] = set()
_engine = {"url": "", "secret": ""}


def machine_arn_of_task_token(token: str) -> str:
    """The state machine that a task token belongs to, or "" for a token that is not the engine's."""
    encoded = token.partition(".")[0]
    try:
        arn = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    return arn if arn.startswith("arn:") and ":stateMachine:" in arn else ""


def machine_arn_of_execution(execution_arn: str) -> str:
    """An execution's ARN names its machine: `…:execution:<machine>:<name>`."""
    parts = execution_arn.split(":")
    return ":".join([*parts[:5], "stateMachine", parts[6]]) if len(parts) >= 8 and parts[5] == "execution" else ""


def named_machine_arn(data: dict[str, Any]) -> str:
    """The ARN of the machine, version or alias that a request is about, or "" if it names none."""
    return (
        data.get("stateMachineArn")
        or machine_arn_of_execution(data.get("executionArn") or "")
        or machine_arn_of_task_token(data.get("taskToken") or "")
    )


def describe_machine(arn: str) -> dict[str, Any] | None:
    """MiniStack's record of the machine; for a version or an alias, with that version's definition and role."""
    from ministack.services import stepfunctions

    machine = stepfunctions._state_machines.get(stepfunctions._resolve_state_machine_arn(arn) or "")
    if machine is None:
        return None
    version_arn = stepfunctions._execution_version_arn(arn)
    version = stepfunctions._state_machine_versions.get(version_arn) if version_arn else None
    if version is None:
        return dict(machine)
    return {**machine, **version, "stateMachineArn": machine["stateMachineArn"], "stateMachineVersionArn": version_arn}


def engine_credentials() -> Credentials:
    """Credentials of the service itself: they may say `aws.states` on an event bus and nothing else."""
    credentials = register_session(f"arn:aws:iam::{get_account_id()}:role/{ENGINE_ROLE}", "engine")
    _engine_keys.add(credentials["accessKeyId"])
    return credentials


def hand_over(action: str, data: dict[str, Any]) -> Response:
    """Let the engine answer an authorised request."""
    arn = named_machine_arn(data)
    machine = describe_machine(arn) if arn else None
    if machine is None and data.get("stateMachineArn"):
        return error_response_json("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'", 400)
    role_credentials = None
    if machine is not None:
        if trusts_service(find_role(machine["roleArn"]), SERVICE_PRINCIPAL, machine["stateMachineArn"]):
            role_credentials = register_session(machine["roleArn"], "StepFunctions")
        elif action in ("StartExecution", "StartSyncExecution"):
            # https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
            message = (
                f"Neither the global service principal {SERVICE_PRINCIPAL}, nor the regional one is authorized to assume the "
                "provided role."
            )
            return error_response_json("AccessDeniedException", message, 400)
    return ask_engine(
        {
            "action": action,
            "data": data,
            "caller": iam_evaluator.caller_arn(),
            "account": get_account_id(),
            "region": get_region(),
            "stateMachine": machine,
            "roleCredentials": role_credentials,
            "engineCredentials": engine_credentials(),
            "endpoint": os.environ["AWS_ENDPOINT_URL"],
        }
    )


def ask_engine(question: dict[str, Any]) -> Response:
    if not _engine["url"]:
        return error_response_json("ServiceUnavailable", "No Step Functions engine: TENANTRY_ENGINE_URL is not set.", 503)
    request = urllib.request.Request(
        _engine["url"],
        json.dumps(question).encode(),
        {"content-type": "application/json", "x-engine-secret": _engine["secret"]},
    )
    timeout_seconds = ANSWER_TIMEOUT_SECONDS.get(question["action"], DEFAULT_ANSWER_TIMEOUT_SECONDS)
    headers = {"Content-Type": "application/x-amz-json-1.0"}
    try:
        with urllib.request.urlopen(request, timeout=timeout_seconds) as answer:
            return answer.status, headers, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, headers, refusal.read()
    except (urllib.error.URLError, TimeoutError) as failure:
        return error_response_json("ServiceUnavailable", f"The Step Functions engine does not answer: {failure}", 503)


def start_in_background(data: dict[str, Any]) -> Response:
    """Start an execution for a target of EventBridge or a pipe, which run on MiniStack's event loop and do not wait."""
    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(hand_over, "StartExecution", data), daemon=True).start()
    return 200, {"Content-Type": "application/x-amz-json-1.0"}, b"{}"


def apply() -> None:
    from ministack import app
    from ministack.services import eventbridge, stepfunctions

    # Functions inherit the environment, and none may reach the engine past the authorisation.
    _engine.update(url=os.environ.pop("TENANTRY_ENGINE_URL", ""), secret=os.environ.pop("TENANTRY_ENGINE_SECRET", ""))
    stock_handler = app.SERVICE_HANDLERS["states"]
    stock_resource_arn = iam_actions.extract_resource_arn
    stock_role_policies = iam_evaluator._gather_role_policies
    stock_put_events = eventbridge._put_events
    engine_statements = [iam_evaluator.parse_policy_document(ENGINE_POLICY)]

    async def handle(method: str, path: str, headers: dict, body: bytes, query: dict) -> Response:
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if action in KEPT_ACTIONS:
            return await stock_handler(method, path, headers, body, query)
        try:
            data = json.loads(body or b"{}")
        except ValueError:
            return error_response_json("SerializationException", "Invalid JSON", 400)
        return await asyncio.to_thread(hand_over, action, data)  # to_thread copies the request's context variables.

    def extract_resource_arn(service: str, method: str, path: str, headers: dict, body: bytes, *rest: Any, **named: Any) -> str:
        # The resource of SendTask* is the state machine.
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
        if service == "states" and headers.get("x-amz-target", "").rpartition(".")[2].startswith("SendTask"):
            return machine_arn_of_task_token(iam_actions._safe_json_field(body, "taskToken")) or "*"
        return stock_resource_arn(service, method, path, headers, body, *rest, **named)

    def gather_role_policies(role_name: str, account_id: str) -> list:
        return engine_statements if role_name == ENGINE_ROLE else stock_role_policies(role_name, account_id)

    def put_events(data: dict, allow_aws_source: bool = False) -> Response:
        # Only AWS services publish `aws.` sources; a verified key cannot be imitated, a role's name could.
        # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
        return stock_put_events(data, allow_aws_source or iam_evaluator._verified_key.get() in _engine_keys)

    app.SERVICE_HANDLERS["states"] = handle
    iam_actions.extract_resource_arn = extract_resource_arn
    iam_evaluator._gather_role_policies = gather_role_policies
    eventbridge._put_events = put_events
    stepfunctions._start_execution = start_in_background
