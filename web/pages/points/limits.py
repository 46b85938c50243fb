"""The member's own limits: points a day and a month, and a rest from buying."""

from functools import partial

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.numbers import integer
from points import limits
from points.rules import MOST_POINTS
from rooms.talk import caps
from signaling.push import PUSH
from web.http.forms import (
    Filled,
    flag,
    needed,
    optional_integer,
)
from web.http.keys import FORM
from web.http.paths import redirect
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)

RESTS = (
    (1, N_("1日")), (7, N_("1週間")), (30, N_("30日")), (90, N_("90日")), (180, N_("180日")),
)  # fmt: skip


async def show_limits(request: Request) -> Response:
    """Show the member's limits, and what is used of them."""
    async with visit(request) as v:
        return await _page(v, None)


async def set_limits(request: Request) -> Response:
    """Set the limits; an empty field is none. A talk that goes on keeps to them from now on."""
    form, filled = request[FORM], Filled(reader_locale(request))
    figure = partial(optional_integer, least=0, most=MOST_POINTS)
    day = filled.take(form, "day_points", figure)
    month = filled.take(form, "month_points", figure)
    if filled.errors:
        async with visit(request) as v:
            return await _page(v, filled)
    async with member_transaction(request) as (tx, user):
        await limits.set_limits(tx, user.id, day_points=day, month_points=month)
        talk_id = await caps.keep_limits(tx, user.id)
    if talk_id is not None:
        await request.app[PUSH].talks([talk_id])
    return redirect("/points/limits?saved=1")


async def rest(request: Request) -> Response:
    """Let the member buy nothing for a while; they say that they know it can't be undone."""
    form = request[FORM]
    days = integer(needed(form, "days"), 1, limits.LONGEST_COOL_OFF_DAYS)
    if not flag(form.get("sure", "0")):
        raise UserError("not_sure", N_("途中でやめられないことを確かめてください。"), status=400)
    async with member_transaction(request) as (tx, user):
        await limits.cool_off(tx, user.id, days)
    return redirect("/points/limits?saved=1")


async def _page(v: Visit, filled: Filled | None) -> Response:
    found = await limits.limits_of(v.tx, v.member().id)
    locale = reader_locale(v.request)
    return v.page(
        "limits.html",
        422 if filled else 200,
        limits=found,
        form=filled or _as_they_are(found, locale),
        rests=[(days, translate(locale, word)) for days, word in RESTS],
        saved="saved" in v.request.query,
    )


def _as_they_are(found: limits.Limits, locale: str) -> Filled:
    """The form shows what was chosen last, also where it holds only from tomorrow."""
    waits = found.next_from is not None
    day = found.next_day_points if waits else found.day_points
    month = found.next_month_points if waits else found.month_points
    values = {"day_points": day, "month_points": month}
    return Filled(locale, {name: "" if n is None else str(n) for name, n in values.items()})
