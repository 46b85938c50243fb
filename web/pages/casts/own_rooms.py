"""A cast's rooms: writing them, seeing them as callers will, publishing them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeAlias

from aiohttp.web import Request, Response

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import translate
from people.accounts.accounts import User
from people.meeting import profiles
from rooms.booking import slots, timetable
from rooms.lobby import directory, own_rooms, short_addresses
from rooms.lobby.own_rooms import OwnRoom
from rooms.lobby.room_states import State
from rooms.offering import categories, drafts, licences, offers, publishing, tags
from web.http.forms import Filled
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.session import cast_only
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)
from web.pages.casts import room_form
from web.pages.casts.share_links import ShareLinks, share_links

Act: TypeAlias = Callable[[Tx, int, int], Awaitable[None]]

RATES = (50, 80, 100, 150, 200, 300)
# In which field of the form a refusal is told.
FIELDS = {
    "category_needed": "category",
    "category_retired": "category",
    "licence_needed": "category",
    "no_way_in": "ways",
    "room_open": "ways",
}


@asynccontextmanager
async def cast_transaction(request: Request) -> AsyncIterator[tuple[Tx, User]]:
    """As `member_transaction`, for those who may offer. Raises UserError `cast_only` (403)."""
    async with member_transaction(request) as (tx, user):
        if not publishing.may_offer(request.app[SETTINGS], user):
            raise cast_only()
        yield tx, user


async def show_rooms(request: Request) -> Response:
    """Show the cast's rooms."""
    async with visit(request) as v:
        known = await categories.every(v.tx)
        return v.page(
            "own_rooms.html",
            rooms=await own_rooms.own_rooms(v.tx, v.offerer().id),
            categories={one.id: one for one in known},
            most=own_rooms.MOST_ROOMS,
            done=request.query.get("done"),
        )


async def show_new(request: Request) -> Response:
    """Show the form for a new room."""
    async with visit(request) as v:
        v.offerer()
        return await _form(v, None, Filled(reader_locale(request), dict(room_form.NEW)))


async def make(request: Request) -> Response:
    """Write a new room, and show it for publishing."""
    filled = Filled(reader_locale(request))
    draft = room_form.draft_of(request[FORM], filled)
    if draft is not None:
        try:
            async with cast_transaction(request) as (tx, user):
                room_id = await drafts.make(tx, user.id, draft)
            return redirect(f"/console/rooms/{room_id}?saved=1")
        except UserError as error:
            _note(filled, error)
    async with visit(request) as v:
        v.offerer()
        return await _form(v, None, filled)


async def show_room(request: Request) -> Response:
    """Show one of the cast's rooms for editing."""
    async with visit(request) as v:
        room = await own_rooms.own_room(v.tx, id_in_path(request, "room_id"), v.offerer().id)
        return await _form(v, room, await _as_kept(v, room))


async def save(request: Request) -> Response:
    """Write a room anew."""
    room_id, filled = id_in_path(request, "room_id"), Filled(reader_locale(request))
    draft = room_form.draft_of(request[FORM], filled)
    if draft is not None:
        try:
            async with cast_transaction(request) as (tx, user):
                await drafts.change(tx, request.app[SETTINGS], room_id, user.id, draft)
            return redirect(f"/console/rooms/{room_id}?saved=1")
        except UserError as error:
            _note(filled, error)
    async with visit(request) as v:
        room = await own_rooms.own_room(v.tx, room_id, v.offerer().id)
        return await _form(v, room, filled)


async def publish(request: Request) -> Response:
    """Let everybody see a room, or staff first; what it lacks is said beside its field."""
    room_id = id_in_path(request, "room_id")
    try:
        async with cast_transaction(request) as (tx, user):
            outcome = await publishing.send(tx, request.app[SETTINGS], room_id, user.id)
    except UserError as error:
        if error.code not in FIELDS:
            raise
        async with visit(request) as v:
            room = await own_rooms.own_room(v.tx, room_id, v.offerer().id)
            filled = await _as_kept(v, room)
            _note(filled, error)
            return await _form(v, room, filled)
    saved = "published" if outcome == "public" else "sent"
    return redirect(f"/console/rooms/{room_id}?saved={saved}")


async def unpublish(request: Request) -> Response:
    """Let nobody but its cast see a room."""
    room_id = id_in_path(request, "room_id")
    await _done(request, own_rooms.unpublish)
    return redirect(f"/console/rooms/{room_id}?saved=unpublished")


async def delete(request: Request) -> Response:
    """Delete a room that was never used."""
    await _done(request, publishing.delete)
    return redirect("/console/rooms?done=deleted")


async def preview(request: Request) -> Response:
    """Show a room as callers will see it while it is open; nothing on the page can be pressed."""
    room_id = id_in_path(request, "room_id")
    async with visit(request) as v:
        own = await own_rooms.own_room(v.tx, room_id, v.offerer().id)
        found = await directory.room_detail(v.tx, v.settings, room_id, v.user_id)
        days = await slots.days(v.tx, v.settings, room_id, v.user_id, v.zone.key)
        state: State = "open" if own.by_standby else "closed"
        return v.page(
            "room.html",
            room=replace(found, card=replace(found.card, state=state)),
            own=False,
            preview=True,
            offer=await offers.of_room(v.tx, room_id, public=False),
            free_ms=None,
            profile=await profiles.shown(v.tx, found.card.cast_id),
            share=None,
            booking=await timetable.booking_of(v.tx, room_id),
            days=days,
            today=days[0].day,
            bookable_until=(await slots.window_now(v.tx, v.settings)).ends_at,
            reserved_for_me=None,
            favourite=None,
            place=None,
            waiting_count=0,
            takes_applications=own.by_application,
            application=None,
            pause=None,
            rating_summary=None,
            asks=None,
            public=None,
        )


async def _done(request: Request, act: Act) -> None:
    async with cast_transaction(request) as (tx, user):
        await act(tx, id_in_path(request, "room_id"), user.id)


def _note(filled: Filled, error: UserError) -> None:
    """Note a refusal beside its field; what belongs to none is raised again."""
    if error.code not in FIELDS:
        raise error
    filled.errors[FIELDS[error.code]] = translate(filled.locale, error.text, **error.params)


async def _as_kept(v: Visit, room: OwnRoom) -> Filled:
    written = room_form.values_of(room, await tags.of_room(v.tx, room.id))
    return Filled(reader_locale(v.request), written)


async def _form(v: Visit, room: OwnRoom | None, filled: Filled) -> Response:
    user = v.offerer()
    return v.page(
        "own_room.html",
        422 if filled.errors else 200,
        room=room,
        form=filled,
        topics=await directory.topics(v.tx, v.user_id),
        categories=await categories.in_use(v.tx, room.category_id if room else None),
        licences=await licences.of_user(v.tx, user.id),
        first=await publishing.is_looked_at(v.tx, v.settings, user.id),
        rates=RATES,
        share=100 - v.settings.fee_percent,
        links=await _links(v, room),
        saved=None if filled.errors else v.request.query.get("saved"),
    )


async def _links(v: Visit, room: OwnRoom | None) -> ShareLinks | None:
    """Return how a published room is handed on."""
    if room is None or not room.published:
        return None
    code = await short_addresses.code_of(v.tx, room.id)
    return share_links(v.request, code, room.title, room.rate)
