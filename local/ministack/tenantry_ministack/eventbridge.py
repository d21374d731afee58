"""EventBridge: entries that are checked, targets that must be permitted, and dead-letter queues for what is not delivered.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

import json
from typing import Any

from tenantry_ministack import dead_letters
from tenantry_ministack.service_roles import find_role, resource_permits, role_allows, trusts_service

Entry = dict[str, Any]
Response = tuple[int, dict[str, str], bytes]

SERVICE_PRINCIPAL = "events.amazonaws.com"
SESSION_NAME = "EventBridge"
REQUIRED_FIELDS = ("Source", "DetailType", "Detail")


def entry_error(entry: Entry) -> dict[str, str] | None:
    """Why EventBridge refuses an entry, in the form of a result entry.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
    """
    for field in REQUIRED_FIELDS:
        if not entry.get(field):
            message = f"Parameter {field} is not valid. Reason: {field} is a required argument."
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
    try:
        detail = json.loads(entry["Detail"])
    except (TypeError, ValueError):
        detail = None
    return None if isinstance(detail, dict) else {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}


def is_permitted(target: dict, rule_arn: str) -> bool:
    """Lambda, SQS and SNS decide by their own policies, the others by the target's role."""
    from ministack.services import lambda_svc, sns, sqs

    arn = target.get("Arn", "")
    service = arn.split(":")[2] if arn.count(":") >= 5 else ""
    if service == "lambda":
        found = lambda_svc.function_policy_for_arn(arn)
        return found is not None and resource_permits(found[0], SERVICE_PRINCIPAL, "lambda:InvokeFunction", arn, rule_arn)
    if service == "sqs":
        found = sqs.queue_policy_for_arn(arn)
        return found is not None and resource_permits(found[0], SERVICE_PRINCIPAL, "sqs:SendMessage", arn, rule_arn)
    if service == "sns":
        found = sns.topic_policy_for_arn(arn)
        return found is not None and resource_permits(found[0], SERVICE_PRINCIPAL, "sns:Publish", arn, rule_arn)
    role_arn = target.get("RoleArn") or ""
    action = {"states": "states:StartExecution", "events": "events:PutEvents"}.get(service)
    if action is None or (service == "events" and not role_arn):
        return True
    return trusts_service(find_role(role_arn), SERVICE_PRINCIPAL, rule_arn) and role_allows(role_arn, SESSION_NAME, action, arn)


def send_to_dead_letter_queue(target: dict, rule_arn: str, payload: str) -> None:
    """Keep an event that may not be delivered, with the reason in the message's attributes."""
    from ministack.services import sqs

    queue_arn = (target.get("DeadLetterConfig") or {}).get("Arn") or ""
    found = sqs.queue_policy_for_arn(queue_arn) if queue_arn else None
    if found is None or not resource_permits(found[0], SERVICE_PRINCIPAL, "sqs:SendMessage", queue_arn, rule_arn):
        return
    attributes = {
        "RULE_ARN": rule_arn,
        "TARGET_ARN": target.get("Arn", ""),
        "ERROR_CODE": "NO_PERMISSIONS",
        "ERROR_MESSAGE": "EventBridge is not permitted to invoke the target.",
        "EXHAUSTED_RETRY_CONDITION": "NoRetry",
        "RETRY_ATTEMPTS": "0",
    }
    dead_letters.put(queue_arn, payload, attributes, SERVICE_PRINCIPAL)


def apply() -> None:
    from ministack.services import eventbridge, lambda_svc

    stock_put_events = eventbridge._put_events
    stock_invoke_target = eventbridge._invoke_target

    def put_events(data: dict, allow_aws_source: bool = False) -> Response:
        entries = data.get("Entries")
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            return stock_put_events(data, allow_aws_source)
        errors = [entry_error(entry) for entry in entries]
        if not any(errors) or len(entries) > 10:
            return stock_put_events(data, allow_aws_source)
        valid = [entry for entry, error in zip(entries, errors, strict=True) if error is None]
        status, headers, body = stock_put_events({**data, "Entries": valid}, allow_aws_source)
        if status != 200:
            return status, headers, body
        answer = json.loads(body)
        results = iter(answer["Entries"])
        answer["Entries"] = [error or next(results) for error in errors]
        answer["FailedEntryCount"] += sum(error is not None for error in errors)
        return status, headers, json.dumps(answer).encode()

    def invoke_target(target: dict, event: dict, rule: dict, view: Any = None) -> None:
        rule_arn = rule.get("Arn", "")
        if is_permitted(target, rule_arn):
            stock_invoke_target(target, event, rule, view)
        else:
            view = view or eventbridge._pattern_event_view(event)
            send_to_dead_letter_queue(target, rule_arn, json.dumps(view.event_with_detail()))

    def dispatch_to_lambda(arn: str, payload: str) -> None:
        # EventBridge invokes asynchronously: Lambda retries, and then uses the function's own failure destination.
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
        function, configuration, _name = lambda_svc._get_func_record_for_ref(arn)
        if function and configuration:
            lambda_svc.invoke_async_with_retry(lambda_svc._execution_record_for_config(function, configuration), json.loads(payload))

    eventbridge._put_events = put_events
    eventbridge._invoke_target = invoke_target
    eventbridge._dispatch_to_lambda = dispatch_to_lambda
