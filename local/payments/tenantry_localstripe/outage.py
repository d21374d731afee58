"""Let the provider be away for one customer's payments, so that the tests of a run, which share it, do not disturb each other.

POST /_config/outages/<text> begins: a connection that brings a request which mentions the text is cut without an answer. DELETE ends it.
"""

from aiohttp import web

away: set[str] = set()


@web.middleware
async def cut_off(request: web.Request, handler):
    if not request.path.startswith("/_config/"):
        mentioned = request.raw_path + (await request.read()).decode(errors="replace")
        if any(text in mentioned for text in away):
            request.transport.close()
            raise web.HTTPServiceUnavailable()
    return await handler(request)


async def begin(request: web.Request) -> web.Response:
    away.add(request.match_info["text"])
    return web.Response()


async def end(request: web.Request) -> web.Response:
    away.discard(request.match_info["text"])
    return web.Response()


def add_to(app: web.Application) -> None:
    app.middlewares.insert(0, cut_off)
    app.router.add_post("/_config/outages/{text}", begin)
    app.router.add_delete("/_config/outages/{text}", end)
