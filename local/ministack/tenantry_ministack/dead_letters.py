"""Messages for a dead-letter queue, as EventBridge and its Scheduler leave them: what was not delivered, and why in the attributes."""

import hashlib
import time

from ministack.core.responses import new_uuid


def put(queue_arn: str, payload: str, attributes: dict[str, str], sender: str) -> None:
    """Add a message to a queue. Whether its sender may is asked before; a queue that does not exist loses it, as on AWS."""
    from ministack.services import sqs

    queue = sqs._queue_by_arn(queue_arn)
    if queue is None:
        return
    now = time.time()
    message = {
        "id": new_uuid(),
        "body": payload,
        "md5_body": hashlib.md5(payload.encode(), usedforsecurity=False).hexdigest(),
        "receipt_handle": None,
        "sent_at": now,
        "visible_at": now + sqs.queue_delay(queue),
        "receive_count": 0,
        "attributes": {},
        "message_attributes": {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()},
        "sys": {"SenderId": sender, "SentTimestamp": str(int(now * 1000))},
    }
    sqs._ensure_msg_fields(message)
    queue["messages"].append(message)
    sqs.esm_wake.set()
