"""Photos are drawn anew in a process of their own, one after the other, which ends in any case.

A file that a stranger made may keep a decoder busy for hours, take all memory, or break it. Here
that costs its sender one photo: the process is killed when its time is over, and has few rights to
memory and time from the beginning.
"""

import asyncio
import json
import os
import resource
import struct
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from foundation.errors import UserError
from foundation.places import Places
from foundation.threads import CrowdedError
from people.meeting import photo_refusals, pictures
from people.meeting.pictures import Pictures

log = structlog.get_logger(__name__)

ROOT = Path(__file__).parents[2]
# Forty megapixels of WebP take up 600 MB for three seconds, others a third of that. So photos are
# drawn one after the other; more wait, but not for ever.
AT_ONCE = 1
MOST_WAITING = 8
MOST_MEMORY = 2 * 2**30
# Should nobody be left to kill it.
MOST_CPU_SECONDS = 120
# Three pictures of our own; a tenth of it is much.
MOST_ANSWER = 32 * 2**20
# Who serves pages goes first.
NICENESS = 10
SIZES = struct.Struct(">5I")
# Says to the process that it is to draw a mark.
CLEAR = "clear"

_places = Places(AT_ONCE, MOST_WAITING)


async def make(data: bytes, seconds: float, *, clear: bool = False) -> Pictures:
    """Draw a photo anew, in `seconds` at most, its wait included; `clear` as for `redraw`.

    Raises UserError as `pictures.redraw` does, and `photos_crowded` (503) where it takes too long.
    """
    try:
        place = _places.place(seconds=seconds)
        async with asyncio.timeout(seconds), place, _painter(clear) as painter:
            return _made(await _answer(painter, data))
    except CrowdedError:
        raise photo_refusals.crowded() from None
    except TimeoutError:
        log.warning("photos.too_slow", bytes=len(data))
        raise photo_refusals.crowded() from None


@asynccontextmanager
async def _painter(clear: bool) -> AsyncIterator[Process]:
    """Start a process that draws, and be sure of its end."""
    wanted = [CLEAR] if clear else []
    program = (sys.executable, "-m", __name__, *wanted)
    painter = await asyncio.create_subprocess_exec(
        *program, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=DEVNULL
    )
    try:
        yield painter
    finally:
        if painter.returncode is None:
            painter.kill()
        await painter.wait()


async def _answer(painter: Process, data: bytes) -> bytes:
    """Return what a painter says of a photo; of one that breaks down, what it has said by then."""
    assert painter.stdin
    assert painter.stdout
    try:
        painter.stdin.write(data)
        await painter.stdin.drain()
        painter.stdin.close()
        await painter.stdout.readexactly(MOST_ANSWER)
    except asyncio.IncompleteReadError as whole:
        return whole.partial
    except ConnectionError:
        return b""
    return b""


def _made(said: bytes) -> Pictures:
    """Read what a painter says: three pictures, or a refusal."""
    if said.startswith(b"{"):
        refusal = json.loads(said)
        raise UserError(
            refusal["code"], refusal["text"], status=refusal["status"], **refusal["params"]
        )
    if len(said) < SIZES.size:
        # Killed by what it was to decode: no photo that a camera made does that.
        log.warning("photos.painter_broke")
        raise photo_refusals.unreadable()
    width, height, *sizes = SIZES.unpack_from(said)
    parts, at = [], SIZES.size
    for size in sizes:
        parts.append(said[at : at + size])
        at += size
    if at != len(said):
        raise photo_refusals.unreadable()
    return Pictures(width, height, *parts)


def paint(data: bytes, *, clear: bool = False) -> bytes:
    """Draw a photo anew; return what `_made` reads."""
    try:
        made = pictures.redraw(data, clear=clear)
    except UserError as refusal:
        said = {"code": refusal.code, "text": refusal.text, "status": refusal.status}
        return json.dumps(said | {"params": refusal.params}).encode()
    parts = (made.whole, made.portrait, made.card)
    return b"".join((SIZES.pack(made.width, made.height, *map(len, parts)), *parts))


def _main() -> None:
    """Draw the photo that comes in by standard input; nothing else may write where it goes out."""
    out = os.dup(1)
    os.dup2(2, 1)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_CPU_SECONDS, MOST_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    with os.fdopen(out, "wb") as answer:
        answer.write(paint(sys.stdin.buffer.read(), clear=CLEAR in sys.argv))


if __name__ == "__main__":
    _main()
