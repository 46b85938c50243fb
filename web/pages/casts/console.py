"""The cast's console: going on stand-by, and seeing who enters."""

from aiohttp.web import Request, Response

from rooms.applying import views
from rooms.lobby import directory, presence
from web.http.visit import visit


async def console(request: Request) -> Response:
    """Show the cast's rooms, and the stand-by if there is one."""
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
        return v.page(
            "console.html",
            rooms=[room for room in own if room.published and room.by_standby],
            standby=await presence.standby_of(v.tx, user.id),
            stage=stage,
            wanted=request.query.get("room", ""),
            accepted=await views.promised_of(v.tx, user.id),
        )
