"""The queue of claims, each beside the evidence, and what staff decide."""

from dataclasses import dataclass
from typing import cast, get_args

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from rooms.care import asked_casts, attendance, claims, decisions
from rooms.care.attendance import Record
from rooms.care.claims import Claim, Queue
from rooms.care.decisions import Decided
from rooms.recording import looking
from rooms.recording.looking import Evidenced
from rooms.talk.proof import evidence
from rooms.talk.proof.evidence import Evidence
from signaling.push import PUSH
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit
from web.pages.staff.access import staff_page, staff_transaction, staff_visit
from web.pages.staff.quality_chart import QualityChart, quality_chart
from web.pages.staff.timeline import Row, timeline

# Each is shown whole with its evidence, so a page holds few.
PAGE_SIZE = 8
# A reserved talk may have been entered again and again.
MOST_TALKS = 3


async def queue(request: Request) -> Response:
    """Show the claims that wait, or those that are done."""
    which = request.query.get("state", "open")
    if which not in get_args(Queue):
        raise HTTPNotFound
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "claims") as (v, user):
        found = await claims.queue(v.tx, cast("Queue", which), number, PAGE_SIZE, user.id)
        files = {claim.id: await _file(v, claim, user.id) for claim in found}
        return await staff_page(
            v,
            "staff_claims.html",
            which=which,
            claims=found,
            files=files,
            heard=await asked_casts.of_claims(v.tx, [claim.id for claim in found]),
            me=user.id,
            done=request.query.get("done"),
        )


@dataclass(frozen=True)
class ClaimFile:
    """What was recorded of what a claim is about; a talk comes with its pictures."""

    reserved: Record | None
    talks: list[tuple[Evidence, list[Row], QualityChart | None]]
    recordings: list[Evidenced]


async def _file(v: Visit, claim: Claim, viewer_id: int) -> ClaimFile:
    reserved, talk_ids = None, [claim.talk_id]
    if claim.reservation_id is not None:
        reserved = await attendance.record_of(v.tx, claim.reservation_id)
        talk_ids = [talk.talk_id for talk in reserved.talks[:MOST_TALKS]]
    found = [await evidence.of_talk(v.tx, v.settings, one) for one in talk_ids if one is not None]
    pictured = [(one, timeline(one), quality_chart(one)) for one in found]
    return ClaimFile(reserved, pictured, await looking.beside(v.tx, "claim", claim.id, viewer_id))


async def give_back(request: Request) -> Response:
    """Return all or a part of a claim's points."""
    claim_id, form = id_in_path(request, "claim_id"), request[FORM]
    async with staff_transaction(request, "claims") as (tx, user):
        points = integer(form.get("points", ""), 1) if needed(form, "scope") == "part" else None
        decided = await decisions.return_points(
            tx,
            request.app[SETTINGS],
            claim_id,
            user.id,
            points,
            needed(form, "reason"),
            form.get("at_once", ""),
        )
        cast_id = (await claims.claim(tx, claim_id)).cast_id
    await request.app[PUSH].rings([cast_id])
    return _back("open", decided)


async def agree(request: Request) -> Response:
    """Agree, as a second member, to a return."""
    claim_id = id_in_path(request, "claim_id")
    async with staff_transaction(request, "claims") as (tx, user):
        decided = await decisions.agree(tx, request.app[SETTINGS], claim_id, user.id)
    return _back("waiting_second", decided)


async def send_back(request: Request) -> Response:
    """Put a proposed return back into the queue."""
    claim_id = id_in_path(request, "claim_id")
    async with staff_transaction(request, "claims") as (tx, user):
        reason = needed(request[FORM], "reason")
        decided = await decisions.send_back(tx, claim_id, user.id, reason)
    return _back("waiting_second", decided)


async def decline(request: Request) -> Response:
    """Decline a claim with words for the caller."""
    claim_id = id_in_path(request, "claim_id")
    async with staff_transaction(request, "claims") as (tx, user):
        reason = needed(request[FORM], "reason")
        decided = await decisions.decline(tx, request.app[SETTINGS], claim_id, user.id, reason)
    return _back("open", decided)


def _back(which: Queue, decided: Decided) -> Response:
    return redirect(f"/staff/claims?state={which}&done={decided.state}")
