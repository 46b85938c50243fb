"""The books: what is outstanding, what each day brought, and the proofs that it is right."""

import asyncio

import structlog
from aiohttp.web import Request, Response
from sqlalchemy.exc import DBAPIError

from foundation.database import Database
from foundation.numbers import integer
from points import audit
from points import books as ledger_books
from points.audit import Proof
from web.http.keys import DATABASE
from web.pages.points.chart import chart
from web.pages.staff.access import staff_page, staff_visit

log = structlog.get_logger(__name__)

# Beyond this the proofs are the command line's matter: a page must not hold a snapshot for long.
PROOF_SECONDS = 12
DAYS = (14, 30, 90)
# What the chart shows of each day.
KINDS = ("sold", "spent", "expired")


async def books(request: Request) -> Response:
    """Show the books of the last days."""
    days = integer(request.query.get("days", str(DAYS[0])), 1, DAYS[-1])
    async with staff_visit(request, "books") as (v, _):
        found = await ledger_books.by_day(v.tx, days)
        return await staff_page(
            v,
            "staff_books.html",
            totals=await ledger_books.totals(v.tx),
            days=found,
            chart=chart(
                [(day.day, {kind: getattr(day, kind) for kind in KINDS}) for day in found], KINDS
            ),
            choices=DAYS,
            proofs=await _proofs(request.app[DATABASE]),
        )


async def _proofs(database: Database) -> list[Proof] | None:
    """Prove the books in a snapshot of its own; None where that takes too long for a page."""
    try:
        async with asyncio.timeout(PROOF_SECONDS), database.transaction() as tx:
            return await audit.prove(tx)
    except (TimeoutError, DBAPIError) as error:
        log.warning("books.unproved", error=repr(error)[:300])
        return None
