"""The first question at a room, and whether a room takes any."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.errors import UserError
from rooms.lobby import directory
from rooms.questions import closing, may_write, threads, writing
from signaling.push import PUSH
from web.http.forms import Filled, flag, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.tries import count_question
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.casts.own_rooms import cast_transaction
from web.pages.questions.threads import composer, press_in, refused, refused_status, told


async def way_of(v: Visit, room_id: int) -> dict[str, Any]:
    """Return what a room's page says of asking: `asks`."""
    return {"asks": await threads.way(v.tx, room_id, v.user_id)}


async def show_ask(request: Request) -> Response:
    """Show the form for a first question, or lead to the thread that there is."""
    return await _form(request, Filled(reader_locale(request)))


async def _form(request: Request, filled: Filled, status: int = 200) -> Response:
    room_id = id_in_path(request, "room_id")
    async with visit(request) as v:
        user = v.member()
        way = await threads.way(v.tx, room_id, user.id)
        if way.thread_id is not None and not filled.errors:
            return redirect(f"/messages/{way.thread_id}")
        detail = await directory.room_detail(v.tx, v.settings, room_id, user.id)
        if detail.card.cast_id == user.id:
            return redirect("/messages")
        refusal = await may_write.refusal_to_begin(v.tx, room_id, user.id)
        return v.page(
            "ask.html",
            status,
            card=detail.card,
            refusal=refusal and {"code": refusal.code, "text": told(request, refusal)},
            **composer(filled),
        )


async def ask(request: Request) -> Response:
    """Send a first question to a room's cast."""
    room_id, form = id_in_path(request, "room_id"), request[FORM]
    text, press = needed(form, "text"), press_in(form)
    try:
        async with member_transaction(request) as (tx, user):
            await count_question(request, user.id)
            settings = request.app[SETTINGS]
            said = await writing.begin(tx, settings, room_id, user.id, press, text)
    except UserError as error:
        if error.status in (401, 404) or error.code == "own_room":
            raise
        return await _form(request, refused(request, text, error), refused_status(error))
    await request.app[PUSH].questions(said.thread_id)
    return redirect(f"/messages/{said.thread_id}")


async def take_questions(request: Request) -> Response:
    """Let one of the cast's rooms take questions, or not."""
    room_id = id_in_path(request, "room_id")
    takes = flag(needed(request[FORM], "on"))
    async with cast_transaction(request) as (tx, user):
        await closing.take_questions(tx, room_id, user.id, takes=takes)
    return redirect(f"/console/rooms/{room_id}#questions")
