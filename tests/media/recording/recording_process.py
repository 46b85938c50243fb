"""A process that records performances in real time until it is killed.

Called with a folder, a recording's number and a codec.
"""

import asyncio
import sys
import time
from pathlib import Path

from media.recording.files import RecordingFiles
from tests.media.recording.performances import Performance
from tests.media.recording.studio import KEY, MEGABYTE, describe


async def record(folder: Path, recording_id: int, codec: str) -> None:
    files = RecordingFiles(folder, KEY, 100 * MEGABYTE)
    recorder = files.begin(recording_id, lambda _: None, lambda _: None, print)
    describe(recorder, codec)
    performance = Performance(codec=codec, seconds=20)
    sent = performance.sent()
    # The first seconds have come already: a test need not wait for them.
    begun = time.time() - 4
    for one in sent:
        one.at += begun - performance.begins
        await asyncio.sleep(max(0.0, one.at - time.time()))
        if one.packet is not None:
            recorder.packet("cast", one.kind, one.packet, one.at)
        if one.report is not None:
            recorder.sender_report("cast", one.kind, *one.report, at=one.at)
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(record(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
