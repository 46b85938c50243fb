"""A coupon's code, which a member types to get its points."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from points.coupons import using
from web.http.forms import Filled, needed, one_line
from web.http.keys import FORM, RATE_LIMITS, SETTINGS
from web.http.paths import redirect
from web.http.tries import too_many
from web.http.visit import Visit, member_transaction, reader_locale, visit

# Codes are short: nobody tries many.
TRIES, SECONDS = 10, 3600
LONGEST = 60


async def show(request: Request) -> Response:
    """Ask for a code."""
    async with visit(request) as v:
        return _page(v, Filled(reader_locale(request)), 200)


async def use(request: Request) -> Response:
    """Give a coupon's points."""
    typed = one_line(needed(request[FORM], "code"), LONGEST)
    try:
        async with member_transaction(request) as (_, user):
            pass
        if not await request.app[RATE_LIMITS].hit(f"coupon {user.id}", TRIES, SECONDS):
            raise too_many(SECONDS // 60)
        async with member_transaction(request) as (tx, user):
            points = await using.use(tx, request.app[SETTINGS], user.id, typed)
    except UserError as error:
        if not error.code.startswith("coupon"):
            raise
        filled = Filled(reader_locale(request), {"code": typed})
        filled.errors["code"] = filled.told(error)
        async with visit(request) as v:
            return _page(v, filled, error.status)
    return redirect(f"/points/coupon?got={points}")


def _page(v: Visit, filled: Filled, status: int) -> Response:
    v.member()
    got = v.request.query.get("got", "")
    return v.page(
        "coupon.html",
        status,
        form=filled,
        got=int(got) if got.isascii() and got.isdecimal() and len(got) < 7 else None,
    )
