"""What pages show of a member's own telephone, and asking for a call that proves a number."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import translate
from foundation.settings import Settings
from people.telephones import numbers, proofs
from people.telephones.proofs import CODE_DIGITS, ORDER_SECONDS, WaitingProof
from people.telephones.refusals import number_first
from people.telephones.words import PAGE
from rooms.calling import gateways, orders
from rooms.lobby import by_medium
from rooms.lobby.by_medium import Medium
from web.http.forms import Filled
from web.http.paths import local_path, redirect
from web.http.visit import Visit

CODE_PAGE = f"{PAGE}/code"


@dataclass(frozen=True)
class OwnTelephone:
    """A member's number as they are shown it (None: they have none), and a code that waits."""

    masked: str | None
    waiting: WaitingProof | None
    waiting_masked: str | None
    code_digits: int = CODE_DIGITS


def must_be_open(settings: Settings) -> None:
    """Raise 404 on a site on which nobody talks by telephone."""
    if not settings.telephone:
        raise HTTPNotFound


async def own_telephone(tx: Tx, user_id: int) -> OwnTelephone:
    """Return what a page shows of a member's own telephone; for `_telephone_number.html`."""
    tail, waiting = await numbers.tail_of(tx, user_id), await proofs.waiting(tx, user_id)
    return OwnTelephone(
        numbers.masked(tail) if tail else None,
        waiting,
        numbers.masked(waiting.tail) if waiting else None,
    )


async def medium_shown(v: Visit, room_id: int, values: Mapping[str, str]) -> tuple[Medium, bool]:
    """Return the medium that a form shows as chosen, and whether its room takes calls at all."""
    taken = await by_medium.is_taken(v.tx, v.settings, room_id)
    return "telephone" if taken and values.get("medium") == "telephone" else "browser", taken


async def must_have_number(tx: Tx, user_id: int) -> None:
    """Raise UserError `telephone_needed` for who has proved no number."""
    if await numbers.tail_of(tx, user_id) is None:
        raise number_first()


async def ask_for_call(tx: Tx, settings: Settings, user_id: int, typed: str) -> None:
    """Have a number be rung to prove it. Raises UserError `telephone_away`, and as `ask` does."""
    await gateways.must_be_there(tx, settings)
    proof = await proofs.ask(tx, settings, user_id, typed)
    await orders.place(tx, "prove", user_id=user_id, subject=proof, seconds=ORDER_SECONDS)


def after_in(request: Request, given: str | None) -> str:
    """Return where somebody goes on once their number is proved; "" for nowhere."""
    after = local_path(given, "")
    return "" if after.startswith(PAGE) else after


def to_code(after: str) -> Response:
    """Send the browser to where the code is typed."""
    return redirect(f"{CODE_PAGE}?{urlencode({'next': after})}" if after else CODE_PAGE)


def refuse(filled: Filled, name: str, error: UserError) -> None:
    """Note beside a field why something can't be."""
    filled.errors[name] = translate(filled.locale, error.text, **error.params)


async def number_values(v: Visit) -> dict[str, OwnTelephone]:
    """Return what a template needs that shows `_telephone_number.html`."""
    return {"telephone": await own_telephone(v.tx, v.member().id)}
