"""What two members of staff decide about the money of a cast who was banned, or has withdrawn."""

from collections.abc import Mapping
from typing import cast, get_args

from aiohttp.web import Request, Response

from foundation.errors import ProtocolError
from payouts.banks import reached
from payouts.desk import verdicts
from payouts.desk.held import Decision
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_transaction


async def propose(request: Request) -> Response:
    """Propose to pay, or to keep, what a banned cast has earned."""
    user_id, form = id_in_path(request, "user_id"), request[FORM]
    async with staff_transaction(request, "payouts") as (tx, actor):
        decision, reason = _decision(form), needed(form, "reason")
        await verdicts.propose(tx, request.app[SETTINGS], actor.id, user_id, decision, reason)
    return _back(user_id, request)


async def propose_for_gone(request: Request) -> Response:
    """Propose to pay what came back of who has withdrawn into an account, or to let it lapse."""
    user_id, form = id_in_path(request, "user_id"), request[FORM]
    async with staff_transaction(request, "payouts") as (tx, actor):
        decision, reason = _decision(form), needed(form, "reason")
        account = None
        if decision == "pay":
            fields = ("bank", "branch", "kind", "number", "holder")
            account = await reached.typed(tx, *(needed(form, name) for name in fields))
        settings = request.app[SETTINGS]
        await verdicts.propose(tx, settings, actor.id, user_id, decision, reason, account)
    return redirect(f"/staff/payouts/casts/{user_id}#leftover")


def _decision(form: Mapping[str, str]) -> Decision:
    said = needed(form, "verdict")
    if said not in get_args(Decision):
        raise ProtocolError("verdict_unknown")
    return cast("Decision", said)


async def ask_for(request: Request) -> Response:
    """Ask for the payout of a banned cast whose money is to be paid."""
    user_id = id_in_path(request, "user_id")
    async with staff_transaction(request, "payouts") as (tx, actor):
        await verdicts.ask_for(tx, request.app[SETTINGS], actor.id, user_id)
    return _back(user_id, request)


async def agree(request: Request) -> Response:
    """Carry out what another member of staff proposed."""
    verdict_id = id_in_path(request, "verdict_id")
    async with staff_transaction(request, "payouts") as (tx, actor):
        found = await verdicts.agree(tx, request.app[SETTINGS], actor.id, verdict_id)
    return _back(found.user_id, request)


async def send_back(request: Request) -> Response:
    """Send a proposal back."""
    verdict_id = id_in_path(request, "verdict_id")
    async with staff_transaction(request, "payouts") as (tx, actor):
        reason = needed(request[FORM], "reason")
        found = await verdicts.send_back(tx, actor.id, verdict_id, reason)
    return _back(found.user_id, request)


def _back(user_id: int, request: Request) -> Response:
    # Who has withdrawn has a page of money alone.
    if request[FORM].get("gone"):
        return redirect(f"/staff/payouts/casts/{user_id}#leftover")
    return redirect(f"/staff/people/{user_id}#verdict")
