"""The two of a talk watch its recordings, and say whether they want them deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp.web import Request, Response, StreamResponse

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from rooms.recording import deleting, library
from rooms.recording.folder import RecordingFolder
from rooms.recording.writing import RecordedPart
from rooms.talk.past import history
from rooms.talk.rules import AccountLine
from web.http.forms import flag, needed
from web.http.keys import DATABASE, FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, visit
from web.pages.rooms.sealed_files import send_part

ERASED_AT_ONCE = 20


@dataclass(frozen=True)
class Reel:
    """What a player needs: when the recording begins, its files, and the account beside them.

    `files` are plain, for JSON: moments and lengths in seconds from the beginning.
    """

    begun_at: datetime
    seconds: float
    files: list[dict[str, str | float]]
    spans: list[tuple[float, AccountLine]]


def reel_of(
    parts: Sequence[RecordedPart], lines: Sequence[AccountLine], address: str
) -> Reel | None:
    """Return what is to be played of these files, at `address`; None where there are none."""
    if not parts:
        return None
    begun_at = min(part.begun_at for part in parts)

    def since(moment: datetime) -> float:
        return round((moment - begun_at).total_seconds(), 3)

    files: list[dict[str, str | float]] = [
        {
            "side": part.side,
            "at": since(part.begun_at),
            "seconds": part.length_ms / 1000,
            "src": f"{address}/{part.side}/{part.part}",
            "picture": part.media_type.startswith("video/"),
        }
        for part in parts
    ]
    seconds = max(since(part.begun_at) + part.length_ms / 1000 for part in parts)
    spans = [
        (max(0.0, since(line.began_at)), line)
        for line in lines
        if since(line.began_at) < seconds and since(line.ended_at) > 0
    ]
    return Reel(begun_at, seconds, files, spans)


async def show_recordings(request: Request) -> Response:
    """Show the recordings of the member's talks, the latest first."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        user = v.member()
        return v.page(
            "recordings.html",
            recordings=await library.mine(v.tx, user.id, number, v.settings.page_size),
            count=await library.count(v.tx, user.id),
            done=request.query.get("done"),
        )


async def show_recording(request: Request) -> Response:
    """Show one recording, to be played."""
    recording_id = id_in_path(request, "recording_id")
    async with visit(request) as v:
        user = v.member()
        found = await library.one(v.tx, recording_id, user.id)
        account = await history.account(v.tx, found.talk_id, user.id)
        parts = await library.parts(v.tx, recording_id)
        return v.page(
            "recording.html",
            recording=found,
            account=account,
            reel=reel_of(parts, account.lines, f"/recordings/{recording_id}"),
            done=request.query.get("done"),
        )


async def file(request: Request) -> StreamResponse:
    """Send a piece of a recording's file to one of its two."""
    recording_id, number = id_in_path(request, "recording_id"), int(request.match_info["part"])
    async with member_transaction(request) as (tx, user):
        await library.one(tx, recording_id, user.id)
        part = await library.part(tx, recording_id, request.match_info["side"], number)
    return await send_part(request, user.id, part)


async def wish_deletion(request: Request) -> Response:
    """Say whether one wants a recording deleted; where both do, it is, at once."""
    recording_id, settings = id_in_path(request, "recording_id"), request.app[SETTINGS]
    on = flag(needed(request[FORM], "on"))
    async with member_transaction(request) as (tx, user):
        both = await deleting.wish(tx, recording_id, user.id, on)
    if not both:
        return redirect(f"/recordings/{recording_id}?done={'asked' if on else 'kept'}")
    async with request.app[DATABASE].transaction() as tx:
        await deleting.erase(tx, RecordingFolder(settings), ERASED_AT_ONCE)
    return redirect("/recordings?done=deleted")
