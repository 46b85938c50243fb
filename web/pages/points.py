"""The member's points."""

from aiohttp.web import Request, Response

from points import ledger
from web.visit import visit


async def points(request: Request) -> Response:
    """Show what the member holds and until when it is good."""
    async with visit(request) as v:
        return v.page("points.html", points=await ledger.points_of(v.tx, v.member().id))
