"""Faults that befall the calls of functions on purpose, so that a repair can be shown and practised; none unless somebody switches one on.

Not a part of AWS, where AWS Fault Injection Service does the like (https://docs.aws.amazon.com/fis/latest/userguide/what-is.html). At `/_tenantry/chaos`, `POST` switches a fault
on, `GET` lists them, `DELETE` switches off all or, with `?faultId=`, one. Faults have the names of the project's fault matrix. Which invocation a request is of, its
trace header tells, in which each invocation has a part of its own. It listens where MiniStack does, on the loopback interface alone.
"""

import asyncio
import contextvars
import itertools
import json
import re
import threading
from typing import Any

from tenantry_ministack.meter import action_of
from tenantry_ministack.refusals import refusal

PATH = "/_tenantry/chaos"
MESSAGE = "Refused by tenantry chaos."

REFUSED = ("throttled", "server-error", "denied", "conflict")
MENDED_MEANWHILE = ("late-return", "overtaken")
FAULTS = (*REFUSED, "connection-reset", "answer-lost", "sent-twice", "killed-before", "killed-after", "timed-out", *MENDED_MEANWHILE)
# How often a call that is held looks whether its function has given up.
HELD_POLL_SECONDS = 0.05

_lock = threading.Lock()
_numbers = itertools.count(1)
_faults: list["Fault"] = []
_invocations: dict[str, tuple[Any, str, str, Any]] = {}
_part = re.compile(r"Invocation=([\w-]+)")


_connection: contextvars.ContextVar[Any] = contextvars.ContextVar("connection", default=None)
# Whether this is an attempt that runs while another one is held: nothing befalls it.
_overtakes: contextvars.ContextVar[bool] = contextvars.ContextVar("overtakes", default=False)


def hang_up() -> tuple[int, dict[str, str], bytes]:
    """Ends the connection of the request that is under way; what is answered after that reaches nobody."""
    connection = _connection.get()
    if connection is not None:
        connection.writer.transport.abort()
    return 500, {}, b""


class Fault:
    def __init__(self, step: str, fault: str, call: str | None = None, times: int | None = None, tenantId: str | None = None) -> None:
        if fault not in FAULTS:
            raise ValueError(f"There is no fault {fault}.")
        self.fault_id = f"fault-{next(_numbers)}"
        self.step = step
        self.fault = fault
        self.call = call
        self.times = times
        self.tenant_id = tenantId
        self.struck = 0

    def strikes(self, step: str, tenant_id: str, call: str) -> bool:
        if self.step != step or self.call not in (None, call) or self.tenant_id not in (None, tenant_id):
            return False
        if self.fault == "conflict" and call != "TransactWriteItems":
            return False
        if self.times is not None and self.struck >= self.times:
            return False
        self.struck += 1
        return True

    def described(self) -> dict[str, Any]:
        described = {"faultId": self.fault_id, "step": self.step, "call": self.call, "fault": self.fault}
        described |= {"times": self.times, "tenantId": self.tenant_id, "struck": self.struck}
        return {name: value for name, value in described.items() if value is not None}


def answer(method: str, body: bytes, query: dict) -> tuple[int, dict[str, str], bytes]:
    def said(status: int, content: dict) -> tuple[int, dict[str, str], bytes]:
        return status, {"Content-Type": "application/json"}, json.dumps(content).encode()

    with _lock:
        if method == "POST":
            try:
                fault = Fault(**json.loads(body))
            except (TypeError, ValueError) as error:
                return said(400, {"message": str(error)})
            _faults.append(fault)
            return said(201, fault.described())
        if method == "DELETE":
            wanted = [value for values in [query.get("faultId", [])] for value in ([values] if isinstance(values, str) else values)]
            _faults[:] = [fault for fault in _faults if wanted and fault.fault_id not in wanted]
        return said(200, {"faults": [fault.described() for fault in _faults]})


def step_of(configuration: dict) -> str:
    """CreateAdminUser, of a function whose code is lambdas/steps/create-admin-user.ts, as its description says."""
    found = re.search(r"lambdas/\w+/([\w-]+)\.ts", str(configuration.get("Description", "")))
    return "".join(word.capitalize() for word in found.group(1).split("-")) if found else str(configuration.get("FunctionName", ""))


def call_of(service: str, method: str, path: str, headers: dict, body: bytes, parameters: dict) -> str:
    """The operation; of a REST service as its IAM action calls it, such as PutObject."""
    from ministack.core.iam_actions import extract_iam_action

    named = action_of(headers, body)
    if named:
        return named
    return str(extract_iam_action(service, method, path, headers, body, parameters) or "").partition(":")[2]


def struck_by(invocation: tuple[Any, str, str, Any], call: str) -> Fault | None:
    _, step, tenant_id, _ = invocation
    with _lock:
        return next((fault for fault in _faults if fault.strikes(step, tenant_id, call)), None)


def kill(worker: Any) -> None:
    process = worker._proc
    if process is not None:
        process.kill()


def invoke_again(worker: Any, event: Any) -> None:
    """Runs a further attempt of an invocation, with the same event, from start to end."""
    from ministack.services import lambda_svc

    _overtakes.set(True)
    function, configuration, _name = lambda_svc._get_func_record_for_ref(worker.config["FunctionArn"])
    lambda_svc._execute_function(lambda_svc._execution_record_for_config(function, configuration), event)


def apply() -> None:
    from hypercorn.asyncio.tcp_server import TCPServer
    from ministack import app
    from ministack.core import lambda_runtime

    stock_run = TCPServer.run
    stock_special = app._handle_special_data_plane_request
    stock_dispatch = app._dispatch_service_request
    stock_invoke = lambda_runtime.Worker.invoke

    async def special(method: str, path: str, headers: dict, body: bytes, query: dict, *rest: Any, **named: Any) -> Any:
        return answer(method, body, query) if path == PATH else await stock_special(method, path, headers, body, query, *rest, **named)

    async def dispatch(method: str, path: str, headers: dict, body: bytes, query: dict, request_id: str) -> Any:
        request = (method, path, headers, body, query, request_id)
        # A function that another one invoked has that one's part before its own.
        parts = _part.findall(headers.get("x-amzn-trace-id", "")) if _faults else []
        invocation = _invocations.get(parts[-1]) if parts else None
        if invocation is None:
            return await stock_dispatch(*request)
        parameters = app._routing_params(method, path, headers, body, query)
        service = app.detect_service(method, path, headers, parameters)
        fault = struck_by(invocation, call_of(service, method, path, headers, body, parameters))
        if fault is None:
            return await stock_dispatch(*request)
        if fault.fault in REFUSED:
            return refusal(service, fault.fault, MESSAGE)
        if fault.fault in MENDED_MEANWHILE:
            answered = await stock_dispatch(*request) if fault.fault == "late-return" else None
            # In a thread with a copy of this context, so that what is set there ends with it.
            await asyncio.to_thread(invoke_again, invocation[0], invocation[3])
            return answered or await stock_dispatch(*request)
        if fault.fault == "killed-before":
            kill(invocation[0])
        if fault.fault == "timed-out":
            while parts[-1] in _invocations:
                await asyncio.sleep(HELD_POLL_SECONDS)
        if fault.fault in ("answer-lost", "sent-twice", "killed-after"):
            await stock_dispatch(*request)
            if fault.fault == "sent-twice":
                return await stock_dispatch(*request)
            if fault.fault == "killed-after":
                kill(invocation[0])
        return hang_up()

    def invoke(self: Any, event: Any, request_id: str, **named: Any) -> dict:
        tenant_id = event.get("tenantId", "") if isinstance(event, dict) else ""
        if not _overtakes.get():
            _invocations[request_id] = (self, step_of(self.config), str(tenant_id), event)
        trace_id = named.pop("trace_id", None) or "Root=1-00000000-000000000000000000000000;Sampled=0"
        try:
            return stock_invoke(self, event, request_id, trace_id=f"{trace_id};Invocation={request_id}", **named)
        finally:
            _invocations.pop(request_id, None)

    async def run(self: Any) -> None:
        _connection.set(self)
        await stock_run(self)

    TCPServer.run = run
    app._handle_special_data_plane_request = special
    app._dispatch_service_request = dispatch
    lambda_runtime.Worker.invoke = invoke
