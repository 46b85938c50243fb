"""Who rings the site: recognised, sure, offered casts by keys, told the price, put through."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from foundation.errors import UserError
from telephone.menus import Menus
from telephone.menus.board import KnownCaller, Means, Offered, PinState, Way
from telephone.menus.keypad import Waits
from telephone.port import End, PhoneLeg
from telephone.prompts import SpokenTime
from tests.telephone.fake_line import FakeLeg, FakeLine

JST = timezone(timedelta(hours=9))
QUICK = Waits(first=0.02, next=0.02, visit=10)
WHEN = SpokenTime(datetime(2026, 12, 1, 19, 0, tzinfo=JST), date(2026, 11, 30))
PIN = "7294#"


def spoken(name: str, language: str = "ja", /, **figures: Any) -> bytes:
    """A prompt as words, so that a test can read it. As long as a moment's speech."""
    told = " ".join(f"{key}={value!r}" for key, value in sorted(figures.items()))
    return f"{language} {name} {told}".encode().ljust(320, b" ")


def cast(number: int, *, is_open: bool = True, pays: str = "points") -> Offered:
    back = None if is_open or number % 2 else WHEN
    return Offered(number, f"n{number}".encode(), 80 + number, pays, is_open, back)  # type: ignore[arg-type]


@dataclass
class Board:
    """A site of which a test says what it knows."""

    online: list[Offered] = field(default_factory=list)
    away: list[Offered] = field(default_factory=list)
    right: str = "7294"
    pins: list[str] = field(default_factory=list)
    locked_after: int = 5
    waits_now: bool | None = None
    refuses: str = ""
    joined: list[int] = field(default_factory=list)
    tab: int | None = None
    language: Any = "ja"

    async def who(self, number: str) -> KnownCaller | None:
        return KnownCaller(7, self.language) if number == "819012345678" else None

    async def pin(self, user_id: int, digits: str) -> PinState:
        self.pins.append(digits)
        if not self.right:
            return "missing"
        if len(self.pins) > self.locked_after:
            return "locked"
        return "right" if digits == self.right else "wrong"

    async def means(self, user_id: int) -> Means:
        return Means(1500, self.tab)

    async def casts(self, user_id: int, *, everyone: bool) -> Sequence[Offered]:
        return [*self.online, *self.away] if everyone else self.online

    async def cast_by(self, user_id: int, four: str) -> Offered | None:
        return next((one for one in [*self.online, *self.away] if str(one.room_id) == four), None)

    async def waits(self, user_id: int) -> bool | None:
        return self.waits_now

    async def wait(self, user_id: int, on: bool) -> None:
        if self.refuses:
            raise UserError(self.refuses, "x")
        self.waits_now = on

    async def join(self, leg: PhoneLeg, user_id: int, cast: Offered) -> None:
        if self.refuses:
            raise UserError(self.refuses, "x")
        self.joined.append(cast.room_id)
        await leg.hang_up(End.THEY_HUNG_UP)


async def ring(
    board: Board, *keys: str, way: Way = "front", number: str = "819012345678", **more: Any
) -> list[str]:
    """Ring, press what is given at each question; what was spoken."""
    line = FakeLine(pace=0.0001)
    menus = Menus(board, spoken, waits=QUICK, **more)
    tasks: list[asyncio.Task[bool]] = []
    line.on_incoming = lambda leg: tasks.append(asyncio.create_task(menus.take(leg, way)))
    leg = line.comes_in(number, "0312340001", list(keys))
    async with asyncio.timeout(30):
        await tasks[0]
    assert leg.is_over.is_set()
    return words(leg)


def words(leg: FakeLeg) -> list[str]:
    said = (one.speech.decode().strip().removeprefix("ja ") for one in leg.spoken if one.speech[0])
    return list(said)


async def test_a_stranger_hears_how_to_register_and_is_hung_up() -> None:
    board = Board([cast(1)])
    assert await ring(board, PIN, number="818000000000") == ["welcome", "stranger"]
    assert await ring(board, PIN, number="") == ["welcome", "withheld"]
    assert not board.pins


async def test_nothing_goes_without_the_pin() -> None:
    board = Board([cast(1)])
    said = await ring(board, "1234#", "1111#", "99999999", "1", "1")
    assert said.count("pin_wrong") == 3
    assert board.pins == ["1234", "1111", "99999999"]
    assert not board.joined
    assert not any(one.startswith(("item", "left", "front")) for one in said)
    board.pins = ["x"] * 5
    assert (await ring(board, PIN))[-1] == "pin_locked"
    board.right = ""
    assert (await ring(board, PIN))[-1] == "pin_missing"


async def test_who_is_online_is_chosen_told_the_price_and_put_through() -> None:
    board = Board([cast(1), cast(2, pays="tab")], tab=4400)
    said = await ring(board, PIN, "1", "2", "1")
    assert board.joined == [2]
    told = [one for one in said if one.startswith(("left", "offer"))]
    assert told == ["left_points points=1500", "left_tab yen=4400", "offer_tab name=b'n2' yen=82"]
    # Who listens before they press hears all there is to choose from.
    said = await ring(board, PIN, "1")
    items = [one for one in said if one.startswith(("item", "menu"))]
    assert items[:4] == [
        "menu_online", "item key=1 name=b'n1' yen=81", "item key=2 name=b'n2' yen=82", "menu_tail",
    ]  # fmt: skip
    assert items.count("menu_online") == 3


async def test_a_key_pressed_before_the_price_is_no_consent() -> None:
    board = Board([cast(1)])
    said = await ring(board, PIN, "111")
    assert not board.joined
    assert said[-1] == "too_late"
    assert said.count("offer_points name=b'n1' yen=81") == 3


async def test_pages_of_eight_and_more_again_and_back() -> None:
    board = Board([cast(number) for number in range(1, 21)])
    await ring(board, PIN, "9", "9", "4", "1", way="online")
    assert board.joined == [20]
    board.joined.clear()
    # Back to the first page, where 8 is the eighth; the last page has no more.
    await ring(board, PIN, "9", "#", "8", "1", way="online")
    assert board.joined == [8]
    board.joined.clear()
    board.online = board.online[:9]
    await ring(board, PIN, "*", "9", "1", way="online")
    assert board.joined == [9]
    board.joined.clear()
    said = await ring(board, PIN, "0", "#", way="online")
    assert "no_such_key" in said
    assert not board.joined


async def test_of_everyone_who_is_away_the_next_time_is_told() -> None:
    board = Board([cast(1)], [cast(2, is_open=False), cast(3, is_open=False)])
    said = await ring(board, PIN, "2", "2", "3", "#", "#")
    assert f"away_until name=b'n2' when={WHEN!r}" in said
    assert "away name=b'n3'" in said
    assert said[-1] == "bye"
    assert not board.joined
    assert "menu_none" in await ring(Board(), PIN, way="all")


async def test_four_digits_find_a_cast_in_three_tries() -> None:
    board = Board([cast(4711)])
    said = await ring(board, PIN, "3", "0815", "4711", "1")
    assert board.joined == [4711]
    assert said.count("four_wrong") == 1
    board.joined.clear()
    said = await ring(board, PIN, "1111", "2222", "3333", "4711", "1", way="digits")
    assert said.count("four_wrong") == 3
    assert not board.joined
    # Faster than any person, in one go.
    await ring(board, PIN, "4711", "1", way="digits")
    assert board.joined == [4711]


@pytest.mark.parametrize(("waits", "key", "after", "told"), [
    (False, "1", True, "standby_on"), (True, "2", False, "standby_off"),
    (False, "2", False, "no_such_key"), (True, "1", True, "no_such_key"),
    (None, "1", None, "cast_only"),
])  # fmt: skip
async def test_a_cast_stands_by_by_ringing(
    waits: bool | None, key: str, after: bool | None, told: str
) -> None:
    board = Board(waits_now=waits)
    said = await ring(board, PIN, key, way="standby")
    assert board.waits_now is after
    assert told in said


async def test_refusals_are_spoken() -> None:
    board = Board([cast(1)], waits_now=False, refuses="telephone_away")
    assert "standby_refused" in await ring(board, PIN, "1", way="standby")
    for code, told in (
        ("points_short", "points_short"),
        ("x", "refused"),
        ("room_busy", "busy"),
        ("telephone_busy", "line_away"),
        ("telephone_away", "line_away"),
    ):
        board.refuses = code
        board.pins.clear()
        assert told in await ring(board, PIN, "1", "1", way="online")


async def test_only_what_the_site_has_open_is_offered() -> None:
    board = Board([cast(4711)])
    said = await ring(board, PIN, "2", "4711", "1", ways=("online", "digits"))
    assert board.joined == [4711]
    assert not any(one.startswith(("front_all", "front_standby")) for one in said)
    heard = [one for one in await ring(board, PIN, ways=("online", "digits")) if "front" in one]
    assert heard[:2] == ["front_online key=1", "front_digits key=2"]
    assert (await ring(board, PIN, way="all", ways=("online",)))[-1] == "no_such_key"


async def test_who_presses_nothing_or_hangs_up_keeps_no_line_open() -> None:
    board = Board([cast(1)])
    assert (await ring(board, PIN))[-1] == "too_late"
    assert (await ring(board))[-1] == "too_late"
    line = FakeLine(pace=1)
    menus = Menus(board, lambda *_, **__: bytes(16_000 * 60))
    tasks: list[asyncio.Task[bool]] = []
    line.on_incoming = lambda leg: tasks.append(asyncio.create_task(menus.take(leg)))
    leg = line.comes_in("819012345678", "0312340001")
    await leg.asked.wait()
    leg.hangs_up()
    async with asyncio.timeout(10):
        await tasks[0]
    assert not line.legs


async def test_a_visit_without_end_has_one() -> None:
    board = Board([cast(1)])
    line = FakeLine(pace=0.0001)
    menus = Menus(board, spoken, waits=Waits(first=0.02, next=0.02, visit=0.3))
    tasks: list[asyncio.Task[bool]] = []
    line.on_incoming = lambda leg: tasks.append(asyncio.create_task(menus.take(leg, "online")))
    leg = line.comes_in("819012345678", "0312340001", [PIN, *["*"] * 100_000])
    async with asyncio.timeout(30):
        await tasks[0]
    assert leg.end is End.WE_HUNG_UP


async def test_in_english_for_who_reads_english() -> None:
    said = await ring(Board([cast(1)], language="en"), PIN, "1", "1", "1")
    assert {one.split()[0] for one in said} == {"en"}
