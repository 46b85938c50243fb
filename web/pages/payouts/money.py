"""Where a cast's money stands, and asking for it: the page, the confirmation, the request."""

import re
import unicodedata
from typing import Any

from aiohttp.web import Request, Response

from foundation.errors import ProtocolError, UserError
from foundation.language import translate
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from payouts import maturing, monthly, notices, own_payouts, requests
from payouts.banks import accounts, refused
from payouts.tables.runs import PAYOUT_STATES
from rooms.day import earned
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.payouts.earners import earner

PAGE_PAYOUTS = 20
PAGE_LINES = 50
# Above what anybody is ever paid at once.
MOST_YEN = 9_999_999_999


async def show_payouts(request: Request) -> Response:
    """Show where the money stands, the next step, and the list of payouts."""
    async with visit(request) as v:
        return await _page(v, Filled(reader_locale(request)), 200)


async def show_maturing(request: Request) -> Response:
    """Show what can't be paid yet, talk by talk, and when it can."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        user = await earner(v)
        page = await maturing.lines(v.tx, v.settings, user.id, number, PAGE_LINES)
        keys = [(line.talk_id, line.hold_id) for line in page]
        whom = await earned.known(v.tx, user.id, keys)
        outlook = await requests.outlook(v.tx, v.settings, user.id)
        lines = list(zip(page.items, whom, strict=True))
        return v.page("payouts_maturing.html", page=page, lines=lines, book=outlook.book)


async def ask(request: Request) -> Response:
    """Show what would arrive of a sum (`check`), then ask for it (`ask`)."""
    form = request[FORM]
    step, leaving = needed(form, "step"), form.get("leaving", "") == "1"
    if step == "check":
        return await _confirm(request, leaving=leaving)
    if step != "ask":
        raise ProtocolError("step_unknown")
    amount = integer(needed(form, "amount"), 1, MOST_YEN)
    try:
        async with member_transaction(request) as (tx, user):
            settings = request.app[SETTINGS]
            made = await requests.ask(tx, settings, user.id, amount, leaving=leaving)
    except UserError as error:
        return await _refused(request, error, leaving=leaving)
    return redirect(f"/console/payouts/{made}?asked=1")


async def call_off(request: Request) -> Response:
    """Call one's own request off."""
    payout_id = id_in_path(request, "payout_id")
    async with member_transaction(request) as (tx, user):
        await requests.call_off(tx, user.id, payout_id)
    return redirect(f"/console/payouts/{payout_id}")


def yen_of(text: str) -> int:
    """Return a sum as people type it: 5000, 5,000, ５，０００円. Raises UserError."""
    typed = unicodedata.normalize("NFKC", text)
    return integer(_BESIDE.sub("", typed).strip(), 1, MOST_YEN)


# What stands beside the figures of a sum: commas of both kinds, the sign and the letter of yen.
_BESIDE = re.compile(r"[,\u3001¥\u5186\s]")


async def _confirm(request: Request, *, leaving: bool) -> Response:
    filled = Filled(reader_locale(request), {"leaving": "1"} if leaving else {})
    async with visit(request) as v:
        user = await earner(v)
        amount = filled.take(request[FORM], "amount", yen_of)
        if amount is None:
            return await _page(v, filled, 422)
        try:
            outlook = await requests.must_be_askable(
                v.tx, v.settings, user.id, amount, leaving=leaving
            )
        except UserError as error:
            filled.errors["amount"] = translate(filled.locale, error.text, **error.params)
            return await _page(v, filled, 422)
        return v.page(
            "payout_confirm.html",
            outlook=outlook,
            gross=amount,
            leaving=leaving,
            account=await accounts.current(v.tx, user.id),
            later=await accounts.pending(v.tx, user.id),
        )


async def _refused(request: Request, error: UserError, *, leaving: bool) -> Response:
    filled = Filled(reader_locale(request), {"leaving": "1"} if leaving else {})
    async with visit(request) as v:
        filled.locale = reader_locale(request)
        filled.errors["form"] = translate(filled.locale, error.text, **error.params)
        return await _page(v, filled, error.status)


async def _page(v: Visit, filled: Filled, status: int) -> Response:
    user, query = await earner(v), v.request.query
    number = integer(query.get("page", "1"), 1, LAST_PAGE)
    state = query.get("state", "")
    state = state if state in PAYOUT_STATES else ""
    leaving = query.get("leaving", "") == "1" or filled.values.get("leaving") == "1"
    shown: dict[str, Any] = {
        "outlook": await requests.outlook(v.tx, v.settings, user.id, leaving=leaving),
        "account": await accounts.current(v.tx, user.id),
        "later": await accounts.pending(v.tx, user.id),
        "refused": user.id in await refused.of(v.tx, [user.id]),
        "years": await notices.years(v.tx, user.id),
        "page": await own_payouts.own(v.tx, user.id, number, PAGE_PAYOUTS, state or None),
        "period": await monthly.next_period(v.tx, v.settings),
    }
    return v.page("payouts.html", status, **shown, state=state, leaving=leaving, form=filled)
