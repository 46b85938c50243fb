"""One room: its page, the way in, and entering it."""

from dataclasses import replace
from typing import Any

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import translate
from media.ice import servers_in_advance
from people.meeting import favourites, profiles
from points import ledger
from rooms.booking import slots, timetable
from rooms.ground import kept_times
from rooms.lobby import directory, pauses, waiting
from rooms.lobby.directory import RoomCard
from rooms.talk import entry, free_time
from web.http.forms import flag, needed, optional_integer
from web.http.help import help_for
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path
from web.http.shared import shared
from web.http.visit import (
    Visit,
    allow_stripe,
    member_transaction,
    reader_locale,
    visit,
)
from web.pages.rooms.entered import answer_entered
from web.pages.rooms.foreseen import foreseen_refusal
from web.pages.rooms.sharing import link_preview


@shared()
async def room(request: Request) -> Response:
    """Show a room."""
    room_id = id_in_path(request, "room_id")
    async with visit(request) as v:
        detail = await directory.room_detail(v.tx, v.settings, room_id, v.user_id)
        days = await slots.days(v.tx, v.settings, room_id, v.user_id, v.zone.key)
        profile = await profiles.shown(v.tx, detail.card.cast_id)
        return v.page(
            "room.html",
            room=detail,
            own=v.user_id == detail.card.cast_id,
            booking=await timetable.booking_of(v.tx, room_id),
            days=days,
            today=days[0].day,
            bookable_until=(await slots.window_now(v.tx, v.settings)).ends_at,
            reserved_for_me=await _own_reservation(v, detail.card),
            pause=(await pauses.seconds_of(v.tx, [room_id])).get(room_id),
            profile=profile,
            share=link_preview(request, detail, profile),
            preview=False,
            free_ms=await _free_ms(v, detail.card),
            **await _standing(v, detail.card),
        )


async def enter(request: Request) -> Response:
    """Show what entering costs, and let the caller check camera and microphone."""
    room_id = id_in_path(request, "room_id")
    async with visit(request) as v:
        user = v.member()
        detail = await directory.room_detail(v.tx, v.settings, room_id, user.id)
        points = await ledger.points_of(v.tx, user.id)
        allow_stripe(request)
        card = await _as_on_turn(v, detail.card)
        refusal = foreseen_refusal(user, v.live_talk, points.spendable, card)
        return v.page(
            "enter.html",
            room=detail,
            free_ms=await free_time.free_ms(v.tx, v.settings, user.id, detail.card.cast_id),
            points=points,
            refusal=_told(request, refusal) if refusal else None,
            stage=_stage(v, detail.card),
        )


async def begin(request: Request) -> Response:
    """Enter the room: the talk begins, and the cast is told once it is committed."""
    form, room_id = request[FORM], id_in_path(request, "room_id")
    cap = optional_integer(form.get("spend_cap", ""), 1, entry.LONGEST_CAP_MINUTES)
    with_video = flag(needed(form, "video"))
    seen_rate = optional_integer(form.get("rate", ""), 1)
    async with member_transaction(request) as (tx, user):
        entered = await entry.enter(
            tx,
            request.app[SETTINGS],
            room_id,
            user.id,
            cap,
            with_video=with_video,
            seen_rate=seen_rate,
        )
    return await answer_entered(request, entered)


async def _free_ms(v: Visit, card: RoomCard) -> int | None:
    """What the viewer has left of the free time with this cast; None for a visitor."""
    if v.user_id is None:
        return None
    return await free_time.free_ms(v.tx, v.settings, v.user_id, card.cast_id)


async def _as_on_turn(v: Visit, card: RoomCard) -> RoomCard:
    """A room that is kept for those who wait is open to the one whose turn it is."""
    place = await waiting.place_of(v.tx, v.settings, card.id, v.member().id)
    if card.state == "busy" and place is not None and place.seconds is not None:
        return replace(card, state="open")
    return card


async def _standing(v: Visit, card: RoomCard) -> dict[str, Any]:
    """What the viewer has to do with the room: a favourite, and a place in its waiting list."""
    if v.user_id is None:
        return {"favourite": None, "place": None, "waiting_count": 0}
    return {
        "favourite": await favourites.find(v.tx, v.user_id, card.cast_id),
        "place": await waiting.place_of(v.tx, v.settings, card.id, v.user_id),
        "waiting_count": await waiting.length(v.tx, card.id),
    }


async def _own_reservation(v: Visit, card: RoomCard) -> int | None:
    """The viewer's own reservation in this room, while it is due: the page leads into it."""
    found = await kept_times.reservation_now(v.tx, v.settings, card.cast_id)
    if found and found.room_id == card.id and found.caller_id == v.user_id:
        return found.id
    return None


def _told(request: Request, refusal: UserError) -> dict[str, Any]:
    text = translate(reader_locale(request), refusal.text, **refusal.params)
    return {"code": refusal.code, "text": text, "help": help_for(request, refusal)}


def _stage(v: Visit, card: RoomCard) -> dict[str, Any]:
    return {
        "talk_id": None,
        "side": "caller",
        "rate": card.rate,
        "room_title": card.title,
        "other_name": card.cast_name,
        "other_portrait": card.portrait,
        "allows_video": card.allows_video,
        "my_portrait": v.user.portrait if v.user else None,
        "servers": servers_in_advance(v.settings),
    }
