"""Sending a piece of a sealed file: what a player asks for, and no more than it needs at once."""

import asyncio
from contextlib import closing
from functools import partial

import structlog
from aiohttp.web import Request, Response, StreamResponse

from foundation.errors import UserError
from foundation.language import N_
from foundation.threads import Threads
from media.recording.sealing.chunks import SealBrokenError
from media.recording.sealing.keys import UnknownKeyError
from media.recording.sealing.reader import SealedReader
from rooms.recording import library
from rooms.recording.writing import RecordedPart
from web.http.keys import RECORDINGS, SETTINGS, WATCHING

log = structlog.get_logger(__name__)

# A player that asks for all that follows gets so much, and asks on.
MOST_AT_ONCE = 4 * 1024 * 1024
CHUNK = 256 * 1024
PER_MEMBER = 6
WAIT_SECONDS = 10
READ_AT_ONCE, MOST_READING = 2, 64

_threads = Threads("recordings", READ_AT_ONCE, MOST_READING)


async def send_part(request: Request, member_id: int, part: RecordedPart) -> StreamResponse:
    """Send what is asked for of a recording's file, to whom may see it.

    Raises UserError `recording_unknown` (404) where it is gone, `recording_unreadable` (503) where
    it is not as it was written, and CrowdedError.
    """
    files = request.app[RECORDINGS]
    if files is None:
        raise library.recording_unknown()
    async with request.app[WATCHING].place({str(member_id): PER_MEMBER}, WAIT_SECONDS):
        try:
            reader = await _threads.run(partial(files.open, part.name))
        except FileNotFoundError:
            raise library.recording_unknown() from None
        except (SealBrokenError, UnknownKeyError) as error:
            raise _unreadable(part, error) from error
        with closing(reader):
            return await _send(request, reader, part)


async def _send(request: Request, reader: SealedReader, part: RecordedPart) -> StreamResponse:
    asked = _range(request, reader.size)
    first, end = asked or (0, reader.size)
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-store",
        "Content-Disposition": f'inline; filename="{part.name}"',
    }
    if asked is not None and first >= end:
        return Response(status=416, headers={**headers, "Content-Range": f"bytes */{reader.size}"})
    if asked is not None:
        headers["Content-Range"] = f"bytes {first}-{end - 1}/{reader.size}"
    response = StreamResponse(status=200 if asked is None else 206, headers=headers)
    response.content_type = part.media_type
    response.content_length = end - first
    # The first bytes are read before anything is promised.
    piece = await _read(reader, part, first, end)
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    try:
        async with asyncio.timeout(request.app[SETTINGS].download_seconds):
            while piece:
                await response.write(piece)
                first += len(piece)
                piece = await _read(reader, part, first, end)
            await response.write_eof()
    except (TimeoutError, UserError):
        # Too slow, or broken in the middle: what follows is not sent as if it were.
        if request.transport is not None:
            request.transport.abort()
    return response


async def _read(reader: SealedReader, part: RecordedPart, first: int, end: int) -> bytes:
    try:
        return await _threads.run(partial(reader.read, first, min(CHUNK, end - first)))
    except SealBrokenError as error:
        raise _unreadable(part, error) from error


def _range(request: Request, size: int) -> tuple[int, int] | None:
    """Return which bytes are asked for, from the first up to before the last; None for all."""
    try:
        asked = request.http_range
    except ValueError:
        # What is no range of one piece is answered as if nothing had been asked.
        return None
    if asked.start is None and asked.stop is None:
        return None
    first, end, _ = asked.indices(size)
    return first, min(end, first + MOST_AT_ONCE)


def _unreadable(part: RecordedPart, error: Exception) -> UserError:
    log.error("recording.unreadable", file=part.name, error=repr(error)[:200])
    return UserError(
        "recording_unreadable",
        N_("この録画は、いま再生できません。運営へお問い合わせください。"),
        status=503,
    )
