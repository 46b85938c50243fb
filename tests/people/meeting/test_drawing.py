"""A photo that keeps a decoder busy, or breaks it, costs its sender one photo and nobody else."""

import asyncio
import io
import os
import sys
from asyncio.subprocess import Process
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from foundation.errors import UserError
from foundation.places import Places
from people.meeting import drawing, pictures
from tests.web.casts.test_photos import file, picture

PATIENT = 60.0


def endless_photo(megabytes: int = 6) -> bytes:
    """A progressive JPEG that says its last refinement again and again: small, and hours of work.

    What is repeated are whole scans over all its blocks, of next to no bytes each.
    """
    made = io.BytesIO()
    Image.new("L", (6000, 6000), 90).save(made, "JPEG", progressive=True)
    data = made.getvalue()
    last, end = data.rindex(b"\xff\xda"), data.rindex(b"\xff\xd9")
    scan = data[last:end]
    return data[:end] + scan * (megabytes * 2**20 // len(scan)) + data[end:]


@pytest.fixture
def painters(monkeypatch: pytest.MonkeyPatch) -> list[Process]:
    """The processes that were started to draw."""
    found, start = list[Process](), asyncio.create_subprocess_exec

    async def noted(*command: Any, **given: Any) -> Process:
        found.append(await start(*command, **given))
        return found[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", noted)
    return found


async def refusal_of(data: bytes, seconds: float = PATIENT) -> UserError:
    with pytest.raises(UserError) as refused:
        await drawing.make(data, seconds)
    return refused.value


async def test_what_takes_for_ever_is_stopped_and_the_next_photo_is_drawn(
    painters: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawing, "_places", Places(1, waiting=0))
    refused = await refusal_of(endless_photo(), 3)
    assert (refused.code, refused.status) == ("photos_crowded", 503)
    assert painters[0].returncode == -9
    assert (await drawing.make(file(picture()), PATIENT)).width == 640


async def test_what_nobody_waits_for_any_more_is_stopped(painters: list[Process]) -> None:
    task = asyncio.create_task(drawing.make(endless_photo(), PATIENT))
    async with asyncio.timeout(PATIENT):
        while not painters:
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert painters[0].returncode == -9


async def test_what_is_drawn_comes_whole_and_refusals_as_they_are() -> None:
    data = file(picture((900, 600)))
    assert await drawing.make(data, PATIENT) == pictures.redraw(data)
    for refused, code in (
        (b"nothing", "photo_unreadable"),
        (file(picture((199, 800))), "photo_too_small"),
    ):
        with pytest.raises(UserError) as here:
            pictures.redraw(refused)
        there = await refusal_of(refused)
        assert there.code == code
        assert (there.text, there.status, there.params) == (
            here.value.text, here.value.status, here.value.params,
        )  # fmt: skip


@pytest.mark.parametrize(
    "program", ["import sys; sys.stdin.buffer.read()", "import os; os.kill(os.getpid(), 11)",
                "print('x' * 7)", "print('x' * 100)"],
)  # fmt: skip
async def test_a_painter_that_breaks_down_leaves_an_unreadable_photo(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = asyncio.create_subprocess_exec

    async def broken(*_: Any, **given: Any) -> Process:
        return await start(sys.executable, "-c", program, **given)

    monkeypatch.setattr(asyncio, "create_subprocess_exec", broken)
    assert (await refusal_of(file(picture()))).code == "photo_unreadable"


async def test_a_painter_has_few_rights_and_goes_behind_pages(painters: list[Process]) -> None:
    task = asyncio.create_task(drawing.make(endless_photo(), PATIENT))
    try:
        async with asyncio.timeout(PATIENT):
            while not painters or os.getpriority(os.PRIO_PROCESS, painters[0].pid) == 0:
                await asyncio.sleep(0.01)
            # The limits come after the niceness.
            while _limit(painters[0].pid, "Max address space") != drawing.MOST_MEMORY:
                await asyncio.sleep(0.01)
            while _limit(painters[0].pid, "Max cpu time") != drawing.MOST_CPU_SECONDS:
                await asyncio.sleep(0.01)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _limit(pid: int, name: str) -> int | None:
    lines = Path(f"/proc/{pid}/limits").read_text("ascii").splitlines()
    found = next(line for line in lines if line.startswith(name))
    soft = found[len(name) :].split()[0]
    return int(soft) if soft.isdigit() else None
