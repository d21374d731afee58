"""Supervise one patched MiniStack: start it, and leave nothing behind when it ends.

Two processes watch each other. The supervisor (this file) runs the server in a session of its own, so that the server and every
Lambda worker that it starts are one process group. The supervisor ends that group when its standard input closes (whoever started
it died, even by SIGKILL), on SIGTERM and on SIGINT, and when the server ends by itself. The server in turn ends its own group when
the supervisor is gone (see `server.py`).

Environment:
  GATEWAY_PORT             port on 127.0.0.1, required
  TENANTRY_ENGINE_URL      where executions of state machines are served; without it they are refused
  TENANTRY_ENGINE_SECRET   what the engine knows MiniStack by
  TENANTRY_LAMBDA_WORKERS  processes per function, 8 unless set
  TENANTRY_MINISTACK_WITHOUT  patches to leave out, separated by commas: only for checking the checks
"""

import os
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
from importlib import metadata

from tenantry_ministack import SUPPORTED_VERSION

STOP_GRACE_SECONDS = 5


def refuse_other_versions() -> None:
    """The patches reach into MiniStack's internals, so they fit one version and no other."""
    try:
        found = metadata.version("ministack")
    except metadata.PackageNotFoundError:
        found = "none"
    if found != SUPPORTED_VERSION:
        sys.exit(
            f"MiniStack {SUPPORTED_VERSION} is needed, found {found}. "
            "Remedy: pip install --require-hashes -r local/ministack/requirements.txt"
        )


def server_environment(temporary_folder: str) -> dict[str, str]:
    """The server's environment: the developer's own AWS settings and credentials never reach it or a function."""
    port = os.environ.get("GATEWAY_PORT", "")
    if not port.isdigit():
        sys.exit("GATEWAY_PORT is not set. Remedy: GATEWAY_PORT=4566 python -m tenantry_ministack")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **inherited,
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": port,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_ACCOUNT_CONCURRENCY": "0",
        "MINISTACK_COGNITO_PRETOKEN_STRICT": "1",
        "TMPDIR": temporary_folder,
    }


def end_group(server: subprocess.Popen) -> None:
    """End the server gracefully, then whatever is left of its process group."""
    if server.poll() is None:
        server.terminate()
        try:
            server.wait(timeout=STOP_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
    try:
        os.killpg(server.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    server.wait()


def wait_for_end(server: subprocess.Popen, wakeup: int) -> None:
    """Return when standard input closes, a signal arrives or the server has ended."""
    with selectors.DefaultSelector() as selector:
        selector.register(wakeup, selectors.EVENT_READ)
        try:
            selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        except (OSError, ValueError, PermissionError):
            pass  # No standard input, or a file: only signals end the stack then.
        while server.poll() is None:
            for key, _ in selector.select():
                data = os.read(key.fd, 4096)
                if key.fd == wakeup:
                    if any(number != signal.SIGCHLD for number in data):
                        return
                elif not data:
                    return


def main() -> int:
    refuse_other_versions()
    temporary_folder = tempfile.mkdtemp(prefix="tenantry-ministack-")
    reading_end, writing_end = os.pipe()
    os.set_blocking(writing_end, False)
    signal.set_wakeup_fd(writing_end)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, lambda *_: None)  # The wake-up pipe tells the loop.
    try:
        server = subprocess.Popen(
            [sys.executable, "-m", "tenantry_ministack.server"],
            env=server_environment(temporary_folder),
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        try:
            wait_for_end(server, reading_end)
            ended_by_itself = server.poll() is not None
        finally:
            end_group(server)
        return server.returncode if ended_by_itself else 0
    finally:
        shutil.rmtree(temporary_folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
