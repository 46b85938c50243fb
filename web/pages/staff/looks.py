"""Rooms and photos that wait for staff to look at them, and what staff decide."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from foundation.text.written import needed_words
from people.accounts import accounts
from people.desk import photo_looks
from rooms.offering import looking
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit

PAGE_SIZE = 5
# As many as a member can have sent: those of the profile, and of five rooms.
MOST_PHOTOS = 40


async def queue(request: Request) -> Response:
    """Show the rooms that wait, or the photos."""
    which = request.query.get("of", "rooms")
    if which not in ("rooms", "photos"):
        raise HTTPNotFound
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "looks") as (v, user):
        rooms = await looking.queue(v.tx, number, PAGE_SIZE) if which == "rooms" else None
        photos = await photo_looks.queue(v.tx) if which == "photos" else []
        names = {one.cast_id: one.cast_name for one in rooms or ()}
        return await staff_page(
            v,
            "staff_looks.html",
            which=which,
            rooms=rooms,
            photos=photos,
            rooms_waiting=await looking.waiting(v.tx),
            photos_waiting=await photo_looks.waiting(v.tx),
            like_casts=await accounts.like_casts(v.tx, names) if names else set(),
            most=looking.MOST_WORDS,
            me=user.id,
            done=request.query.get("done"),
        )


async def pass_room(request: Request) -> Response:
    """Make a room public as it was looked at, with the photos that stood beside it."""
    form, room_id = request[FORM], id_in_path(request, "room_id")
    async with staff_transaction(request, "looks") as (tx, user):
        settings, revision = request.app[SETTINGS], integer(needed(form, "revision"), 0)
        photos = _ids(form.get("photos", ""))
        await looking.let_pass(tx, settings, room_id, user.id, revision, photos)
    return redirect("/staff/looks?done=pass")


async def refuse_room(request: Request) -> Response:
    """Send a room back to its cast."""
    form, room_id = request[FORM], id_in_path(request, "room_id")
    async with staff_transaction(request, "looks") as (tx, user):
        words = needed_words(needed(form, "words"), looking.MOST_WORDS)
        revision = integer(needed(form, "revision"), 0)
        await looking.refuse(tx, request.app[SETTINGS], room_id, user.id, revision, words)
    return redirect("/staff/looks?done=refuse")


async def pass_photos(request: Request) -> Response:
    """Make photos of a member public."""
    user_id = id_in_path(request, "user_id")
    async with staff_transaction(request, "looks") as (tx, user):
        photos = _ids(needed(request[FORM], "photos"))
        await photo_looks.let_pass(tx, request.app[SETTINGS], user_id, photos, user.id)
    return redirect("/staff/looks?of=photos&done=pass")


async def refuse_photo(request: Request) -> Response:
    """Keep a photo from the public."""
    photo_id = id_in_path(request, "photo_id")
    async with staff_transaction(request, "looks") as (tx, user):
        words = needed_words(needed(request[FORM], "words"), photo_looks.MOST_WORDS)
        await photo_looks.refuse(tx, request.app[SETTINGS], photo_id, user.id, words)
    return redirect("/staff/looks?of=photos&done=refuse")


def _ids(typed: str) -> list[int]:
    return [integer(part, 1) for part in typed.split(",")[:MOST_PHOTOS] if part]
