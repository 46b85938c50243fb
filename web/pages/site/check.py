"""The check of one's devices and connection: open to all, without an account and without a talk."""

from aiohttp.web import HTTPNotFound, Request, Response, json_response

from media.ice import check_server
from web.http.keys import SETTINGS
from web.http.shared import shared
from web.http.tries import count_check
from web.http.visit import visit


@shared()
async def show_check(request: Request) -> Response:
    """Show the check; all of it happens in the browser."""
    async with visit(request) as v:
        return v.page("check.html")


async def turn(request: Request) -> Response:
    """Tell a check the TURN servers. Raises UserError (429) for who asked too often in an hour."""
    settings = request.app[SETTINGS]
    if not settings.has_turn:
        raise HTTPNotFound
    await count_check(request)
    return json_response(check_server(settings))
