"""Voice menus on the site's own data: who is known, who can be chosen, what it costs, who waits."""

from datetime import time
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from media.speech import mulaw
from people.accounts.tables import blocks, users
from people.telephones import digits, pins, proof_calls, proofs, spoken_names
from points.rules import Pays
from rooms.finding import index
from rooms.ground.tables import room_hours, rooms
from rooms.offering import drafts
from telephone.members import reachable
from telephone.menus import Menus
from telephone.menus.board import Means
from telephone.port import PhoneLeg
from telephone.prompts import SpokenTime
from telephone.switchboard import SiteSwitchboard, open_ways, way_of
from tests.rooms.calling.scene import Calling
from tests.telephone.fake_line import FakeLine
from tests.telephone.test_menus import PIN, QUICK, spoken
from tests.world import TAB, buy, new_room, new_user

SOUND = b"\x10\x90" * 400


class Noted:
    """Calls that only note whom they would put through."""

    def __init__(self) -> None:
        self.joined: list[tuple[int, int, str, int]] = []

    async def incoming(
        self, leg: PhoneLeg, caller_id: int, room_id: int, pays: Pays, seen_rate: int
    ) -> None:
        self.joined.append((caller_id, room_id, pays, seen_rate))
        await leg.hang_up()


class Site(Calling):
    """A cast who waits by telephone and is called はるか, and a caller with a number and a PIN."""

    async def fill(self) -> "Site":
        await self.number(self.caller, "090-1234-5678")
        await self.called(self.cast, "はるか")
        self.calls = Noted()
        self.board = SiteSwitchboard(self.settings, self.database, self.calls)
        return self

    async def number(self, user: int, typed: str) -> None:
        async with self.database.transaction() as tx:
            proof = await proofs.ask(tx, self.settings, user, typed)
            told = await proof_calls.to_speak(tx, self.settings, proof)
            assert told is not None
            await proofs.enter(tx, self.settings, user, told.code)
        await pins.set_pin(self.database, self.settings, user, "7294")

    async def called(self, cast: int, typed: str, *, confirmed: bool = True) -> None:
        reading = spoken_names.reading_of(typed)
        async with self.database.transaction() as tx:
            await spoken_names.change(tx, cast, typed)
            await spoken_names.keep(tx, cast, reading, SOUND)
            if confirmed:
                await spoken_names.confirm(tx, cast, reading)

    async def another(self, typed: str, *, rate: int = 100, confirmed: bool = True) -> int:
        """One more cast, with a room that takes calls, who isn't there; the room."""
        async with self.database.transaction() as tx:
            cast = await new_user(tx, typed)
            room = await new_room(tx, cast, rate)
            taking = sa.update(rooms).where(rooms.c.id == room)
            await tx.execute(taking.values(by_telephone=True))
        await self.called(cast, typed, confirmed=confirmed)
        return room


@pytest.fixture
async def site(database: Database, settings: Settings) -> Site:
    """A site with a telephone."""
    begun = await Calling.begun(database, settings)
    return await Site(**vars(begun)).fill()


async def names(site: Site, *, everyone: bool = True) -> list[tuple[int, bool]]:
    return [
        (one.room_id, one.open) for one in await site.board.casts(site.caller, everyone=everyone)
    ]


async def test_who_rings_is_known_by_number_and_pin(site: Site) -> None:
    known = await site.board.who("819012345678")
    assert known is not None
    assert (known.user_id, known.language) == (site.caller, "ja")
    assert await site.board.who("818000000000") is None
    assert await site.board.who("") is None
    async with site.database.transaction() as tx:
        await tx.execute(sa.update(users).values(locale="en"))
    known = await site.board.who("819012345678")
    assert known is not None
    assert known.language == "en"
    assert await site.board.pin(site.caller, "7294") == "right"
    assert await site.board.pin(site.cast, "7294") == "missing"
    states = [await site.board.pin(site.caller, "1111") for _ in range(5)]
    assert states == ["wrong"] * 4 + ["locked"]
    assert await site.board.pin(site.caller, "7294") == "locked"
    assert (await site.board.means(site.caller)).points == 1000


async def test_those_who_wait_come_first_by_their_readings(site: Site) -> None:
    later, sooner = await site.another("ゆき"), await site.another("あい")
    await site.another("かな", confirmed=False)
    assert await names(site, everyone=False) == [(site.room, True)]
    assert await names(site) == [(site.room, True), (sooner, False), (later, False)]
    offered = (await site.board.casts(site.caller, everyone=False))[0]
    assert offered.yen == 100 + site.settings.telephone_line_fee
    assert offered.name == mulaw.decode(SOUND)
    assert offered.pays == "points"


async def test_whoever_can_not_be_seen_is_not_offered(site: Site) -> None:
    async with site.database.transaction() as tx:
        four = await digits.give(tx, site.cast)
    found = await site.board.cast_by(site.caller, four)
    assert found is not None
    assert found.room_id == site.room
    assert await site.board.cast_by(site.caller, "0000") is None
    # Nobody chooses themselves.
    assert await site.board.cast_by(site.cast, four) is None
    for hidden, shown in (
        (sa.update(rooms).values(published=False), sa.update(rooms).values(published=True)),
        (sa.update(rooms).values(by_telephone=False), sa.update(rooms).values(by_telephone=True)),
        (
            sa.insert(blocks).values(blocker_id=site.cast, blocked_id=site.caller),
            sa.delete(blocks),
        ),
        (
            sa.update(users).where(users.c.id == site.cast).values(banned_at=sa.func.now()),
            sa.update(users).values(banned_at=None),
        ),
    ):
        async with site.database.transaction() as tx:
            await tx.execute(hidden)
        assert await names(site) == []
        assert await site.board.cast_by(site.caller, four) is None
        async with site.database.transaction() as tx:
            await tx.execute(shown)
    assert await names(site) == [(site.room, True)]


async def test_one_cast_with_two_rooms_is_offered_once(site: Site) -> None:
    async with site.database.transaction() as tx:
        other = await new_room(tx, site.cast, 300)
        await tx.execute(sa.update(rooms).values(by_telephone=True))
    assert await names(site) == [(site.room, True)]
    async with site.database.transaction() as tx:
        await tx.execute(sa.delete(rooms).where(rooms.c.id == other))


async def test_of_who_is_away_the_next_time_of_their_timetable_is_told(site: Site) -> None:
    room = await site.another("あい")
    async with site.database.transaction() as tx:
        for weekday in range(7):
            hours = {"room_id": room, "weekday": weekday, "starts": time(10), "ends": time(12)}
            await tx.execute(sa.insert(room_hours).values(hours))
    async with site.database.transaction() as tx:
        while await index.refresh(tx, site.settings):
            pass
    away = (await site.board.casts(site.caller, everyone=True))[1]
    assert away.room_id == room
    assert isinstance(away.back_at, SpokenTime)
    # Today or tomorrow, by the clock of the site's zone; what has begun goes on until noon.
    assert 10 <= away.back_at.at.hour < 12
    assert 0 <= (away.back_at.at.date() - away.back_at.today).days <= 1


async def test_a_cast_waits_and_waits_no_more_by_ringing(site: Site) -> None:
    assert await site.board.waits(site.caller) is None
    assert await site.board.waits(site.cast) is True
    await site.board.wait(site.cast, False)
    assert await site.board.waits(site.cast) is False
    assert await site.state() == "closed"
    assert await names(site, everyone=False) == []
    await site.board.wait(site.cast, True)
    assert await site.state() == "open"


async def test_paid_afterwards_where_the_points_do_not_suffice(
    database: Database, settings: Settings
) -> None:
    begun = await Calling.begun(database, settings.model_copy(update=TAB), points=599)
    site = await Site(**vars(begun)).fill()
    assert (await site.board.means(site.caller)) == Means(599, 8000)
    for takes, pays in ((False, "points"), (True, "tab")):
        async with database.transaction() as tx:
            await tx.execute(sa.update(rooms).values(takes_tab=takes))
        (offered,) = await site.board.casts(site.caller, everyone=False)
        # Five minutes at 100 and the line's 20.
        assert (offered.yen, offered.pays) == (120, pays)
    async with database.transaction() as tx:
        await buy(tx, site.caller, 1)
    (offered,) = await site.board.casts(site.caller, everyone=False)
    assert offered.pays == "points"


async def test_a_number_that_may_be_rung_no_more_is_not(site: Site) -> None:
    async with site.database.transaction() as tx:
        assert (await reachable(tx, site.settings, site.caller)).number == "+819012345678"
        fewer = site.settings.model_copy(update={"telephone_prefixes": ("+8150",)})
        assert (await reachable(tx, fewer, site.caller)).number is None


async def test_from_the_ring_to_the_cast_through_the_whole_menu(site: Site) -> None:
    line = FakeLine(pace=0.0001)
    menus = Menus(site.board, spoken, waits=QUICK)
    takes: list[Any] = []
    line.on_incoming = lambda leg: takes.append(menus.take(leg))
    line.comes_in("819012345678", "0312340001", [PIN, "1", "1", "1"])
    await takes[0]
    assert site.calls.joined == [(site.caller, site.room, "points", 120)]


def test_numbers_lead_to_menus(settings: Settings) -> None:
    lines = ("050-1234-0001=standby", "+815012340002=digits")
    led = settings.model_copy(update={"telephone_menu_numbers": lines})
    for called in ("815012340001", "+815012340001", "05012340001"):
        assert way_of(led, called) == "standby"
    assert way_of(led, "815012340002") == "digits"
    assert way_of(led, "815012340003") == way_of(led, "") == way_of(led, "x") == "front"
    assert open_ways(led) == ["online", "all", "digits", "standby"]
    some = settings.model_copy(update={"telephone_menus": ("standby", "online")})
    assert open_ways(some) == ["online", "standby"]


@pytest.mark.parametrize(
    "wrong",
    [{"telephone_menus": ("x",)}, {"telephone_menu_numbers": ("050=x",)},
     {"telephone_menu_numbers": ("=all",)}],
)  # fmt: skip
def test_menus_are_set_strictly(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="telephone_menu"):
        Settings(**wrong)


async def test_the_first_room_that_takes_calls_gives_its_cast_four_digits(
    database: Database,
) -> None:
    async with database.transaction() as tx:
        cast = await new_user(tx)
        draft = drafts.Draft("題", "話題", "", 100, allows_video=False)
        room = await drafts.make(tx, cast, draft)
        assert await digits.of(tx, cast) is None
    async with database.transaction() as tx:
        taking = drafts.Draft("題2", "話題", "", 100, allows_video=False, by_telephone=True)
        await drafts.make(tx, cast, taking)
        four = await digits.of(tx, cast)
        assert four is not None
        assert room
    async with database.transaction() as tx:
        third = drafts.Draft("題3", "話題", "", 100, allows_video=False, by_telephone=True)
        await drafts.make(tx, cast, third)
        assert await digits.of(tx, cast) == four
