"""The call that proves a number: rung once, spoken twice, and every outcome is told on the page."""

import asyncio

import pytest
import structlog

from foundation.database import Database
from foundation.settings import Settings
from people.telephones import proofs
from rooms.calling import orders
from telephone.port import Away, End
from telephone.proving import Proving
from tests.telephone.fake_line import FakeLine, FakePhone
from tests.world import new_user

E164 = "+819012345678"


class Asked:
    """A member who has asked for the call, and the line by which it is made."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self.line, self.user = FakeLine(), 0

    async def ask(self) -> "Asked":
        async with self.database.transaction() as tx:
            self.user = await new_user(tx)
            proof = await proofs.ask(tx, self.settings, self.user, "090-1234-5678")
            await orders.place(tx, "prove", user_id=self.user, subject=proof, seconds=60)
            (self.order,) = await orders.take(tx, 1, 10)
        return self

    async def prove(self, **changed: object) -> str:
        """Let the gateway do it; what the page then says of it."""
        quick = self.settings.model_copy(update={"telephone_ring_seconds": 1} | changed)
        await Proving(quick, self.database, self.line, spoken).prove(self.order)
        async with self.database.transaction() as tx:
            waiting = await proofs.waiting(tx, self.user)
        assert waiting is not None
        return waiting.state


@pytest.fixture
async def asked(database: Database, settings: Settings) -> Asked:
    """One who has asked."""
    return await Asked(database, settings).ask()


def spoken(name: str, language: str = "ja", /, **figures: object) -> bytes:
    """A prompt as words, so that a test can read it."""
    return f"{name} {language} {figures.get('code')}".encode().ljust(160)


async def test_the_code_is_spoken_twice_and_is_the_one_that_counts(asked: Asked) -> None:
    with structlog.testing.capture_logs() as logged:
        assert await asked.prove() == "spoken"
    leg = asked.line.leg(E164)
    assert asked.line.dialled == [E164]
    assert leg.end is End.WE_HUNG_UP
    said = [one.speech.decode().split() for one in leg.spoken if one.speech[0]]
    assert [one[:2] for one in said] == [["prove", "ja"], ["prove_again", "ja"]]
    assert said[0][2] == said[1][2]
    assert "9012345678" not in f"{logged}"
    assert said[0][2] not in f"{logged}"
    async with asked.database.transaction() as tx:
        assert await proofs.enter(tx, asked.settings, asked.user, said[0][2])


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        (FakePhone(refuses=End.BUSY), "missed"),
        (FakePhone(refuses=End.DECLINED), "missed"),
        (FakePhone(refuses=End.UNREACHABLE), "failed"),
        (FakePhone(refuses=End.LINE_FAILED), "failed"),
        (FakePhone(answers_after=-1), "missed"),
    ],
)
async def test_whoever_is_not_reached_is_told_so(
    asked: Asked, phone: FakePhone, shown: str
) -> None:
    asked.line.phones[E164] = phone
    assert await asked.prove() == shown
    assert not asked.line.legs


async def test_hung_up_before_the_code_was_told(asked: Asked) -> None:
    asked.line.pace = 0.05
    proving = asyncio.create_task(asked.prove())
    async with asyncio.timeout(30):
        while not asked.line.all or not asked.line.all[0].asked.is_set():
            await asyncio.sleep(0.005)
    asked.line.leg(E164).hangs_up()
    assert await proving == "missed"


async def test_without_a_line_it_failed_and_a_doubled_order_rings_once(asked: Asked) -> None:
    asked.line.away = Away.FULL
    assert await asked.prove() == "failed"
    asked.line.away = None
    assert await asked.prove() == "failed"
    assert asked.line.dialled == []
