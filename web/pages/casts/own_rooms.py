"""A cast's rooms: writing them, seeing them as callers will, publishing them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TypeAlias

from aiohttp.web import Request, Response

from foundation.database import Tx
from foundation.errors import UserError
from foundation.numbers import integer
from people.accounts.accounts import User
from people.meeting import profiles
from rooms.booking import slots, timetable
from rooms.lobby import directory, own_rooms, room_words
from rooms.lobby.own_rooms import Draft, OwnRoom
from web.http.forms import Filled, flag
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.http.session import cast_only
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)

Act: TypeAlias = Callable[[Tx, int, int], Awaitable[None]]

RATES = (50, 80, 100, 150, 200, 300)


@asynccontextmanager
async def cast_transaction(request: Request) -> AsyncIterator[tuple[Tx, User]]:
    """As `member_transaction`, for casts alone. Raises UserError `cast_only` (403)."""
    async with member_transaction(request) as (tx, user):
        if not user.is_cast:
            raise cast_only()
        yield tx, user


async def show_rooms(request: Request) -> Response:
    """Show the cast's rooms."""
    async with visit(request) as v:
        return v.page(
            "own_rooms.html",
            rooms=await own_rooms.own_rooms(v.tx, v.cast().id),
            most=own_rooms.MOST_ROOMS,
            done=request.query.get("done"),
        )


async def show_new(request: Request) -> Response:
    """Show the form for a new room."""
    async with visit(request) as v:
        v.cast()
        values = {"rate": "100", "allows_video": "1"}
        return await _form(v, None, Filled(reader_locale(request), values))


async def make(request: Request) -> Response:
    """Write a new room, and show it for publishing."""
    filled = Filled(reader_locale(request))
    draft = _draft(request, filled)
    if draft is None:
        async with visit(request) as v:
            v.cast()
            return await _form(v, None, filled)
    async with cast_transaction(request) as (tx, user):
        room_id = await own_rooms.make(tx, user.id, draft)
    return redirect(f"/console/rooms/{room_id}?saved=1")


async def show_room(request: Request) -> Response:
    """Show one of the cast's rooms for editing."""
    async with visit(request) as v:
        room = await own_rooms.own_room(v.tx, id_in_path(request, "room_id"), v.cast().id)
        values = {name: str(getattr(room, name)) for name in ("title", "topic", "text", "rate")}
        values["allows_video"] = "1" if room.allows_video else "0"
        values["relayed"] = "1" if room.relayed else "0"
        values["records"] = "1" if room.records else "0"
        return await _form(v, room, Filled(reader_locale(request), values))


async def save(request: Request) -> Response:
    """Write a room anew."""
    room_id, filled = id_in_path(request, "room_id"), Filled(reader_locale(request))
    draft = _draft(request, filled)
    if draft is None:
        async with visit(request) as v:
            room = await own_rooms.own_room(v.tx, room_id, v.cast().id)
            return await _form(v, room, filled)
    async with cast_transaction(request) as (tx, user):
        await own_rooms.change(tx, room_id, user.id, draft)
    return redirect(f"/console/rooms/{room_id}?saved=1")


async def publish(request: Request) -> Response:
    """Let everybody see a room."""
    room_id = id_in_path(request, "room_id")
    await _done(request, own_rooms.publish)
    return redirect(f"/console/rooms/{room_id}?saved=published")


async def unpublish(request: Request) -> Response:
    """Let nobody but its cast see a room."""
    room_id = id_in_path(request, "room_id")
    await _done(request, own_rooms.unpublish)
    return redirect(f"/console/rooms/{room_id}?saved=unpublished")


async def delete(request: Request) -> Response:
    """Delete a room that was never used."""
    await _done(request, own_rooms.delete)
    return redirect("/console/rooms?done=deleted")


async def preview(request: Request) -> Response:
    """Show a room as callers will see it while it is open; nothing on the page can be pressed."""
    room_id = id_in_path(request, "room_id")
    async with visit(request) as v:
        await own_rooms.own_room(v.tx, room_id, v.cast().id)
        found = await directory.room_detail(v.tx, v.settings, room_id, v.user_id)
        days = await slots.days(v.tx, v.settings, room_id, v.user_id, v.zone.key)
        return v.page(
            "room.html",
            room=replace(found, card=replace(found.card, state="open")),
            own=False,
            preview=True,
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
            takes_applications=True,
            application=None,
        )


async def _done(request: Request, act: Act) -> None:
    async with cast_transaction(request) as (tx, user):
        await act(tx, id_in_path(request, "room_id"), user.id)


def _draft(request: Request, filled: Filled) -> Draft | None:
    """Return what the form says of a room, or None after noting what is wrong with it."""
    form = request[FORM]
    title = filled.take(form, "title", room_words.title_of)
    topic = filled.take(form, "topic", room_words.topic_of)
    text = filled.take_text(form, "text", room_words.text_of)
    rate = filled.take(form, "rate", _rate)
    video = filled.take(form, "allows_video", flag)
    if title is None or topic is None or text is None or rate is None or video is None:
        return None
    # A box that isn't ticked is not sent.
    for box in ("relayed", "records"):
        filled.values[box] = form.get(box, "0")
    relayed, records = (flag(filled.values[box]) for box in ("relayed", "records"))
    return Draft(title, topic, text, rate, video, relayed=relayed, records=records)


def _rate(typed: str) -> int:
    try:
        return room_words.rate_of(integer(typed, 0, 100_000))
    except UserError:
        # Also for what is no figure: the bounds say what is wanted.
        return room_words.rate_of(0)


async def _form(v: Visit, room: OwnRoom | None, filled: Filled) -> Response:
    return v.page(
        "own_room.html",
        422 if filled.errors else 200,
        room=room,
        form=filled,
        topics=await directory.topics(v.tx, v.user_id),
        rates=RATES,
        share=100 - v.settings.fee_percent,
        saved=None if filled.errors else v.request.query.get("saved"),
    )
