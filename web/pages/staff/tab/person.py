"""One member's tab as finance staff see it: limit, bills, what they paid."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.ids import new_token
from foundation.numbers import integer
from people.accounts import accounts
from points.payments.bills import receipts, shown
from points.tab import limits
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit


async def show(request: Request) -> Response:
    """Show a member's tab, with the forms to change its limit and to write a bill off."""
    user_id = id_in_path(request, "user_id")
    async with staff_visit(request, "points") as (v, staff):
        person = await accounts.find_user(v.tx, user_id)
        if person is None:
            raise HTTPNotFound
        bills, waiting = await shown.bills_of(v.tx, user_id)
        return await staff_page(
            v,
            "staff_tab_person.html",
            person=person,
            own=staff.id == user_id,
            state=await limits.state_of(v.tx, v.settings, user_id),
            bills=bills,
            waiting=waiting,
            payments=await receipts.payments_of(v.tx, user_id),
            most=limits.most_limit(v.settings),
            press=new_token(),
            done=request.query.get("done"),
        )


async def change_limit(request: Request) -> Response:
    """Raise or lower a member's limit, with a reason that reaches them."""
    user_id, form = id_in_path(request, "user_id"), request[FORM]
    async with staff_transaction(request, "points") as (tx, staff):
        await limits.change_limit(
            tx,
            request.app[SETTINGS],
            user_id,
            integer(needed(form, "yen"), 0),
            needed(form, "reason"),
            actor_id=staff.id,
        )
    return redirect(f"/staff/tab/people/{user_id}?done=limit")
