"""Bills past their day, and those that somebody proposes to write off."""

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from points.payments.bills import overdue
from points.payments.bills.telling import REMINDER_DAYS
from points.tab import write_offs
from web.http.forms import needed, one_line
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit

PAGE_SIZE = 50
LONGEST_PRESS = 64


async def show(request: Request) -> Response:
    """Show what is past its day, the oldest first, and what waits for a second member."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "points") as (v, _):
        return await staff_page(
            v,
            "staff_tab.html",
            bills=await overdue.overdue(v.tx, number, PAGE_SIZE),
            total=await overdue.in_all(v.tx),
            waiting=await write_offs.waiting(v.tx),
            reminder_days=REMINDER_DAYS,
            done=request.query.get("done"),
        )


async def propose(request: Request) -> Response:
    """Propose to write a bill off."""
    form = request[FORM]
    async with staff_transaction(request, "points") as (tx, user):
        made = await write_offs.propose(
            tx,
            id_in_path(request, "bill_id"),
            needed(form, "reason"),
            actor_id=user.id,
            press=one_line(needed(form, "press"), LONGEST_PRESS),
        )
    return redirect(f"/staff/tab/people/{made.user_id}?done=proposed")


async def agree(request: Request) -> Response:
    """Agree to it, as a second member."""
    async with staff_transaction(request, "points") as (tx, user):
        await write_offs.agree(tx, id_in_path(request, "write_off_id"), actor_id=user.id)
    return redirect("/staff/tab?done=written_off")


async def send_back(request: Request) -> Response:
    """Send it back: the bill stays owed."""
    async with staff_transaction(request, "points") as (tx, user):
        reason = needed(request[FORM], "reason")
        await write_offs.send_back(
            tx, id_in_path(request, "write_off_id"), reason, actor_id=user.id
        )
    return redirect("/staff/tab?done=sent_back")
