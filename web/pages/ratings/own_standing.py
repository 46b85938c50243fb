"""What casts said of oneself as a caller, and what that means."""

from aiohttp.web import Request, Response

from rooms.ratings import standing
from rooms.ratings.rules import SHOWN_FROM
from web.http.visit import visit


async def show_standing(request: Request) -> Response:
    """Show the member what their own talks come to."""
    async with visit(request) as v:
        found = await standing.of_caller(v.tx, v.member().id)
        return v.page("own_standing.html", standing=found, shown_from=SHOWN_FROM)
