"""Members, as staff see them: their points, and giving or correcting some, alone or by two."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.database import Tx
from foundation.errors import UserError
from foundation.ids import new_token
from foundation.language import N_
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from payouts.desk import held
from people.accounts import accounts
from people.accounts.accounts import User
from people.desk import (
    roles,
    sanctions,
    search,
)
from points import ledger
from points.desk import adjustments, proposals
from points.rules import MOST_POINTS
from record import act_list
from rooms.care import report_list
from rooms.offering import categories, licences
from web.http.forms import needed, one_line
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit
from web.pages.staff.member.tabs import file_of
from writing.ground import answering

LATEST = 10


async def people(request: Request) -> Response:
    """Find members by number, e-mail or nickname."""
    text = one_line(request.query.get("q", ""), search.MOST_CHARACTERS)
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "people.see") as (v, user):
        found = await search.search(v.tx, text, number, v.settings.page_size)
        may_agree = roles.may(user.staff_role, "points")
        waiting = await proposals.waiting(v.tx) if may_agree else []
        return await staff_page(v, "staff_people.html", people=found, text=text, proposals=waiting)


async def person(request: Request) -> Response:
    """Show a member: how they stand, points, latest talks, and what staff did about them."""
    user_id = id_in_path(request, "user_id")
    async with staff_visit(request, "people.see") as (v, user):
        member = await search.person(v.tx, user_id, user.id)
        if member is None:
            raise HTTPNotFound
        return await staff_page(
            v,
            "staff_person.html",
            person=member,
            standing=await sanctions.standing(v.tx, user_id),
            history=await sanctions.sanctions_of(v.tx, user_id),
            reports=await report_list.about(v.tx, user_id, LATEST),
            points=await ledger.points_of(v.tx, user_id),
            acts=await act_list.acts(v.tx, 1, LATEST, f"user:{user_id}"),
            proposals=await proposals.waiting(v.tx, user_id),
            categories=await categories.in_use(v.tx),
            licences=await licences.of_user(v.tx, user_id),
            held=await held.desk_of(v.tx, v.settings, user_id),
            answering=await answering.is_one(v.tx, user_id),
            press=new_token(),
            **await file_of(request, v, user, user_id),
            most=MOST_POINTS,
            done=request.query.get("done"),
        )


async def give(request: Request) -> Response:
    """Give a member points, or propose it to a second member of staff."""
    user_id, form = id_in_path(request, "user_id"), request[FORM]
    async with staff_transaction(request, "points") as (tx, actor):
        points = integer(needed(form, "points"), 1, MOST_POINTS)
        member = await _person(tx, user_id)
        outcome = await adjustments.give(
            tx,
            request.app[SETTINGS],
            user_id,
            points,
            needed(form, "reason"),
            actor_id=actor.id,
            press=one_line(needed(form, "press"), 64),
            locale=member.locale,
        )
    return _back(user_id, "given" if outcome == "done" else outcome)


async def correct(request: Request) -> Response:
    """Add to a member's points, or take some away, to put them right, or propose it."""
    user_id, form = id_in_path(request, "user_id"), request[FORM]
    async with staff_transaction(request, "points") as (tx, actor):
        points = integer(needed(form, "points"), 1, MOST_POINTS)
        member = await _person(tx, user_id)
        outcome = await adjustments.correct(
            tx,
            request.app[SETTINGS],
            user_id,
            points * _sign(needed(form, "sign")),
            needed(form, "reason"),
            actor_id=actor.id,
            press=one_line(needed(form, "press"), 64),
            locale=member.locale,
        )
    return _back(user_id, "corrected" if outcome == "done" else outcome)


async def agree(request: Request) -> Response:
    """Agree, as a second member of staff, to points that the first proposed."""
    proposal_id = id_in_path(request, "proposal_id")
    async with staff_transaction(request, "points") as (tx, actor):
        found = await adjustments.agree(tx, request.app[SETTINGS], proposal_id, actor.id)
    return _back(found.user_id, "given" if found.kind == "give" else "corrected")


async def send_back(request: Request) -> Response:
    """Send a proposal back."""
    proposal_id = id_in_path(request, "proposal_id")
    async with staff_transaction(request, "points") as (tx, actor):
        reason = needed(request[FORM], "reason")
        found = await adjustments.send_back(tx, proposal_id, actor.id, reason)
    return _back(found.user_id, "sent_back")


def _back(user_id: int, done: str) -> Response:
    return redirect(f"/staff/people/{user_id}?done={done}")


def _sign(text: str) -> int:
    if text not in ("plus", "minus"):
        raise UserError("sign_unknown", N_("足すか引くかを選んでください。"), status=400)
    return 1 if text == "plus" else -1


async def _person(tx: Tx, user_id: int) -> User:
    found = await accounts.find_user(tx, user_id)
    if found is None:
        raise HTTPNotFound
    return found
