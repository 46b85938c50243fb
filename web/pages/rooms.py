"""One room: its page, the way in, and entering it."""

from typing import Any

from aiohttp.web import Request, Response, json_response

from foundation.database import clock
from foundation.errors import UserError
from foundation.language import translate
from points import ledger
from points.rules import SITE_ZONE
from rooms import directory, entry
from rooms.directory import RoomCard
from signaling.push import PUSH
from web.errors import wants_json
from web.forms import flag, needed, optional_integer
from web.keys import FORM, SETTINGS
from web.pages.foreseen import foreseen_refusal
from web.paths import id_in_path, redirect
from web.visit import Visit, allow_stripe, deed, reader_locale, visit


async def room(request: Request) -> Response:
    """Show a room."""
    room_id = id_in_path(request, "room_id")
    async with visit(request) as v:
        detail = await directory.room_detail(v.tx, v.settings, room_id, v.user_id)
        today = (await clock(v.tx)).astimezone(SITE_ZONE).weekday()
        own = v.user_id == detail.card.cast_id
        return v.page("room.html", room=detail, own=own, today=today)


async def enter(request: Request) -> Response:
    """Show what entering costs, and let the caller check camera and microphone."""
    room_id = id_in_path(request, "room_id")
    async with visit(request) as v:
        user = v.member()
        detail = await directory.room_detail(v.tx, v.settings, room_id, user.id)
        points = await ledger.points_of(v.tx, user.id)
        allow_stripe(request)
        refusal = foreseen_refusal(user, v.live_talk, points.spendable, detail.card)
        return v.page(
            "enter.html",
            room=detail,
            points=points,
            refusal=_told(request, refusal) if refusal else None,
            stage=_stage(v, detail.card),
        )


async def begin(request: Request) -> Response:
    """Enter the room: the talk begins, and the cast is told once it is committed."""
    form, room_id = request[FORM], id_in_path(request, "room_id")
    cap = optional_integer(form.get("spend_cap", ""), 1, entry.LONGEST_CAP_MINUTES)
    with_video = flag(needed(form, "video"))
    async with deed(request) as (tx, user):
        entered = await entry.enter(
            tx,
            request.app[SETTINGS],
            room_id,
            user.id,
            cap,
            with_video=with_video,
        )
    await request.app[PUSH].entered(entered)
    if wants_json(request):
        return json_response({"talk_id": entered.talk_id})
    return redirect(f"/talks/{entered.talk_id}")


def _told(request: Request, refusal: UserError) -> dict[str, str]:
    text = translate(reader_locale(request), refusal.text, **refusal.params)
    return {"code": refusal.code, "text": text}


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
    }
