"""The logs of what staff did, and of what private matters they looked at."""

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people.desk import staff_views
from record import act_list
from web.http.forms import one_line
from web.pages.staff.access import staff_page, staff_visit


async def show_acts(request: Request) -> Response:
    """Show the acts of all staff, the latest first, or those about one subject."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    subject = one_line(request.query.get("subject", ""), 200) or None
    async with staff_visit(request, "acts") as (v, _):
        found = await act_list.acts(v.tx, number, v.settings.page_size, subject)
        return await staff_page(v, "staff_acts.html", acts=found, subject=subject)


async def views(request: Request) -> Response:
    """Show what private matters staff opened, the latest first; who opened one, or what one did."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    who = one_line(request.query.get("who", ""), 60).strip()
    subject = one_line(request.query.get("subject", ""), 200) or None
    async with staff_visit(request, "acts") as (v, _):
        found = await staff_views.views(v.tx, number, v.settings.page_size, subject, who)
        return await staff_page(v, "staff_views.html", views=found, subject=subject, who=who)
