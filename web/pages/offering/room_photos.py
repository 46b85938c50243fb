"""The photos of one of the cast's rooms."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import translate
from people.meeting import pictures
from rooms.ground.offering_tables import MOST_ROOM_PHOTOS
from rooms.lobby import own_rooms
from rooms.offering import room_photos
from web.http.forms import Filled, needed
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.http.uploads import MOST_FILE
from web.http.visit import Visit, reader_locale, visit
from web.pages.casts.own_rooms import cast_transaction
from web.pages.casts.profile import drawn, first_look


async def show_photos(request: Request) -> Response:
    """Show a room's photos."""
    async with visit(request) as v:
        return await _page(v, Filled(reader_locale(request)))


async def add_photo(request: Request) -> Response:
    """Keep a photo, drawn anew. Nothing is open in the database while it is drawn."""
    room_id = id_in_path(request, "room_id")
    try:
        async with cast_transaction(request) as (tx, user):
            await room_photos.must_have_room(tx, room_id, user.id)
        made = await drawn(request, user.id)
        async with cast_transaction(request) as (tx, user):
            await room_photos.add(tx, room_id, user.id, made, first_look(request))
    except UserError as error:
        if not error.code.startswith("photo"):
            raise
        async with visit(request) as v:
            filled = Filled(reader_locale(request))
            filled.errors["photo"] = translate(filled.locale, error.text, **error.params)
            return await _page(v, filled, error.status)
    return _back(room_id, "?saved=photo")


async def move_photo(request: Request) -> Response:
    """Move a photo by one place."""
    room_id, photo_id = id_in_path(request, "room_id"), id_in_path(request, "photo_id")
    forward = needed(request[FORM], "way") == "forward"
    async with cast_transaction(request) as (tx, user):
        await room_photos.move(tx, room_id, user.id, photo_id, forward=forward)
    return _back(room_id)


async def delete_photo(request: Request) -> Response:
    """Delete a photo."""
    room_id, photo_id = id_in_path(request, "room_id"), id_in_path(request, "photo_id")
    async with cast_transaction(request) as (tx, user):
        await room_photos.delete(tx, room_id, user.id, photo_id)
    return _back(room_id, "?saved=deleted")


def _back(room_id: int, said: str = "") -> Response:
    return redirect(f"/console/rooms/{room_id}/photos{said}#photos")


async def _page(v: Visit, filled: Filled, status: int = 200) -> Response:
    room = await own_rooms.own_room(v.tx, id_in_path(v.request, "room_id"), v.offerer().id)
    return v.page(
        "room_photos.html",
        status,
        room=room,
        photos=await room_photos.of_room(v.tx, room.id),
        form=filled,
        most=MOST_ROOM_PHOTOS,
        pictures=pictures,
        most_bytes=MOST_FILE,
        saved=None if filled.errors else v.request.query.get("saved"),
    )
