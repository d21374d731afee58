"""Lambda: errors as AWS reports them, warm calls without waiting, and a bound on processes per function.

https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
"""

import contextlib
import contextvars
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

DEFAULT_WORKERS_PER_FUNCTION = 8
# A function that calls itself may hold every worker that it waits for; after this long it gets one more, so that it goes on.
QUEUE_TIMEOUT_SECONDS = 20
LOG_END = "tenantry:end-of-invocation:"
LOG_END_TIMEOUT_SECONDS = 0.25

# Prepended to the worker: a thrown value as AWS's Node.js runtime serialises it, and the end of the invocation's log.
NODE_HELPERS = """
function _tenantryFailure(err) {
  if (err instanceof Error || (err && typeof err === "object" && err.name && err.message !== undefined)) {
    return { errorType: String(err.name), errorMessage: String(err.message), trace: String(err.stack || "").split("\\n") };
  }
  return { errorType: typeof err, errorMessage: String(err), trace: [] };
}
function _tenantryEndLog(requestId) {
  require("fs").writeSync(2, "%s" + requestId + "\\n");
}
""" % LOG_END

# What the stock worker does, and what it does here instead. A failed handler leaves its process alive, as on AWS.
NODE_REPLACEMENTS = (
    (
        """status: "error", error: String(err.message || err), trace: err.stack || \"\"""",
        """status: "ok", result: null, failure: _tenantryFailure(err)""",
    ),
    (
        """_realStdoutWrite(JSON.stringify({\n        status: "error", error: e.message, trace: e.stack""",
        """_tenantryEndLog(ctx.request_id);\n      _realStdoutWrite(JSON.stringify({\n"""
        """        status: "ok", result: null, failure: _tenantryFailure(e)""",
    ),
    (
        """status: "error", error: e.message\n""",
        """status: "error", error: JSON.stringify(_tenantryFailure(e))\n""",
    ),
    ("if (err) {\n          _realStdoutWrite", "_tenantryEndLog(ctx.request_id);\n        if (failed) {\n          _realStdoutWrite"),
    ("const settle = (err, res) => {", "const settle = (err, res, failed = Boolean(err)) => {"),
    ("err => settle(err));", "err => settle(err, undefined, true));"),
)

_failure: contextvars.ContextVar[dict | None] = contextvars.ContextVar("handler_failure", default=None)


def patch_node_worker(script: str) -> str:
    for stock, replacement in NODE_REPLACEMENTS:
        if script.count(stock) != 1:
            raise RuntimeError(f"MiniStack's Node.js worker is not the expected one: {stock!r}")
        script = script.replace(stock, replacement)
    return NODE_HELPERS + script


class WorkerQueues:
    """One semaphore per function version: further calls wait, where stock MiniStack starts a process for each."""

    def __init__(self, workers_per_function: int) -> None:
        self._workers = workers_per_function
        self._lock = threading.Lock()
        self._semaphores: dict[tuple[str, str], threading.Semaphore] = {}

    @contextlib.contextmanager
    def place(self, configuration: dict) -> Iterator[None]:
        key = (configuration.get("FunctionArn", ""), configuration.get("Version", ""))
        with self._lock:
            semaphore = self._semaphores.setdefault(key, threading.Semaphore(self._workers))
        obtained = semaphore.acquire(timeout=QUEUE_TIMEOUT_SECONDS)
        try:
            yield
        finally:
            if obtained:
                semaphore.release()


def aws_error(body: dict, request_id: str) -> dict:
    """The error payload of a call whose process failed, rather than its handler.

    https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
    """
    message = str(body.get("errorMessage", ""))
    if body.get("errorType") == "Sandbox.Timedout":
        return {**body, "errorMessage": f"RequestId: {request_id} Error: {message}"}
    if message == "Worker process died" or message.startswith("Worker process exited immediately"):
        return {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: {request_id} Error: Runtime exited without providing a reason"}
    prefix = "Worker init failed: "
    if message.startswith(f"{prefix}{{"):
        return json.loads(message.removeprefix(prefix))
    return body


def drain_log(worker: Any, request_id: str) -> str:
    """The lines that a Node.js worker logged in this invocation, which end with a mark of their own."""
    lines: list[str] = []
    deadline = time.monotonic() + LOG_END_TIMEOUT_SECONDS
    while (remaining := deadline - time.monotonic()) > 0:
        try:
            line = worker._stderr_queue.get(timeout=remaining)
        except queue.Empty:
            break
        if line == f"{LOG_END}{request_id}":
            break
        if not line.startswith(LOG_END):
            lines.append(line)
    return "\n".join(lines)


def apply() -> None:
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    queues = WorkerQueues(int(os.environ.get("TENANTRY_LAMBDA_WORKERS", DEFAULT_WORKERS_PER_FUNCTION)))
    stock_invoke = lambda_runtime.Worker.invoke
    stock_drain = lambda_runtime.Worker._drain_stderr_bounded

    def invoke(self: Any, event: Any, request_id: str, **named: Any) -> dict:
        self.tenantry_request_id = request_id
        answer = stock_invoke(self, event, request_id, **named)
        _failure.set(answer.get("failure"))
        return answer

    def drain_stderr_bounded(self: Any, *rest: Any, **named: Any) -> str:
        process = self._proc
        runs_node = str(self.config.get("Runtime", "")).startswith("nodejs")
        if not runs_node or process is None:
            return stock_drain(self, *rest, **named)
        return drain_log(self, self.tenantry_request_id)

    def executed(stock: Callable[[dict, Any, str], dict]) -> Callable[[dict, Any, str], dict]:
        def execute(function: dict, event: Any, request_id: str) -> dict:
            _failure.set(None)
            with queues.place(function.get("config") or function):
                result = stock(function, event, request_id)
            failure = _failure.get()
            if failure is not None:
                log = "\n".join(filter(None, [result.get("log", ""), *failure["trace"]]))
                return {"body": failure, "error": True, "log": log}
            if result.get("error") and isinstance(result.get("body"), dict):
                return {**result, "body": aws_error(result["body"], request_id)}
            return result

        return execute

    lambda_runtime._NODEJS_WORKER_SCRIPT = patch_node_worker(lambda_runtime._NODEJS_WORKER_SCRIPT)
    lambda_runtime.Worker.invoke = invoke
    lambda_runtime.Worker._drain_stderr_bounded = drain_stderr_bounded
    lambda_svc._execute_function_warm = executed(lambda_svc._execute_function_warm)
    lambda_svc._execute_function_provided_warm = executed(lambda_svc._execute_function_provided_warm)
