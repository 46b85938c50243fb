"""The telephone's process: a call over the real line to its bill, how it stops, what it tells."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog
import typer

from cli.telephone import telephone
from foundation.database import Database, Tx
from foundation.settings import Settings
from people.telephones import proofs
from record.tables import alarms
from rooms.calling import orders
from telephone.line_watch import PATIENCE_SECONDS, LineWatch
from telephone.port import Away
from tests.rooms.calling.scene import Calling
from tests.telephone.fake_line import FakeLine
from tests.telephone.phone import Phone
from tests.telephone.sounds import tone

pytest.importorskip("baresip", reason="baresip has no wheel for this machine")

from cli.gateway import gateway
from telephone.desk import Reachable
from telephone.process import TelephoneProcess
from telephone.trunk.line import TrunkLine
from telephone.trunk.terms import TrunkTerms
from tests.telephone.trunk_double import TrunkDouble

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
async def trunk() -> AsyncIterator[TrunkDouble]:
    async with TrunkDouble() as trunk:
        yield trunk


@pytest.fixture
def settings(settings: Settings, trunk: TrunkDouble) -> Settings:
    """A site whose telephone speaks to the trunk of this test."""
    given = {
        "telephone": True, "trunk_server": f"127.0.0.1:{trunk.port}",
        "trunk_numbers": ("0312345678",), "trunk_password": None, "trunk_register_seconds": 60,
        "trunk_listen": "127.0.0.1:15090", "trunk_address": "127.0.0.1",
        "trunk_rtp_ports": "23000-23199", "telephone_drain_minutes": 1,
        "minute_seconds": 1, "beat_seconds": 1, "silence_seconds": 2,
    }  # fmt: skip
    settings.data.mkdir(exist_ok=True)
    return settings.model_copy(update=given)


async def until(true: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


class Running:
    """A process on the line, in this one."""

    def __init__(self, settings: Settings, database: Database) -> None:
        terms = TrunkTerms.of(settings.model_copy(update={"trunk_password": None}))
        self.line = TrunkLine(TrunkTerms(**{**vars(terms), "password": "geheim"}))
        self.gateway = gateway(settings, database, self.line)
        self.process = TelephoneProcess(settings, database, self.line, self.gateway)
        self.stopping = asyncio.Event()

    async def __aenter__(self) -> "Running":
        await self.line.open()
        self.task = asyncio.create_task(self.process.run(self.stopping))
        await until(lambda: self.line.away is None and self.gateway.desk.gateway_id)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.stopping.set()
        await asyncio.wait_for(self.task, 90)


async def test_a_call_over_the_line_is_rung_joined_charged_and_goes_on_while_it_stops(
    database: Database, settings: Settings
) -> None:
    world = await Calling.begun(database, settings)
    world.settings = settings
    before = await world.points()
    async with Phone(6301, tone(440)) as a, Phone(6302, tone(880)) as b:
        numbers = {world.caller: "+818012346301", world.cast: "+818012346302"}

        async def book(tx: Tx, settings: Settings, user_id: int) -> Reachable:
            return Reachable(numbers[user_id], "ja", b"", 16)

        async with Running(settings, database) as running:
            running.gateway.desk._book = book
            await world.ask()
            await asyncio.gather(a.until("acked", 60), _presses(world, a, b))
            while (await world.reading()).charged_minutes < 2:
                await asyncio.sleep(0.1)
            running.stopping.set()
            await until(lambda: running.line.away is Away.STOPPING)
            charged = (await world.reading()).charged_minutes
            while (await world.reading()).charged_minutes < charged + 1:
                await asyncio.sleep(0.1)
            a.hang_up()
            await b.until("BYE", 60)
            await asyncio.wait_for(running.task, 60)
    reading = await world.reading()
    assert reading.end_reason == "caller_left"
    assert await world.points() < before
    assert (reading.charged_minutes - 1) * 1000 <= reading.connected_ms


async def _presses(world: Calling, *phones: Phone) -> None:
    # Whoever is asked presses the key, until both talk.
    async with asyncio.timeout(90):
        while True:
            row = await world.row()
            world.talk = row.talk_id or 0
            if world.talk:
                return
            assert row.state != "ended", row.why
            await asyncio.gather(
                *(phone.press("1") for phone in phones if phone.state == "answered")
            )
            await asyncio.sleep(0.3)


async def test_a_number_is_proved_by_a_call_that_speaks(
    database: Database, settings: Settings
) -> None:
    world = await Calling.begun(database, settings)
    async with Phone(6303, tone(440)) as phone, Running(settings, database):
        async with database.transaction() as tx:
            proof = await proofs.ask(tx, settings, world.caller, "080-1234-6303")
            await orders.place(tx, "prove", user_id=world.caller, subject=proof, seconds=60)
        await phone.until("acked", 60)
        heard = await phone.hears(150, 60)
        assert len(set(heard)) > 50
        phone.hang_up()


async def test_who_rings_the_site_is_spoken_to(database: Database, settings: Settings) -> None:
    peer = ("127.0.0.1", int((settings.trunk_server or "").rpartition(":")[2]))
    async with Phone(6304) as stranger, Running(settings, database) as running:
        stranger.call("0312345678", peer)
        await stranger.until("200 INVITE", 60)
        heard = await stranger.hears(100, 60)
        assert len(set(heard)) > 50
        stranger.hang_up()
        await until(lambda: not running.line.legs)
    closed = settings.model_copy(update={"telephone": False})
    async with Phone(6305) as stranger, Running(closed, database):
        stranger.call("0312345678", peer)
        await stranger.until("486 INVITE", 60)


async def test_staff_are_told_once_that_the_line_is_away(database: Database) -> None:
    line, moments = FakeLine(), [0.0]
    watch = LineWatch(database, line, "0.0.0.0:5070", lambda: moments[-1])

    async def look_at(moment: float) -> None:
        moments.append(moment)
        await watch.look()

    async def told() -> int:
        async with database.transaction() as tx:
            count = sa.select(sa.func.count()).where(alarms.c.kind == "telephone_away")
            return int(await tx.scalar(count) or 0)

    line.away = Away.REFUSED
    await look_at(0.0)
    await look_at(PATIENCE_SECONDS - 1)
    assert await told() == 0
    for moment in (PATIENCE_SECONDS, 2 * PATIENCE_SECONDS, 3600.0):
        await look_at(moment)
    assert await told() == 1
    line.away = None
    with structlog.testing.capture_logs() as lines:
        await watch.look()
    assert [one["event"] for one in lines] == ["telephone.line_back"]
    # As many as there are lines: that is no failure.
    line.away = Away.FULL
    for moment in (4000.0, 5000.0):
        await look_at(moment)
    assert await told() == 1


async def test_without_a_trunk_or_a_sip_stack_the_verb_says_so(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(typer.BadParameter, match="HITOTOKI_TRUNK_SERVER"):
        telephone(tmp_path)
    monkeypatch.setenv("HITOTOKI_TRUNK_SERVER", "127.0.0.1:5060")
    monkeypatch.setenv("HITOTOKI_TRUNK_NUMBERS", "0312345678")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(typer.BadParameter, match="runs without the telephone"):
        telephone(tmp_path)
