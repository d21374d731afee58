"""Serve localstripe on 127.0.0.1 until standard input closes: whoever started it has ended then, in whatever way.

Environment:
  PAYMENTS_PORT                 port on 127.0.0.1, required
  TENANTRY_LOCALSTRIPE_WITHOUT  patches to leave out, separated by commas: only for checking the checks
"""

import asyncio
import os
import sys
from importlib import metadata

from tenantry_localstripe import SUPPORTED_VERSION


def refuse_other_versions() -> None:
    """The patches reach into localstripe's internals, so they fit one version and no other."""
    found = metadata.version("localstripe")
    if found != SUPPORTED_VERSION:
        sys.exit(
            f"localstripe {SUPPORTED_VERSION} is needed, found {found}. "
            "Remedy: pip install --require-hashes -r local/ministack/requirements.txt"
        )


async def until_standard_input_closes() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.read()


async def serve(port: int) -> None:
    from aiohttp import web

    from localstripe.server import app

    from tenantry_localstripe import outage, patches

    patches.apply({name for name in os.environ.get("TENANTRY_LOCALSTRIPE_WITHOUT", "").split(",") if name})
    outage.add_to(app)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        # localstripe's own start listens on every interface.
        await web.TCPSite(runner, "127.0.0.1", port).start()
        await until_standard_input_closes()
    finally:
        await runner.cleanup()


def main() -> None:
    port = os.environ.get("PAYMENTS_PORT", "")
    if not port.isdigit():
        sys.exit("PAYMENTS_PORT is not set. Remedy: PAYMENTS_PORT=8420 python -m tenantry_localstripe")
    refuse_other_versions()
    asyncio.run(serve(int(port)))


if __name__ == "__main__":
    main()
