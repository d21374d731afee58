"""Time that passes for one queue alone, so that waits of hours are shown in seconds.

Not a part of AWS. `POST /_tenantry/queues/<name>/passed-seconds/<seconds>`: messages become visible that much sooner, and count as sent that much earlier, as if so much
time had gone by. It listens where MiniStack does, on the loopback interface alone.
"""

import re
from typing import Any

PATH = re.compile(r"/_tenantry/queues/([\w-]+)/passed-seconds/(\d+)")


def let_pass(name: str, seconds: int) -> int:
    """Returns how many queues have this name."""
    from ministack.core.concurrency import esm_wake
    from ministack.services import sqs

    with sqs._queues_lock:
        queues = [queue for _, queue in sqs._queues.all_items() if queue.get("name") == name]
        for message in (message for queue in queues for message in queue["messages"]):
            sqs._ensure_msg_fields(message)
            message["visible_at"] -= seconds
            message["sent_at"] -= seconds
    esm_wake.set()
    return len(queues)


def apply() -> None:
    from ministack import app

    stock_pre_body = app._handle_pre_body_request

    async def pre_body(method: str, path: str, *rest: Any) -> Any:
        asked = PATH.fullmatch(path)
        if not asked or method != "POST":
            return await stock_pre_body(method, path, *rest)
        found = let_pass(asked.group(1), int(asked.group(2)))
        return (204 if found else 404), {}, b""

    app._handle_pre_body_request = pre_body
