"""A stage for talks: two browsers, what really flows between them, and a second at a time.

The browsers do what was measured of real ones: sound and picture flow from 1.5 s after both have
made a pair; while packets arrive, a browser reports on them every second (picture) or every five
(sound), and goes on for eight seconds after the last. What a page says is its robot's matter.
"""

import time
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from points import audit
from rooms.ground.tables import talks
from rooms.talk.proof import beats, frozen
from rooms.talk.proof.beats import Beat, Flow
from rooms.talk.readings import Reading
from tests.world import World

CONNECTS = 1.5
REPORTS_ON = 8
REPORTS_EVERY = {"audio": 5, "video": 1}


@dataclass
class Line:
    """One kind of media on its way to a side, on the present pair; moments in seconds."""

    arrived: float | None = None
    reported: float | None = None
    since_beat: int = 0


@dataclass
class Robot:
    """One side: an honest page on a browser. What it `says` may be changed to play a cheat."""

    side: str
    stage: "Stage"
    lines: dict[str, Line] = field(default_factory=dict)
    pair: int = 0
    paired_at: float = 0
    next_beat: float = 0
    reading: Reading | None = None
    camera: bool = True
    hidden: bool = False
    # What befalls it: no socket, no packets, a page that is blocked.
    offline: bool = False
    deaf: bool = False
    blocked: bool = False
    rejoins: bool = True
    joined_at: float = -99
    firsts: int = 0
    bright: float = 0

    @property
    def other(self) -> "Robot":
        """The side across the table."""
        across: Robot = self.stage.robots["cast" if self.side == "caller" else "caller"]
        return across

    @property
    def dark(self) -> bool:
        """Whether it sends silence and black, as the site last told it."""
        return self.stage.is_dark(self)

    def flow(self, kind: str) -> Flow:
        """What it honestly says of a kind."""
        line, theirs, now = self.lines[kind], self.other.lines[kind], self.stage.now
        return Flow(
            line.since_beat,
            _ago(now, line.arrived),
            9000,
            _ago(now, theirs.reported),
            self.camera if kind == "video" else True,
        )

    def says(self) -> Beat | None:
        """The beat that it sends now; None: it sends none."""
        video = self.flow("video") if self.stage.video else None
        return Beat(
            self.stage.world.talk, self.side, self.pair, 0, self.flow("audio"), video, 9, 0, 5,
            self.hidden,
        )  # fmt: skip

    async def live(self) -> None:
        """One second of a page's life."""
        if self.offline or self.blocked:
            return
        await self.recover()
        first = [line for line in self.lines.values() if line.arrived]
        first += [line for line in self.other.lines.values() if line.reported]
        if len(first) > self.firsts:
            # What comes for the first time on a pair is told at once.
            self.firsts, self.next_beat = len(first), self.stage.now
        if self.stage.now < self.next_beat:
            return
        every = (self.reading.beat_ms if self.reading else 5000) / 1000
        self.next_beat = self.stage.now + every
        told = self.says()
        if told is not None:
            await self.stage.record(told)
            for line in self.lines.values():
                line.since_beat = 0

    async def recover(self) -> None:
        """Ask for a new pair where nothing has arrived for long, four seconds after the last."""
        now = self.stage.now
        last = max([self.paired_at, *(x.arrived for x in self.lines.values() if x.arrived)])
        patience = 2 if any(x.arrived for x in self.lines.values()) else 8
        stalled = now - last > patience and now - self.joined_at > 4
        if self.rejoins and stalled and not self.other.offline:
            await self.join()

    async def join(self) -> None:
        """Ask for a new pair."""
        self.joined_at = self.stage.now
        if (told := self.says()) is not None:
            await self.stage.record(told)
        await self.stage.sit(self.side)
        await self.stage.tell()


@dataclass
class Stage:
    """Two robots in one talk, and the time that passes."""

    world: World
    video: bool = True
    now: float = 0
    robots: dict[str, Any] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    clocked: float = 0

    @classmethod
    async def open(
        cls, world: World, caller: type[Robot] = Robot, cast: type[Robot] = Robot, **more: Any
    ) -> "Stage":
        """Let both enter."""
        stage = cls(world, **more)
        for side, robot in (("caller", caller), ("cast", cast)):
            stage.robots[side] = robot(side, stage)
        await world.enter()
        if not stage.video:
            async with world.database.transaction() as tx:
                await tx.execute(sa.update(talks).values(with_video=False))
        await stage.tell()
        stage.clocked = time.monotonic()
        return stage

    async def tell(self) -> Reading:
        """Push: both pages know the meter and the pair."""
        async with self.world.database.transaction() as tx:
            pair = await tx.scalar(sa.select(talks.c.pair).where(talks.c.id == self.world.talk))
        reading = await self.world.reading()
        for robot in self.robots.values():
            if robot.offline:
                continue
            robot.reading = reading
            robot.next_beat = min(robot.next_beat, self.now + reading.beat_ms / 1000)
            if robot.pair != pair:
                robot.pair, robot.paired_at, robot.next_beat = pair, self.now, self.now
                robot.firsts = 0
                robot.lines = {kind: Line() for kind in REPORTS_EVERY}
        self.readings.append(reading)
        return reading

    def is_dark(self, robot: Any) -> bool:
        """Whether a side was told to be dark."""
        return robot.reading is None or bool(robot.reading.dark)

    async def sit(self, side: str) -> None:
        """A side sits down anew."""
        await self.world.join(side)

    async def record(self, told: Beat) -> None:
        """A beat comes in, and is answered."""
        async with self.world.database.transaction() as tx:
            await beats.record(tx, self.world.settings, [told])
        await self.tell()

    async def agree(self, side: Any, yes: bool = True) -> None:
        """A side answers whether to go on by voice."""
        async with self.world.database.transaction() as tx:
            await frozen.answer(tx, self.world.settings, self.world.talk, side, yes)
        await self.tell()

    def flows(self) -> bool:
        """Whether packets can flow: both have made the same pair some time ago."""
        caller, cast = self.robots.values()
        since = max(caller.paired_at, cast.paired_at)
        return bool(caller.pair == cast.pair and self.now - since >= CONNECTS)

    def carry(self, robot: Any) -> None:
        """What arrives at a side in this second, and what its browser reports of it."""
        away = robot.offline or robot.deaf or robot.other.offline or not self.flows()
        for kind, line in robot.lines.items():
            sends = self.video and robot.other.camera if kind == "video" else True
            if sends and not away:
                line.arrived = self.now
                line.since_beat += 24
            heard = line.arrived is not None and self.now - line.arrived <= REPORTS_ON
            every = REPORTS_EVERY[kind]
            back = self.flows() and not robot.offline and not robot.other.offline
            if heard and back and (line.reported or -every) + every <= self.now:
                line.reported = self.now
        if not away and not robot.other.dark:
            robot.bright += 1

    async def second(self) -> Reading:
        """Let a second pass: what the test itself takes is a part of it."""
        took = time.monotonic() - self.clocked
        self.clocked = time.monotonic()
        await self.world.wait(max(0.0, 1 - took))
        self.now += 1
        for robot in self.robots.values():
            self.carry(robot)
        for robot in self.robots.values():
            await robot.live()
        await self.clockwork()
        return await self.tell()

    async def clockwork(self) -> None:
        """A tick of the site's."""
        await self.world.tick()

    async def run(self, seconds: float) -> Reading:
        """Let seconds pass, until the talk ends."""
        for _ in range(int(seconds)):
            reading = await self.second()
            if reading.state == "ended":
                break
        return await self.tell()

    async def kept(self, name: str) -> Any:
        """What the site keeps of the talk under a name."""
        async with self.world.database.transaction() as tx:
            return await tx.scalar(sa.select(talks.c[name]).where(talks.c.id == self.world.talk))

    async def free(self, robot: Any) -> float:
        """Seconds of the other's picture or sound that a side had and no meter counted."""
        return float(robot.bright) - (await self.world.reading()).connected_ms / 1000

    async def broken(self) -> list[str]:
        """What is wrong with the books."""
        async with self.world.database.transaction() as tx:
            return [proof.name for proof in await audit.prove(tx) if proof.broken]


def _ago(now: float, moment: float | None) -> int | None:
    return None if moment is None else int((now - moment) * 1000)
