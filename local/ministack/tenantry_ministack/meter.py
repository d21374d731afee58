"""A meter: what was asked of which service, by whom, and how long each invocation took, while somebody measures.

Not a part of AWS: there the bill and X-Ray tell. `POST /_tenantry/meter` begins anew, `GET` answers what was recorded, `DELETE` ends it. Requests are kept with
their bodies, because what DynamoDB charges is in the sizes of items. It listens where MiniStack does, on the loopback interface alone, and keeps nothing on disk.
"""

import base64
import json
import threading
import time
from typing import Any

PATH = "/_tenantry/meter"

_lock = threading.Lock()
_records: list[dict[str, Any]] | None = None


def is_on() -> bool:
    return _records is not None


def record(entry: dict[str, Any]) -> None:
    with _lock:
        if _records is not None:
            _records.append(entry)


def answer(method: str) -> tuple[int, dict[str, str], bytes]:
    global _records
    with _lock:
        found = _records or []
        if method == "POST":
            _records = []
        elif method == "DELETE":
            _records = None
    return 200, {"Content-Type": "application/json"}, json.dumps({"records": found}).encode()


def readable(body: Any) -> dict[str, str]:
    """A body as text, or in base64 if it is none; nothing of one that is streamed."""
    if not isinstance(body, bytes | bytearray):
        return {"text": ""}
    try:
        return {"text": bytes(body).decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def action_of(headers: dict[str, str], body: bytes) -> str:
    """The operation of a JSON or a query request; "" for REST, where method and path tell."""
    target = headers.get("x-amz-target", "").rpartition(".")[2]
    if target:
        return target
    if body.startswith(b"Action=") or b"&Action=" in body:
        from urllib.parse import parse_qs

        return parse_qs(body.decode("latin-1")).get("Action", [""])[0]
    return ""


def apply() -> None:
    from ministack import app
    from ministack.core import iam_evaluator, lambda_runtime

    stock_pre_body = app._handle_pre_body_request
    stock_dispatch = app._dispatch_service_request
    stock_invoke = lambda_runtime.Worker.invoke

    async def pre_body(method: str, path: str, *rest: Any) -> Any:
        return answer(method) if path == PATH else await stock_pre_body(method, path, *rest)

    async def dispatch(method: str, path: str, headers: dict, body: bytes, query: dict, request_id: str) -> Any:
        if not is_on():
            return await stock_dispatch(method, path, headers, body, query, request_id)
        started = time.time()
        status, response_headers, response = await stock_dispatch(method, path, headers, body, query, request_id)
        record(
            {
                "kind": "request",
                "service": app.detect_service(method, path, headers, query),
                "action": action_of(headers, body),
                "method": method,
                "path": path,
                "query": query,
                "caller": iam_evaluator.caller_arn(),
                "accessKeyId": app.extract_access_key_id(headers, query) or "",
                "startedAt": started * 1000,
                "milliseconds": (time.time() - started) * 1000,
                "status": status,
                "request": readable(body),
                "response": readable(response),
            }
        )
        return status, response_headers, response

    def invoke(self: Any, event: Any, request_id: str, **named: Any) -> dict:
        if not is_on():
            return stock_invoke(self, event, request_id, **named)
        cold = self._proc is None or self._proc.poll() is not None
        started = time.time()
        result = stock_invoke(self, event, request_id, **named)
        record(
            {
                "kind": "invocation",
                "function": self.config.get("FunctionName", ""),
                "memoryMegabytes": int(self.config.get("MemorySize", 128)),
                "startedAt": started * 1000,
                "milliseconds": (time.time() - started) * 1000,
                "cold": cold,
                "failed": bool(result.get("failure")) or result.get("status") != "ok",
                "logBytes": len(str(result.get("log") or "").encode()),
            }
        )
        return result

    app._handle_pre_body_request = pre_body
    app._dispatch_service_request = dispatch
    lambda_runtime.Worker.invoke = invoke
