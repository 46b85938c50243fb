"""The terms that a cast was given, to be read at any time."""

from aiohttp.web import Request, Response

from payouts import terms
from web.http.visit import visit


async def show_terms(request: Request) -> Response:
    """Show the terms that hold, and those of before."""
    async with visit(request) as v:
        member = v.member()
        found = await terms.given(v.tx, member.id)
        return v.page("payout_terms.html", given=found, owed=terms.owed(v.settings))
