"""The addresses of recordings, for the two of a talk and for staff beside a claim or a report."""

from aiohttp import web

from web.http.paths import number
from web.pages.rooms import recordings
from web.pages.staff import recordings as looked_at

RECORDING = f"/recordings/{number('recording_id')}"
BESIDE = f"/staff/{{matter:claims|reports}}/{number('matter_id')}{RECORDING}"
FILE = "/{side:caller|cast}/{part:0|[1-9][0-9]?[0-9]?}"


def recording_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which recordings are watched."""
    return [
        web.get("/recordings", recordings.show_recordings),
        web.get(RECORDING, recordings.show_recording),
        web.post(f"{RECORDING}/delete", recordings.wish_deletion),
        web.get(f"{RECORDING}{FILE}", recordings.file),
        web.get(BESIDE, looked_at.show_recording),
        web.get(f"{BESIDE}{FILE}", looked_at.file),
    ]
