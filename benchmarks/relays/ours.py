"""Our relay in a process of its own: an offer a line comes in, an answer a line goes out.

Lines are JSON: `{"talk_id", "side", "sdp"}` and `{"sdp"}`; `{"counts": [talk_id, side]}` asks for
the counts of a leg.
"""

import asyncio
import json
import sys
from dataclasses import asdict
from typing import Any

import uvloop

from media.relay.relay import Relay
from media.relay.terms import LegKey, RelaySettings


async def answer(relay: Relay, asked: dict[str, Any]) -> dict[str, Any]:
    """Answer one line."""
    if "counts" in asked:
        talk_id, side = asked["counts"]
        counts = relay.counts(LegKey(talk_id, 1, side))
        return {"counts": counts and asdict(counts), "totals": asdict(relay.totals())}
    return {"sdp": await relay.answer(LegKey(asked["talk_id"], 1, asked["side"]), asked["sdp"])}


async def serve() -> None:
    """Answer until the input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    relay = Relay(RelaySettings())
    while line := await reader.readline():
        print(json.dumps(await answer(relay, json.loads(line))), flush=True)
    await relay.close()


if __name__ == "__main__":
    (asyncio.run if "--asyncio" in sys.argv else uvloop.run)(serve())
