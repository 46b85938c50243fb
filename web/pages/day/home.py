"""The home of a cast: their day's figures, the stand-by, and the pause after a talk."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.numbers import integer
from rooms.applying import views
from rooms.applying.views import ApplicationView
from rooms.calling import standing as calling
from rooms.day import home
from rooms.lobby import directory, pauses, presence, turns
from rooms.lobby.directory import RoomCard
from rooms.ratings import standing
from signaling.push import PUSH
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import redirect
from web.http.session import cast_only
from web.http.visit import Visit, member_transaction, visit

PAUSES = (0, 30, 60, 120, 180, 300, 600)


async def console(request: Request) -> Response:
    """Show the cast's day, their rooms, and the stand-by or the pause if there is one."""
    async with visit(request) as v:
        user = v.cast()
        own = await directory.rooms_of(v.tx, v.settings, user.id)
        stage = {
            "talk_id": None,
            "side": "cast",
            "rate": 0,
            "room_title": "",
            "other_name": "",
            "other_portrait": None,
            "allows_video": True,
            "my_portrait": user.portrait,
        }
        length = await pauses.length(v.tx, v.settings, user.id)
        taken = await views.promised_of(v.tx, user.id)
        standby = await presence.standby_of(v.tx, user.id)
        rests = await calling.resumes(v.tx, user.id)
        return v.page(
            "console.html",
            home=await home.home(v.tx, v.settings, user.id),
            **await _who_applies(v, user.id),
            rooms=[room for room in own if room.published and _is_stood_by_in(room, taken)],
            standby=standby if standby and standby.until is None else None,
            by_telephone=standby and standby.until,
            telephone_rooms=await calling.rooms_of(v.tx, user.id) if v.settings.telephone else [],
            pause=None if rests else await pauses.of(v.tx, user.id),
            rests_by_telephone=rests,
            pause_length=length,
            pause_choices=sorted({*PAUSES, length}),
            stage=stage,
            wanted=request.query.get("room", ""),
            accepted=taken,
        )


def _is_stood_by_in(room: RoomCard, taken: ApplicationView | None) -> bool:
    """Say whether the cast can wait in a room: also where they call somebody in who applied."""
    return room.by_standby or (taken is not None and taken.room_id == room.id)


async def figures(request: Request) -> Response:
    """Show the figures of the home alone, which its page puts in the place of older ones."""
    async with visit(request) as v:
        user = v.cast()
        found = await home.home(v.tx, v.settings, user.id)
        return v.page("console_figures.html", home=found, **await _who_applies(v, user.id))


async def _who_applies(v: Visit, cast_id: int) -> dict[str, Any]:
    """Who waits for the cast's answer, and how their talks were."""
    found = await views.live_of_cast(v.tx, cast_id)
    callers = [one.caller_id for one in found]
    return {"applications": found, "standings": await standing.of_callers(v.tx, callers)}


async def choose_pause(request: Request) -> Response:
    """Remember for how long the cast rests after each talk."""
    seconds = integer(needed(request[FORM], "seconds"), 0, 86_400)
    async with member_transaction(request) as (tx, user):
        if not user.is_cast:
            raise cast_only()
        await pauses.choose_length(tx, user.id, seconds)
    return redirect("/console?saved=1#pause")


async def stop_pause(request: Request) -> Response:
    """End the cast's pause: they are offline, and whoever waits for them waits no longer."""
    async with member_transaction(request) as (tx, user):
        changed = await pauses.end(tx, user.id)
        waited = await turns.dissolve(tx, user.id) if changed else []
        await turns.tell(tx, request.app[SETTINGS], waited)
    push = request.app[PUSH]
    await push.room_states(changed)
    await push.turns(waited)
    return redirect("/console")
