"""The coupons, for staff to make and to end."""

from datetime import UTC, datetime

from aiohttp.web import Request, Response

from foundation.numbers import integer
from points.coupons import desk
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit
from web.pages.staff.site.telling import moment_of

PAGE = "/staff/packs/coupons"


async def show(request: Request) -> Response:
    """Show the coupons, and the form for another one."""
    async with staff_visit(request, "packs") as (v, _):
        return await staff_page(
            v,
            "staff_coupons.html",
            coupons=await desk.every(v.tx),
            bounds=desk,
            now=datetime.now(UTC),
            done=request.query.get("done"),
        )


async def make(request: Request) -> Response:
    """Make a coupon."""
    form, settings = request[FORM], request.app[SETTINGS]
    async with staff_transaction(request, "packs") as (tx, user):
        await desk.make(
            tx,
            needed(form, "code"),
            integer(needed(form, "points"), 1),
            integer(needed(form, "most"), 1),
            moment_of(settings, needed(form, "begins")),
            moment_of(settings, needed(form, "ends")),
            needed(form, "reason"),
            actor_id=user.id,
        )
    return redirect(f"{PAGE}?done=made")


async def end(request: Request) -> Response:
    """Let nobody use a coupon any more."""
    coupon_id = id_in_path(request, "coupon_id")
    async with staff_transaction(request, "packs") as (tx, user):
        await desk.end(tx, coupon_id, needed(request[FORM], "reason"), actor_id=user.id)
    return redirect(f"{PAGE}?done=ended")
