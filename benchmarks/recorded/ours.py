"""Our relay that records: lines as of `benchmarks.relays.ours`, and two more.

`{"record": talk_id}` begins a recording, `{"stop": talk_id}` ends it and tells how many seconds and
bytes came of it.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.relays import ours
from media.recording.files import RecordingFiles
from media.recording.parts import PartInfo
from media.recording.recorder import TalkRecorder
from media.relay.relay import Relay
from media.relay.terms import RelaySettings

QUOTA = 2**32


class RecordingRelay:
    """A relay, and the recordings of its talks."""

    def __init__(self, folder: Path) -> None:
        self._relay = Relay(RelaySettings())
        self._files = RecordingFiles(folder, "k" * 32, QUOTA)
        self._parts: list[PartInfo] = []
        self._recorders: dict[int, TalkRecorder] = {}

    async def answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Answer one line."""
        if "record" in asked:
            self._record(asked["record"])
            return {}
        if "stop" in asked:
            return await self._stop(asked["stop"])
        return await ours.answer(self._relay, asked)

    def _record(self, talk_id: int) -> None:
        recorder = self._recorders[talk_id] = self._files.begin(
            talk_id + 1,
            lambda side: self._relay.ask_key_frame(talk_id, side),
            self._parts.append,
            lambda code: print(f"the recording failed: {code}", file=sys.stderr),
        )
        self._relay.tap(talk_id, recorder)

    async def _stop(self, talk_id: int) -> dict[str, Any]:
        self._relay.tap(talk_id, None)
        recorder = self._recorders.pop(talk_id)
        await recorder.stop()
        parts = [part for part in self._parts if part.recording_id == talk_id + 1]
        return {
            "seconds": sum(part.seconds for part in parts),
            "bytes": sum(part.size for part in parts),
            "dropped": recorder.dropped,
        }


async def serve() -> None:
    """Answer until the input ends."""
    stream = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(stream), sys.stdin
    )
    server = RecordingRelay(Path(sys.argv[1]))
    while line := await stream.readline():
        print(json.dumps(await server.answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    uvloop.run(serve())
