"""A recorded talk whose sealed files are there, on a site that can read them."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import SecretStr

from foundation.database import Database
from foundation.settings import Settings
from media.recording.files import RecordingFiles
from media.recording.parts import SIDES, PartInfo
from people.accounts import accounts
from people.accounts.accounts import User
from rooms.recording import writing
from rooms.recording.writing import RecordedPart
from rooms.talk.past import history
from tests.media.recording.performances import Performance
from tests.media.recording.studio import KEY, MEGABYTE, describe
from tests.rooms.recording.scene import ALLOWED, Taped

READABLE: dict[str, Any] = ALLOWED | {"recording_key": SecretStr(KEY)}


@dataclass
class Recorded:
    """The talk, its two people, and its recording."""

    world: Taped
    recording: int
    caller: User
    cast: User
    files: RecordingFiles

    def plain(self, side: str) -> bytes:
        """The bytes of a side's file, as a player is to get them."""
        with self.files.open(f"{self.recording}-{side}-0.webm") as reader:
            return reader.read(0, reader.size)


async def recorded(database: Database, settings: Settings) -> Recorded:
    """A talk that was recorded for four seconds, and has ended."""
    world = await Taped.begun(database, settings)
    await world.beat()
    recording = await world.write()
    files = RecordingFiles(settings.recording_folder, KEY, 100 * MEGABYTE)
    for info in await record(files, recording):
        await world.do(writing.keep, part_of(info))
    await world.stop(world.caller)
    await world.do(history.leave, settings, world.talk, world.caller)
    async with database.transaction() as tx:
        caller = await accounts.find_user(tx, world.caller)
        cast = await accounts.find_user(tx, world.cast)
    assert caller
    assert cast
    return Recorded(world, recording, caller, cast, files)


async def record(files: RecordingFiles, recording: int) -> list[PartInfo]:
    """Write both sides' files, beginning now; the cast's begins half a second later."""
    told: list[PartInfo] = []
    recorder = files.begin(recording, lambda _: None, told.append, lambda why: None)
    begins = datetime.now(UTC).timestamp()
    for late, side in enumerate(SIDES):
        describe(recorder, "vp8", side=side)
        for one in Performance(begins=begins + late / 2).sent():
            if one.packet is not None:
                recorder.packet(side, one.kind, one.packet, one.at)
            if one.report is not None:
                recorder.sender_report(side, one.kind, *one.report, at=one.at)
    async with asyncio.timeout(60):
        await recorder.stop()
        while len(told) < 2:
            await asyncio.sleep(0.05)
    return told


def part_of(info: PartInfo) -> RecordedPart:
    """What is kept of a file."""
    return RecordedPart(
        info.recording_id, info.side, info.part, info.name, info.media_type,
        datetime.fromtimestamp(info.begun_at, UTC), round(info.seconds * 1000), info.size,
        info.whole,
    )  # fmt: skip
