"""Whatever two pages say, in any order: no minute is charged that both have not proved."""

import random
import time
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from points import audit
from rooms.ground.tables import talks
from rooms.talk.proof import beats
from rooms.talk.proof.beats import Beat, Flow
from tests.world import World

EVENTS = 120
SLACK = 0.6


@dataclass
class Model:
    """What both sides proved, by the plain rule: chains of proofs, none further apart than 15 s."""

    silence: float
    proofs: dict[tuple[int, str], list[float]] = field(default_factory=dict)

    def prove(self, pair: int, side: str, at: float) -> None:
        """A side proved a moment on a pair."""
        self.proofs.setdefault((pair, side), []).append(at)

    def chains(self, pair: int, side: str) -> list[tuple[float, float]]:
        """The times that a side vouches for."""
        found: list[tuple[float, float]] = []
        for at in sorted(self.proofs.get((pair, side), [])):
            if found and at - found[-1][1] <= self.silence + SLACK:
                found[-1] = (found[-1][0], at)
            else:
                found.append((at, at))
        return found

    def proved(self) -> float:
        """Seconds that both vouch for."""
        return sum(
            max(0.0, min(mine[1], theirs[1]) - max(mine[0], theirs[0]))
            for pair in {pair for pair, _ in self.proofs}
            for mine in self.chains(pair, "caller")
            for theirs in self.chains(pair, "cast")
        )


def figures(dice: random.Random, honest: bool) -> Flow | None:
    """What a page says of a kind, truly or not."""
    if honest:
        return Flow(900, 0, 900, dice.choice([0, 500, 4000]), True)
    return dice.choice(
        [
            None,
            Flow(0, None, 900, dice.choice([None, 0, 5000]), True),
            Flow(0, dice.randint(0, 60_000), 900, dice.choice([None, 0, 5000]), True),
            Flow(900, dice.randint(0, 20_000), 0, None, False),
            Flow(2**40, 0, 2**40, 0, True),
        ]
    )


@pytest.mark.parametrize("seed", range(8))
async def test_charged_is_never_more_than_both_proved(
    database: Database, settings: Settings, seed: int
) -> None:
    dice = random.Random(seed)
    settings = settings.model_copy(update={"free_seconds": 7, "minute_seconds": 11})
    world = await World.of(database, settings, points=100_000)
    await world.enter()
    model, began, waited = Model(settings.silence_seconds), time.monotonic(), 0.0
    cheats = {side: dice.random() < 0.5 for side in ("caller", "cast")}

    async def beat(side: str) -> None:
        audio = figures(dice, honest=not cheats[side] or dice.random() < 0.3)
        video = figures(dice, honest=not cheats[side] or dice.random() < 0.3)
        async with database.transaction() as tx:
            pair = await tx.scalar(sa.select(talks.c.pair).where(talks.c.id == world.talk))
            told = Beat(world.talk, side, int(pair or 0), 0, audio, video, 9, 0, 5, False)
            await beats.record(tx, settings, [told])
        now = waited + time.monotonic() - began
        ages = [_proof(flow) for flow in (audio, video)]
        if any(age is not None for age in ages):
            model.prove(int(pair or 0), side, now - min(a for a in ages if a is not None) / 1000)

    for _ in range(EVENTS):
        event = dice.random()
        if event < 0.6:
            for side in dice.sample(["caller", "cast"], 2):
                if dice.random() < 0.85:
                    await beat(side)
        elif event < 0.64:
            await world.join(dice.choice(["caller", "cast"]), fresh=dice.random() < 0.8)
        seconds = dice.choice([0.5, 2, 4, 5, 5, 5, 14, 16])
        waited += seconds
        await world.wait(seconds)
        await world.tick()
        if (await world.reading()).state == "ended":
            break
    await must_hold(world, model)


def _proof(flow: Flow | None) -> int | None:
    if flow is None or flow.received_ago_ms is None:
        return None
    counts = flow.received > 0 or flow.received_ago_ms < beats.JUST_NOW_MS
    return flow.received_ago_ms if counts else None


async def must_hold(world: World, model: Model) -> None:
    reading: Any = await world.reading()
    proved = model.proved() + SLACK
    allowed = 0 if proved < 7 else int((proved - 7) // 11) + 1
    assert reading.charged_minutes <= allowed
    if reading.state == "ended":
        assert reading.connected_ms / 1000 <= proved + 1
    async with world.database.transaction() as tx:
        assert [proof for proof in await audit.prove(tx) if proof.broken] == []
