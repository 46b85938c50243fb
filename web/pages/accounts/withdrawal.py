"""Withdrawal: what would happen is said first, then it happens at once."""

import structlog
from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.ids import new_token
from foundation.language import N_, translate
from foundation.log import note_failure
from foundation.numbers import integer
from payouts import going
from people.accounts import passwords
from people.accounts.accounts import User
from points.payments import payers
from points.payments.payers import Card
from points.payments.troubles import attended
from rooms.care import withdrawal, withdrawal_effects
from rooms.care.stopping import Stopped
from rooms.recording import deleting
from rooms.recording.folder import RecordingFolder
from signaling.push import PUSH
from signaling.server import CONNECTIONS
from web.http.forms import Filled
from web.http.keys import (
    DATABASE,
    FORM,
    PAYMENTS,
    SETTINGS,
)
from web.http.password_again import knows_password, proves_password
from web.http.paths import redirect
from web.http.session import clear_session
from web.http.visit import Visit, reader_locale, visit

log = structlog.get_logger(__name__)

ERASED_AT_ONCE = 100
MOST_YEN = 10**12
NOT_SURE = N_("元に戻せないことを確かめてください。")


async def show_withdrawal(request: Request) -> Response:
    """Say what a withdrawal would do."""
    async with visit(request) as v:
        v.member()
        return await _page(v, Filled(reader_locale(request)))


async def withdraw(request: Request) -> Response:
    """Let the member go for good, at once."""
    settings, database = request.app[SETTINGS], request.app[DATABASE]
    async with visit(request) as v:
        user, locale = v.member(), reader_locale(request)
        card = await _card(v, user)
        due = await going.due_of(v.tx, settings, user.id)
    filled, gives_up = Filled(locale), _gives_up(request)
    try:
        going.may_go(due, gives_up)
    except UserError as error:
        filled.errors["gives_up"] = translate(locale, error.text, **error.params)
    if knows_password(settings, user) and request[FORM].get("sure") != "1":
        filled.errors["sure"] = translate(locale, NOT_SURE)
    if filled.errors or not await proves_password(request, user, filled):
        async with visit(request) as v:
            return await _page(v, filled, 422)
    password_hash = await passwords.hash_password(new_token())
    async with database.transaction() as tx:
        stopped = await withdrawal.withdraw(tx, settings, user.id, password_hash, gives_up)
    async with database.transaction() as tx:
        # What can't be removed just now, the clock comes back to.
        await deleting.erase(tx, RecordingFolder(settings), ERASED_AT_ONCE)
    await _announce(request, user, stopped, card)
    response = redirect("/withdrawn?mailed=1" if user.confirmed_at else "/withdrawn")
    clear_session(response, settings)
    return response


def _gives_up(request: Request) -> int | None:
    """What a cast says to give up, in yen: the sum that stood beside the box."""
    said = request[FORM].get("gives_up")
    return integer(str(said), 0, MOST_YEN) if said else None


async def show_farewell(request: Request) -> Response:
    """Say good-bye."""
    async with visit(request) as v:
        return v.page("withdrawn.html", mailed="mailed" in request.query)


async def _announce(request: Request, user: User, stopped: Stopped, card: Card | None) -> None:
    provider = request.app[PAYMENTS]
    await request.app[PUSH].stopped(stopped)
    await request.app[CONNECTIONS].recheck(user.id)
    if provider is not None and card is not None:
        try:
            async with attended(request.app[DATABASE]):
                await provider.forget(card.id)
        except Exception as error:
            # The member has gone in any case. What the provider still has stands in its own list.
            note_failure(log, "withdrawal.card_kept", error)


async def _card(v: Visit, user: User) -> Card | None:
    provider = v.request.app[PAYMENTS]
    return await payers.card_of(v.tx, user.id, provider.name) if provider else None


async def _page(v: Visit, filled: Filled, status: int = 200) -> Response:
    user = v.member()
    due = await going.due_of(v.tx, v.settings, user.id)
    try:
        await withdrawal.may_withdraw(v.tx, user)
        going.may_go(due, due.rest)
        refusal = None
    except UserError as error:
        refusal = translate(filled.locale, error.text, **error.params)
    return v.page(
        "withdrawal.html",
        status,
        form=filled,
        foreseen=await withdrawal_effects.foresee(v.tx, v.settings, user.id),
        refusal=refusal,
        leaving=due,
        knows_password=knows_password(v.settings, user),
    )
