"""The alarms: what the site could not put right by itself."""

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from record import alarm_list
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit


async def alarms(request: Request) -> Response:
    """Show the alarms, those that nobody has looked at first."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "alarms") as (v, _):
        found = await alarm_list.listed(v.tx, number, v.settings.page_size)
        return await staff_page(v, "staff_alarms.html", alarms=found)


async def mark_seen(request: Request) -> Response:
    """Note that a member of staff takes care of an alarm."""
    alarm_id = id_in_path(request, "alarm_id")
    async with staff_transaction(request, "alarms") as (tx, user):
        await alarm_list.mark_seen(tx, alarm_id, user.id)
    return redirect("/staff/alarms")
