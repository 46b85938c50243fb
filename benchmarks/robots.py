"""The two of each talk, as their browsers behave once media flows: sockets that join and beat.

Started by `benchmarks.talks` as a process of its own, with the seconds between two beats of a side
and the addresses of the serving processes.
Each line of its input is a command: `talks N` lets there be N talks, `watch S` counts for S
seconds. Each is answered with a line of JSON.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import uvloop

from benchmarks.crowd import CONNECT, CONNECTED, PATH, PING, PONG
from benchmarks.entered_talks import CASTS, FIRST, token_of
from benchmarks.place import percentile
from tests.signaling.browser import beat, join

AT_ONCE = 12
TRIES = 5
ANSWER_SECONDS = 60


@dataclass
class Told:
    """What the robots saw while somebody watched: seconds to each ack, and refusals by code."""

    seconds: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    pushes: int = 0


class Robot:
    """One side of one talk, in one socket."""

    def __init__(self, robots: "Robots", base: str, talk: int, user: int) -> None:
        self._robots = robots
        self._base = base
        self._talk = talk
        self._user = user
        self._pair = 0
        self._number = 1
        self._asked: dict[str, float] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def sit(self) -> None:
        """Connect, and sit down in the talk; stay there, beating, until told to go."""
        headers = {"Cookie": f"session={token_of(self._user)}"}
        self._socket = await self._robots.client.ws_connect(self._base + PATH, headers=headers)
        await self._socket.receive_str()
        await self._socket.send_str(CONNECT)
        await self._until(CONNECTED)
        asked = json.dumps(["talk:join", join(self._talk, f"tab-{self._user}", fresh=False)])
        await self._socket.send_str(f"420{asked}")
        answer = json.loads((await self._until("430"))[3:])[0]
        if not answer["ok"]:
            raise ConnectionError(str(answer))
        self._pair = max(self._pair, answer["pair"])
        self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._beat())]

    async def _until(self, start: str) -> str:
        async with asyncio.timeout(ANSWER_SECONDS):
            while not (text := await self._socket.receive_str()).startswith(start):
                await self._take(text)
        return text

    async def _hear(self) -> None:
        async for message in self._socket:
            await self._take(message.data)
        self._robots.told.refused["socket closed"] += 1

    async def _take(self, text: str) -> None:
        if text == PING:
            await self._socket.send_str(PONG)
        elif text.startswith("43"):
            self._acknowledged(text)
        elif text.startswith('42["talk:peer"'):
            self._robots.told.pushes += 1
            news = json.loads(text[2:])[1]
            self._pair = max(self._pair, news["pair"])
        elif text.startswith("42"):
            self._robots.told.pushes += 1

    def _acknowledged(self, text: str) -> None:
        number, _, _ = text[2:40].partition("[")
        asked = self._asked.pop(number, None)
        if asked is None:
            return
        if '"ok":true' in text[:60]:
            self._robots.told.seconds.append(time.monotonic() - asked)
        else:
            self._robots.told.refused[json.loads(text[2 + len(number) :])[0]["code"]] += 1

    async def _beat(self) -> None:
        # Nobody's beats fall together for ever.
        await asyncio.sleep(random.uniform(0, self._robots.pause))
        while not self._socket.closed:
            due = time.monotonic() + self._robots.pause
            self._number += 1
            self._asked[str(self._number)] = time.monotonic()
            await self._socket.send_str(
                f"42{self._number}{json.dumps(['talk:beat', beat(self._talk, self._pair)])}"
            )
            await asyncio.sleep(max(0, due - time.monotonic()))

    def late(self, now: float) -> list[float]:
        """Seconds for which the beats wait that have no answer yet."""
        return [now - asked for asked in self._asked.values()]

    async def go(self) -> None:
        """Close the socket."""
        for task in self._tasks:
            task.cancel()
        await self._socket.close()


class Robots:
    """All robots of this process."""

    def __init__(self, client: aiohttp.ClientSession, pause: float, bases: list[str]) -> None:
        self.client = client
        self.pause = pause
        self.told = Told()
        self._bases = bases
        self._robots: list[Robot] = []
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def grow(self, talks: int) -> dict[str, Any]:
        """Let there be so many talks, both sides of each seated."""
        begun, before = time.monotonic(), len(self._robots) // 2
        sides = [side for n in range(before + 1, talks + 1) for side in self._two(n)]
        await asyncio.gather(*(self._enter(side) for side in sides))
        self._robots.extend(sides)
        return {"talks": talks, "seconds": time.monotonic() - begun}

    def _two(self, n: int) -> tuple[Robot, Robot]:
        """The two of a talk; with several processes half of the talks are spread over two."""
        here, there = self._bases[n % len(self._bases)], self._bases[n // 2 % len(self._bases)]
        talk = FIRST + n
        return Robot(self, here, talk, talk), Robot(self, there, talk, talk + CASTS)

    async def _enter(self, robot: Robot) -> None:
        async with self._gate:
            for left in reversed(range(TRIES)):
                try:
                    await robot.sit()
                    break
                except ConnectionError:
                    # A page would try again as well.
                    if not left:
                        raise

    async def watch(self, seconds: float) -> dict[str, Any]:
        """Count what happens in the next seconds."""
        self.told = told = Told()
        await asyncio.sleep(seconds)
        self.told = Told()
        now = time.monotonic()
        late = [wait for robot in self._robots for wait in robot.late(now) if wait > 1]
        waits = [*told.seconds, *late] or [0.0]
        return {
            "acks": len(told.seconds),
            "late": len(late),
            "pushes": told.pushes,
            "refused": dict(told.refused),
            "p50": percentile(waits, 50),
            "p99": percentile(waits, 99),
            "most": max(waits),
        }

    async def go(self) -> None:
        """Leave, all of them."""
        await asyncio.gather(*(robot.go() for robot in self._robots), return_exceptions=True)


async def run(pause: float, bases: list[str]) -> None:
    """Follow the input to its end."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as client:
        robots = Robots(client, pause, bases)
        while line := await asyncio.to_thread(sys.stdin.readline):
            verb, figure = line.split()
            answer = (
                await robots.grow(int(figure))
                if verb == "talks"
                else await robots.watch(float(figure))
            )
            print(json.dumps(answer), flush=True)
        await robots.go()


if __name__ == "__main__":
    uvloop.run(run(float(sys.argv[1]), sys.argv[2:]))
