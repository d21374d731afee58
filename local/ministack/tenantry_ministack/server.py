"""The supervised process: MiniStack itself, patched.

Started by `__main__.py` as the leader of its own process group, with a pipe from the supervisor as its standard input.
"""

import importlib
import os
import shutil
import signal
import sys
import threading

# In the order in which they are applied. A module's name is what TENANTRY_MINISTACK_WITHOUT takes.
PATCHES = (
    "iam",
    "dynamodb_keys",
    "dynamodb_attributes",
    "sts",
    "sts_session_name",
    "passrole",
    "states",
    "lambda_runtime",
    "cloudformation_resources",
    "cloudformation",
    "cognito",
    "cognito_challenges",
    "kms",
    "route53",
    "acm",
    "dynamodb_streams",
    "eventbridge",
    "scheduler",
    "apigateway",
    "s3_object_lock",
    "ses",
    "transport",
    "rates",
    "meter",
    "queue_time",
    "chaos",
)


def end_with_supervisor() -> None:
    """End this process group when the supervisor is gone: nobody else would stop the Lambda workers then."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
    os.killpg(os.getpid(), signal.SIGKILL)


def apply_patches() -> None:
    left_out = {name for name in os.environ.get("TENANTRY_MINISTACK_WITHOUT", "").split(",") if name}
    unknown = left_out - set(PATCHES)
    if unknown:
        sys.exit(f"TENANTRY_MINISTACK_WITHOUT names no such patch: {', '.join(sorted(unknown))}. There are: {', '.join(PATCHES)}")
    for name in PATCHES:
        if name not in left_out:
            importlib.import_module(f"tenantry_ministack.{name}").apply()


def main() -> None:
    threading.Thread(target=end_with_supervisor, daemon=True).start()
    apply_patches()
    sys.argv[1:] = []
    from ministack import app

    app.main()


if __name__ == "__main__":
    main()
