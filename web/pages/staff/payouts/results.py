"""The bank's result of a run: looked at first, and proposed by a press of its own."""

from aiohttp.web import Request, Response

from foundation.numbers import integer
from payouts.runs import results
from payouts.runs.results import Failed, ResultLine
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS, UPLOAD
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_transaction, staff_visit
from web.pages.staff.payouts.runs import run_page


async def look(request: Request) -> Response:
    """Show what a file of the bank says; nothing is proposed yet."""
    run_id = id_in_path(request, "run_id")
    async with staff_visit(request, "payouts") as (v, _):
        rows = results.read(request.get(UPLOAD, b""))
        found = await results.look(v.tx, v.settings, run_id, rows)
        return await run_page(v, run_id, found=found, packed=_packed(found))


async def propose(request: Request) -> Response:
    """Propose what was looked at to a second person."""
    run_id, form = id_in_path(request, "run_id"), request[FORM]
    async with staff_transaction(request, "payouts") as (tx, user):
        rows = _unpacked(needed(form, "rows"))
        words = needed(form, "reason")
        new = await results.propose(tx, request.app[SETTINGS], run_id, user.id, rows, words)
    done = "rejection" if new else "nothing"
    return redirect(f"/staff/payouts/runs/{run_id}?done={done}")


def _packed(found: list[ResultLine]) -> str:
    """Return what is to be proposed, as it goes through the form: a number and a reason a line."""
    rows = [one.row for one in found if one.problem is None]
    return "\n".join(f"{row.payout_id} {' '.join((row.reason or '').split())}" for row in rows)


def _unpacked(text: str) -> list[Failed]:
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        payout_id, _, reason = line.partition(" ")
        reason = reason.strip()[: results.MOST_REASON]
        rows.append(Failed(number, integer(payout_id, 1), reason or None))
    return rows
