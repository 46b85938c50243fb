"""One room: its page, the way in, and entering it."""

from dataclasses import replace
from typing import Any

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import translate
from media.ice import servers_in_advance
from people.meeting import favourites, profiles
from points import ledger
from rooms.applying import views
from rooms.applying.views import ApplicationView
from rooms.booking import slots, timetable
from rooms.finding import history
from rooms.ground import kept_times
from rooms.lobby import directory, pauses, promises, short_addresses, waiting
from rooms.lobby.directory import RoomCard, RoomDetail
from rooms.offering import offers
from rooms.ratings import rating_list
from rooms.talk import entry, free_time
from web.http.forms import flag, needed, optional_integer
from web.http.headers import allow_stripe
from web.http.help import help_for
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.public_pages.addresses import PublicPage, public
from web.http.shared import shared
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)
from web.pages.finding import schema
from web.pages.points import paying
from web.pages.points.paying import pays_of
from web.pages.questions.asking import way_of
from web.pages.rooms.entered import answer_entered
from web.pages.rooms.foreseen import foreseen_refusal
from web.pages.rooms.sharing import link_preview


@shared("lang")
async def room(request: Request) -> Response:
    """Show a room."""
    room_id = id_in_path(request, "room_id")
    async with visit(request) as v:
        detail = await directory.room_detail(v.tx, v.settings, room_id, v.user_id)
        days = await slots.days(v.tx, v.settings, room_id, v.user_id, v.zone.key)
        profile = await profiles.shown(v.tx, detail.card.cast_id)
        if v.user_id and detail.card.published:
            await history.note(v.tx, v.user_id, room_id, detail.card.cast_id)
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
            offer=await offers.of_room(v.tx, room_id),
            share=link_preview(request, detail, await short_addresses.code_of(v.tx, room_id)),
            public=_public(request, detail),
            preview=False,
            rating_summary=await rating_list.summary(v.tx, detail.card.cast_id),
            free_ms=await _free_ms(v, detail.card),
            takes_applications=await views.takes_applications(v.tx, room_id),
            application=await _own_application(v, detail.card),
            **await _standing(v, detail.card),
            **await way_of(v, room_id),
        )


async def enter(request: Request) -> Response:
    """Show what entering costs, and let the caller check camera and microphone."""
    room_id = id_in_path(request, "room_id")
    async with visit(request) as v:
        user = v.member()
        detail = await directory.room_detail(v.tx, v.settings, room_id, user.id)
        if detail.card.medium == "telephone":
            return redirect(f"/rooms/{room_id}/call")
        points = await ledger.points_of(v.tx, user.id)
        allow_stripe(request)
        card = await _as_on_turn(v, detail.card)
        ways = await paying.choice(v, card.entry_points, takes_tab=card.takes_tab)
        refusal = foreseen_refusal(user, v.live_talk, ways, card)
        return v.page(
            "enter.html",
            room=detail,
            free_ms=await free_time.free_ms(v.tx, v.settings, user.id, detail.card.cast_id),
            points=points,
            ways=ways,
            application=await _own_application(v, detail.card),
            refusal=_told(request, refusal) if refusal else None,
            stage=_stage(v, detail.card),
        )


async def begin(request: Request) -> Response:
    """Enter the room: the talk begins, and the cast is told once it is committed."""
    form, room_id = request[FORM], id_in_path(request, "room_id")
    cap = optional_integer(form.get("spend_cap", ""), 1, entry.LONGEST_CAP_MINUTES)
    with_video = flag(needed(form, "video"))
    seen_rate, pays = optional_integer(form.get("rate", ""), 1), pays_of(form)
    async with member_transaction(request) as (tx, user):
        entered = await entry.enter(
            tx,
            request.app[SETTINGS],
            room_id,
            user.id,
            cap,
            with_video=with_video,
            seen_rate=seen_rate,
            pays=pays,
        )
    return await answer_entered(request, entered)


def _public(request: Request, detail: RoomDetail) -> PublicPage | None:
    """How search engines find the room; the words that describe it are its share's."""
    if not detail.card.published:
        return None
    return public(request, f"/rooms/{detail.card.id}", data=schema.room(request, detail))


async def _free_ms(v: Visit, card: RoomCard) -> int | None:
    """What the viewer has left of the free time with this cast; None for a visitor."""
    if v.user_id is None:
        return None
    return await free_time.free_ms(v.tx, v.settings, v.user_id, card.cast_id)


async def _own_application(v: Visit, card: RoomCard) -> ApplicationView | None:
    """The viewer's own application in this room, while it isn't over."""
    found = await views.live_of_caller(v.tx, v.user_id) if v.user_id is not None else None
    return found if found is not None and found.room_id == card.id else None


async def _as_on_turn(v: Visit, card: RoomCard) -> RoomCard:
    """A room that is kept is open to the one for whom it is: whose turn it is, or who is rung."""
    if card.state != "busy":
        return card
    place = await waiting.place_of(v.tx, v.settings, card.id, v.member().id)
    on_turn = place is not None and place.seconds is not None
    rung = await promises.rung_for(v.tx, card.id) == v.member().id
    return replace(card, state="open") if on_turn or rung else card


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
