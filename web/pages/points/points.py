"""The member's points: what they hold, until when, and what moved last."""

from datetime import timedelta

from aiohttp.web import Request, Response

from foundation.database import clock
from points import ledger, statements
from points.payments import vouchers
from web.http.visit import visit
from web.pages.points.moves import moves

LATEST_LINES = 5
SOON = timedelta(days=14)
# Further ones are added up: a page is no list of a hundred days.
DAYS_SHOWN = 6


async def points(request: Request) -> Response:
    """Show what the member holds, until when it is good, and what moved last."""
    async with visit(request) as v:
        user = v.member()
        expiring = await statements.expiring(v.tx, user.id)
        soon = await clock(v.tx) + SOON
        latest = await statements.statement(v.tx, user.id, size=LATEST_LINES)
        return v.page(
            "points.html",
            spendable=sum(lot.points for lot in expiring),
            owed=await ledger.owed(v.tx, user.id),
            expiring=expiring[:DAYS_SHOWN],
            later=sum(lot.points for lot in expiring[DAYS_SHOWN:]),
            soon=sum(lot.points for lot in expiring if lot.at <= soon),
            moves=await moves(v.tx, latest.lines),
            orders=await vouchers.open_orders(v.tx, user.id, v.settings.konbini_days),
        )
