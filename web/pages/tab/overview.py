"""What a member owes and may still use, and how both are counted."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.ids import new_token
from points.payments import payers
from points.payments.bills import by_itself, receipts, shown
from points.tab import limits
from web.http.forms import Filled, flag, needed
from web.http.keys import FORM, PAYMENTS, TO_STRIPE
from web.http.paths import redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit


async def tab(request: Request) -> Response:
    """Show what is owed, what waits, what is left of the limit, and what was paid."""
    async with visit(request) as v:
        user = v.member()
        bills, waiting = await shown.bills_of(v.tx, user.id)
        must_be_here(v, known=bool(bills or waiting))
        return v.page(
            "tab.html",
            owed=sorted((b for b in bills if b.bill.owed), key=lambda b: b.bill.due_at),
            settled=[one for one in bills if not one.bill.owed],
            waiting=waiting,
            state=await limits.state_of(v.tx, v.settings, user.id),
            payments=await receipts.payments_of(v.tx, user.id),
            by_itself=await by_itself.wants(v.tx, user.id),
            card=await _card(v),
            saved="saved" in request.query,
        )


async def _card(v: Visit) -> payers.Card | None:
    provider = v.request.app[PAYMENTS]
    return await payers.card_of(v.tx, v.member().id, provider.name) if provider else None


def must_be_here(v: Visit, *, known: bool = False) -> None:
    """Raise 404 where nobody pays afterwards, unless this member once did."""
    if not v.settings.tab and not known:
        raise HTTPNotFound


async def show_limit(request: Request) -> Response:
    """Show 「ご利用限度額について」: how it is counted, freed, raised, with one's own figures."""
    async with visit(request) as v:
        user = v.member()
        must_be_here(v)
        state = await limits.state_of(v.tx, v.settings, user.id)
        request[TO_STRIPE] = bool(state.wanting and v.settings.stripe_secret_key)
        return v.page(
            "tab_limit.html",
            state=state,
            press=new_token(),
            form=Filled(reader_locale(request, user)),
            card=await _card(v),
            sells=request.app[PAYMENTS] is not None,
            sent=request.query.get("card") == "sent",
        )


async def choose(request: Request) -> Response:
    """Let the saved card be charged after each talk, or no longer."""
    wanted = flag(needed(request[FORM], "by_itself"))
    async with member_transaction(request) as (tx, user):
        await by_itself.choose(tx, user.id, wanted=wanted)
    return redirect("/tab?saved=1#by-itself")
