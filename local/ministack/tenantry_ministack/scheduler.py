"""EventBridge Scheduler: a schedule acts with its own role, which also sends what is not delivered to the dead-letter queue.

MiniStack sends a schedule's target through EventBridge's rules, where a function's policy decides. A schedule has a role instead.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role
https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
"""

import time
from typing import Any

from tenantry_ministack import dead_letters, meter
from tenantry_ministack.service_roles import find_role, role_allows, trusts_service

SERVICE_PRINCIPAL = "scheduler.amazonaws.com"
SESSION_NAME = "Scheduler"
# MiniStack looks every ten seconds, for which a test would wait.
TICK_SECONDS = 1


def is_schedule(source: dict[str, Any]) -> bool:
    return source.get("Arn", "").startswith("arn:aws:scheduler:")


def may(target: dict[str, Any], action: str, resource_arn: str) -> bool:
    """Whether the schedule's role can be assumed and allows the action. Its trust policy sees the account and the schedule's group; we ask for the account alone."""
    role_arn = target.get("RoleArn") or ""
    return trusts_service(find_role(role_arn), SERVICE_PRINCIPAL) and role_allows(role_arn, SESSION_NAME, action, resource_arn)


def refuse(target: dict[str, Any], schedule: dict[str, Any]) -> None:
    queue_arn = (target.get("DeadLetterConfig") or {}).get("Arn") or ""
    if not queue_arn or not may(target, "sqs:SendMessage", queue_arn):
        return
    attributes = {
        "SCHEDULE_ARN": schedule["Arn"],
        "TARGET_ARN": target.get("Arn", ""),
        "SCHEDULED_TIME": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "ERROR_CODE": "AccessDeniedException",
        "ERROR_MESSAGE": "The schedule's role may not invoke the target.",
        "RETRY_ATTEMPTS": "0",
        "IS_PAYLOAD_TRUNCATED": "false",
    }
    dead_letters.put(queue_arn, target.get("Input") or "{}", attributes, SERVICE_PRINCIPAL)


def apply() -> None:
    from ministack.services import eventbridge, scheduler

    invoke_target_of_rule = eventbridge._invoke_target
    stock_tick = scheduler._tick_schedules

    def invoke_target(target: dict, event: dict, source: dict, view: Any = None) -> None:
        if not is_schedule(source):
            invoke_target_of_rule(target, event, source, view)
        elif may(target, "lambda:InvokeFunction", target["Arn"]):
            eventbridge._dispatch_to_lambda(target["Arn"], target.get("Input") or "{}")
        else:
            refuse(target, source)

    def tick() -> None:
        # What a schedule starts would be counted as what is measured. Whatever is due runs after it.
        if not meter.is_on():
            stock_tick()

    eventbridge._invoke_target = invoke_target
    scheduler._tick_schedules = tick
    scheduler._SCHEDULE_TICK_INTERVAL = TICK_SECONDS
