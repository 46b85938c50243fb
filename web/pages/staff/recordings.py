"""Staff watch a recording beside an open claim or report; each look is written down by its verb."""

from typing import get_args

from aiohttp.web import HTTPNotFound, Request, Response, StreamResponse

from people.desk.roles import Permission
from rooms.recording import library, looking
from rooms.recording.looking import Matter
from rooms.talk.proof import evidence
from web.http.paths import id_in_path
from web.pages.rooms.recordings import reel_of
from web.pages.rooms.sealed_files import send_part
from web.pages.staff.access import staff_page, staff_transaction, staff_visit

MAY: dict[Matter, Permission] = {"claim": "claims", "report": "reports"}


async def show_recording(request: Request) -> Response:
    """Show a recording beside its matter; opening it is an act of its own."""
    matter, matter_id = _matter(request)
    recording_id = id_in_path(request, "recording_id")
    async with staff_visit(request, MAY[matter]) as (v, user):
        found = await looking.look(v.tx, matter, matter_id, recording_id, user.id, opens=True)
        record = await evidence.of_talk(v.tx, v.settings, found.talk_id)
        parts = await library.parts(v.tx, recording_id)
        address = request.path
        return await staff_page(
            v,
            "staff_recording.html",
            recording=found,
            matter=matter,
            matter_id=matter_id,
            reel=reel_of(parts, record.lines, address),
        )


async def file(request: Request) -> StreamResponse:
    """Send a piece of the recording's file."""
    matter, matter_id = _matter(request)
    recording_id, number = id_in_path(request, "recording_id"), int(request.match_info["part"])
    async with staff_transaction(request, MAY[matter]) as (tx, user):
        await looking.look(tx, matter, matter_id, recording_id, user.id, opens=False)
        part = await library.part(tx, recording_id, request.match_info["side"], number)
    return await send_part(request, user.id, part)


def _matter(request: Request) -> tuple[Matter, int]:
    named = request.match_info["matter"].removesuffix("s")
    for matter in get_args(Matter):
        if matter == named:
            return matter, id_in_path(request, "matter_id")
    raise HTTPNotFound
