"""Claims as a list, beside it the one that is looked at with its evidence, and what is decided."""

from aiohttp.web import Request, Response

from foundation.database import Tx
from foundation.numbers import integer
from foundation.pages import LAST_PAGE, Page
from rooms.care import asked_casts, claims, decisions
from rooms.care.claims import Claim
from rooms.care.desk import claim_cases, due, owners, replies
from rooms.care.desk.claim_cases import ClaimLine
from web.http.forms import needed, optional_integer
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import reader_locale
from web.pages.staff.access import staff_page, staff_transaction, staff_visit
from web.pages.staff.cases.claim_file import file_of
from web.pages.staff.cases.wanted import claims_of, kept, list_of

PAGE_SIZE = 30


async def queue(request: Request) -> Response:
    """Show the claims that are wanted, and one of them: the one asked for, or else the first."""
    wanted = claims_of(request.query)
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    asked = optional_integer(request.query.get("claim", ""), 1)
    async with staff_visit(request, "claims") as (v, user):
        found = await claim_cases.listed(v.tx, wanted, user.id, number, PAGE_SIZE)
        chosen = await _chosen(v.tx, asked, found, user.id)
        locale = reader_locale(request, user)
        of = chosen.id if chosen else None
        return await staff_page(
            v,
            "staff_claims.html",
            wanted=wanted,
            claims=found,
            claim=chosen,
            asked=asked is not None,
            around=_around(found, of),
            file=await file_of(v, chosen, user.id) if chosen else None,
            heard=(await asked_casts.of_claims(v.tx, [chosen.id])).get(chosen.id)
            if chosen
            else None,
            pending=await due.on_case(v.tx, "claim", chosen.id) if chosen else None,
            owner=await owners.of_case(v.tx, "claim", chosen.id) if chosen else None,
            replies=await replies.for_claim(v.tx, chosen, locale) if chosen else [],
            list=kept(request.query),
            me=user.id,
            done=request.query.get("done"),
        )


async def _chosen(tx: Tx, asked: int | None, found: Page[ClaimLine], me: int) -> Claim | None:
    """The claim to be shown whole; that this member of staff opened it is noted."""
    which = asked or next((line.id for line in found), None)
    return None if which is None else await claim_cases.opened(tx, which, me)


def _around(found: Page[ClaimLine], chosen: int | None) -> tuple[int | None, int | None]:
    """Which claims stand before and after one in a list."""
    ids = [line.id for line in found]
    if chosen not in ids:
        return None, next(iter(ids), None)
    at = ids.index(chosen)
    return (ids[at - 1] if at else None, ids[at + 1] if at + 1 < len(ids) else None)


async def give_back(request: Request) -> Response:
    """Decide to return all or a part of a claim's points."""
    claim_id, form = id_in_path(request, "claim_id"), request[FORM]
    async with staff_transaction(request, "claims") as (tx, user):
        points = integer(form.get("points", ""), 1) if needed(form, "scope") == "part" else None
        decided = await due.decide(
            tx,
            request.app[SETTINGS],
            claim_id,
            user.id,
            "return",
            points=points,
            reason=await _reason(tx, request, claim_id),
            at_once=form.get("at_once", ""),
        )
    return _on(request, decided.state)


async def agree(request: Request) -> Response:
    """Agree, as a second member, to a return."""
    claim_id = id_in_path(request, "claim_id")
    async with staff_transaction(request, "claims") as (tx, user):
        decided = await due.decide(tx, request.app[SETTINGS], claim_id, user.id, "agree")
    return _on(request, decided.state)


async def send_back(request: Request) -> Response:
    """Put a proposed return back into the queue: nothing is told or paid, so it is done at once."""
    claim_id = id_in_path(request, "claim_id")
    async with staff_transaction(request, "claims") as (tx, user):
        reason = needed(request[FORM], "reason")
        decided = await decisions.send_back(tx, claim_id, user.id, reason)
    return _on(request, decided.state)


async def decline(request: Request) -> Response:
    """Decide to decline a claim with words for the caller."""
    claim_id = id_in_path(request, "claim_id")
    async with staff_transaction(request, "claims") as (tx, user):
        reason = await _reason(tx, request, claim_id)
        settings = request.app[SETTINGS]
        decided = await due.decide(tx, settings, claim_id, user.id, "decline", reason=reason)
    return _on(request, decided.state)


async def undo(request: Request) -> Response:
    """Take one's own decision back before it is carried out."""
    claim_id = id_in_path(request, "claim_id")
    async with staff_transaction(request, "claims") as (tx, user):
        await due.undo(tx, "claim", claim_id, user.id)
    return redirect(f"/staff/claims?done=undone&claim={claim_id}")


async def take(request: Request) -> Response:
    """Look after a claim, also instead of who was seen to do so."""
    claim_id = id_in_path(request, "claim_id")
    instead_of = optional_integer(request[FORM].get("instead_of", ""), 1)
    async with staff_transaction(request, "claims") as (tx, user):
        await owners.take(tx, "claim", claim_id, user.id, instead_of)
    return redirect(_place(list_of(request[FORM]), claim_id))


async def leave(request: Request) -> Response:
    """Look after a claim no longer."""
    claim_id = id_in_path(request, "claim_id")
    async with staff_transaction(request, "claims") as (tx, user):
        await owners.leave(tx, "claim", claim_id, user.id)
    return redirect(_place(list_of(request[FORM]), claim_id))


async def _reason(tx: Tx, request: Request, claim_id: int) -> str:
    """What the caller will read: one's own words, or the quick reply that was chosen."""
    form = request[FORM]
    if "reason" in form and form["reason"].strip():
        return form["reason"]
    ready = await replies.for_claim(tx, await claims.claim(tx, claim_id), "ja")
    return replies.chosen(ready, form.get("reply", ""), "")


def _on(request: Request, done: str) -> Response:
    """Go on to the claim that stood next in the list."""
    form = request[FORM]
    after = optional_integer(form.get("after", ""), 1)
    return redirect(_place(list_of(form), after, done))


def _place(listed: str, claim_id: int | None, done: str = "") -> str:
    named = {"claim": str(claim_id) if claim_id else "", "done": done}
    parts = [listed, *(f"{name}={value}" for name, value in named.items() if value)]
    return "/staff/claims?" + "&".join(part for part in parts if part)
