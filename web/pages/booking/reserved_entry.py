"""The way into a reserved talk: the check of the devices, then waiting calmly until it begins."""

from typing import Any

from aiohttp.web import HTTPNotFound, Request, Response, json_response

from foundation.database import clock
from media.ice import servers_in_advance
from rooms.booking import reserved_talks, views
from rooms.booking.reserved_talks import Awaited
from rooms.booking.views import Reservation
from rooms.lobby import directory
from rooms.lobby.directory import RoomCard
from web.http.errors import wants_json
from web.http.forms import flag, needed
from web.http.headers import allow_stripe
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import (
    Visit,
    member_transaction,
    visit,
)
from web.pages.rooms.entered import answer_entered


async def show_entry(request: Request) -> Response:
    """Let the caller check camera and microphone, and say when the room opens."""
    reservation_id = id_in_path(request, "reservation_id")
    async with visit(request) as v:
        user = v.member()
        found = await views.reservation(v.tx, v.settings, reservation_id, user.id)
        if found.side != "caller":
            raise HTTPNotFound
        if found.talk_id and found.medium == "browser":
            return redirect(f"/talks/{found.talk_id}")
        if found.state not in ("booked", "running") or found.medium == "telephone":
            return redirect(f"/reservations/{reservation_id}")
        # As its cast sees it: a room that has been taken off the list since still keeps its word.
        detail = await directory.room_detail(v.tx, v.settings, found.room_id, found.cast_id)
        now = await clock(v.tx)
        wait = (found.opens_at - now).total_seconds()
        allow_stripe(request)
        return v.page(
            "reserved_enter.html",
            reservation=found,
            card=detail.card,
            before=now < found.starts_at,
            wait_seconds=max(0, int(wait) + 1 if wait > 0 else 0),
            stage=_stage(v, found, detail.card),
            due=None,
        )


async def begin(request: Request) -> Response:
    """Enter the reserved talk; while the cast isn't there, the arrival is noted and one waits."""
    form, reservation_id = request[FORM], id_in_path(request, "reservation_id")
    with_video = flag(needed(form, "video"))
    async with member_transaction(request) as (tx, user):
        entered = await reserved_talks.enter(
            tx,
            request.app[SETTINGS],
            reservation_id,
            user.id,
            with_video=with_video,
            early=form.get("early") == "1",
        )
    if isinstance(entered, Awaited):
        if wants_json(request):
            return json_response({"awaited": entered.reason})
        return redirect(f"/reservations/{reservation_id}/enter")
    return await answer_entered(request, entered)


async def agree_early(request: Request) -> Response:
    """Let the cast say that the talk may begin before its time; it does once the caller agrees."""
    reservation_id = id_in_path(request, "reservation_id")
    async with member_transaction(request) as (tx, user):
        await reserved_talks.agree_early(tx, request.app[SETTINGS], reservation_id, user.id)
    return redirect(f"/reservations/{reservation_id}?done=early")


def _stage(v: Visit, found: Reservation, card: RoomCard) -> dict[str, Any]:
    return {
        "talk_id": None,
        "side": "caller",
        "rate": found.rate,
        "room_title": found.room_title,
        "other_name": found.other_name,
        "other_portrait": card.portrait,
        "allows_video": card.allows_video,
        "my_portrait": v.member().portrait,
        "servers": servers_in_advance(v.settings),
    }
