"""What two members of staff decide about the money of a cast who was banned."""

from typing import cast, get_args

from aiohttp.web import Request, Response

from foundation.errors import ProtocolError
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
        said, reason = needed(form, "verdict"), needed(form, "reason")
        if said not in get_args(Decision):
            raise ProtocolError("verdict_unknown")
        decision = cast("Decision", said)
        await verdicts.propose(tx, request.app[SETTINGS], actor.id, user_id, decision, reason)
    return _back(user_id)


async def ask_for(request: Request) -> Response:
    """Ask for the payout of a banned cast whose money is to be paid."""
    user_id = id_in_path(request, "user_id")
    async with staff_transaction(request, "payouts") as (tx, actor):
        await verdicts.ask_for(tx, request.app[SETTINGS], actor.id, user_id)
    return _back(user_id)


async def agree(request: Request) -> Response:
    """Carry out what another member of staff proposed."""
    verdict_id = id_in_path(request, "verdict_id")
    async with staff_transaction(request, "payouts") as (tx, actor):
        found = await verdicts.agree(tx, request.app[SETTINGS], actor.id, verdict_id)
    return _back(found.user_id)


async def send_back(request: Request) -> Response:
    """Send a proposal back."""
    verdict_id = id_in_path(request, "verdict_id")
    async with staff_transaction(request, "payouts") as (tx, actor):
        reason = needed(request[FORM], "reason")
        found = await verdicts.send_back(tx, actor.id, verdict_id, reason)
    return _back(found.user_id)


def _back(user_id: int) -> Response:
    return redirect(f"/staff/people/{user_id}#verdict")
