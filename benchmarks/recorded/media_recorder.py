"""aiortc's MediaRelay with a MediaRecorder beside it; lines as of `benchmarks.recorded.ours`."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import uvloop
from aiortc.contrib.media import MediaRecorder

from benchmarks.relays import media_relay

RECORDERS: list[MediaRecorder] = []


async def answer(folder: Path, asked: dict[str, Any]) -> dict[str, Any]:
    """Answer one line."""
    if "record" in asked:
        await _record(folder, asked["record"])
        return {}
    if "stop" in asked:
        for recorder in RECORDERS:
            await recorder.stop()
        files = list(folder.glob("*.mp4"))
        return {"seconds": 0, "bytes": sum(file.stat().st_size for file in files), "dropped": 0}
    return await media_relay.answer(asked)


async def _record(folder: Path, talk_id: int) -> None:
    for (talk, side), leg in media_relay.LEGS.items():
        if talk == talk_id:
            recorder = MediaRecorder(str(folder / f"{talk}-{side}.mp4"))
            for line in leg.getTransceivers():
                recorder.addTrack(media_relay.RELAY.subscribe(line.receiver.track))
            await recorder.start()
            RECORDERS.append(recorder)


async def serve() -> None:
    """Answer until the input ends."""
    stream = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), sys.stdin
    )
    while line := await stream.readline():
        print(json.dumps(await answer(Path(sys.argv[1]), json.loads(line))), flush=True)


if __name__ == "__main__":
    uvloop.run(serve())
