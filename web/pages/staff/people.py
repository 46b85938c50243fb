"""Members, as staff see them: their points, and giving or correcting some."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.database import Tx
from foundation.errors import UserError
from foundation.ids import new_token
from foundation.language import N_
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people import accounts, search
from people.accounts import User
from points import adjustments, ledger, staff_acts
from points.rules import MOST_POINTS
from rooms import talks
from web.forms import needed, one_line
from web.keys import FORM, SETTINGS
from web.pages.staff.door import staff_deed, staff_page, staff_visit
from web.paths import id_in_path, redirect

LATEST = 10


async def people(request: Request) -> Response:
    """Find members by id, e-mail or nickname."""
    text = one_line(request.query.get("q", ""), search.MOST_CHARACTERS)
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request) as (v, _):
        found = await search.search(v.tx, text, number, v.settings.page_size)
        return await staff_page(v, "staff_people.html", people=found, text=text)


async def person(request: Request) -> Response:
    """Show a member: points, latest talks, and what staff did about them."""
    user_id = id_in_path(request, "user_id")
    async with staff_visit(request) as (v, _):
        return await staff_page(
            v,
            "staff_person.html",
            person=await _person(v.tx, user_id),
            points=await ledger.points_of(v.tx, user_id),
            talks=await talks.history(v.tx, user_id, 1, LATEST),
            acts=await staff_acts.acts(v.tx, 1, LATEST, f"user:{user_id}"),
            press=new_token(),
            most=MOST_POINTS,
            done=request.query.get("done"),
        )


async def give(request: Request) -> Response:
    """Give a member points."""
    user_id, form = id_in_path(request, "user_id"), request[FORM]
    points = integer(needed(form, "points"), 1, MOST_POINTS)
    async with staff_deed(request) as (tx, actor):
        member = await _person(tx, user_id)
        await adjustments.give(
            tx,
            request.app[SETTINGS],
            user_id,
            points,
            needed(form, "reason"),
            actor_id=actor.id,
            press=one_line(needed(form, "press"), 64),
            locale=member.locale,
        )
    return redirect(f"/staff/people/{user_id}?done=given")


async def correct(request: Request) -> Response:
    """Add to a member's points, or take some away, to put them right."""
    user_id, form = id_in_path(request, "user_id"), request[FORM]
    points = integer(needed(form, "points"), 1, MOST_POINTS)
    async with staff_deed(request) as (tx, actor):
        member = await _person(tx, user_id)
        await adjustments.correct(
            tx,
            request.app[SETTINGS],
            user_id,
            points * _sign(needed(form, "sign")),
            needed(form, "reason"),
            actor_id=actor.id,
            press=one_line(needed(form, "press"), 64),
            locale=member.locale,
        )
    return redirect(f"/staff/people/{user_id}?done=corrected")


def _sign(text: str) -> int:
    if text not in ("plus", "minus"):
        raise UserError("sign_unknown", N_("足すか引くかを選んでください。"), status=400)
    return 1 if text == "plus" else -1


async def _person(tx: Tx, user_id: int) -> User:
    found = await accounts.find_user(tx, user_id)
    if found is None:
        raise HTTPNotFound
    return found
