"""What became of a reservation, by recorded presence alone: settled, or given back."""

import pytest

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify import inbox
from rooms.care import attendance, claims, decisions
from rooms.lobby import presence
from tests.rooms.booked import Booked


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Booked:
    return await Booked.open(database, owner_database, settings)


@pytest.fixture
async def by_claim(database: Database, owner_database: Database, settings: Settings) -> Booked:
    """A site on which nothing goes back by itself."""
    return await Booked.open(
        database, owner_database, settings.model_copy(update={"auto_return_no_show": False})
    )


async def test_a_caller_who_never_came_gets_nothing_back_and_is_told_why(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), 60)
    await world.stand_by()
    await world.until_start(booked, 1801)
    await world.sweep()
    assert (await world.read(booked)).state == "caller_missed"
    assert (await world.points_of(), await world.earned()) == (7000, 2400)
    assert (await world.told(world.caller))[-1] == "caller_missed"
    assert (await world.told(world.cast))[-1] == "caller_missed_cast"
    assert await world.broken() == []


@pytest.mark.parametrize("caller_comes", [True, False])
async def test_where_the_cast_never_came_everything_goes_back_by_itself(
    world: Booked, caller_comes: bool
) -> None:
    booked = await world.until_start(await world.book(2), 60)
    if caller_comes:
        assert await world.come(booked) == "cast_away"
    await world.until_start(booked, 1801)
    await world.sweep()
    missed = await world.read(booked)
    assert (missed.state, missed.returned_at) == ("cast_missed", None)
    assert missed.return_due_at is not None
    assert await world.points_of() == 7000
    assert await world.broken() == []
    await world.until_start(booked, 1800 + 899)
    await world.sweep()
    assert await world.points_of() == 7000
    await world.until_start(booked, 1800 + 901)
    await world.sweep()
    assert (await world.points_of(), await world.earned()) == (10_000, 0)
    assert (await world.told(world.caller))[-2:] == ["cast_missed", "returned"]
    await world.sweep()
    assert await world.points_of() == 10_000
    assert await world.broken() == []


async def test_standing_by_before_the_beginning_alone_is_not_coming(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), -200)
    await world.stand_by()
    await world.do(presence.close_standby, world.cast)
    await world.until_start(booked, 1801)
    await world.sweep()
    missed = await world.read(booked)
    assert (missed.state, missed.cast_came_at is None) == ("cast_missed", False)


async def test_a_cast_who_waits_on_is_seen_by_their_beats(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), -200)
    await world.stand_by()
    await world.pass_time(300)
    await world.do(presence.touch, [world.cast])
    await world.until_start(booked, 1801)
    await world.sweep()
    assert (await world.read(booked)).state == "caller_missed"


async def test_after_three_hours_without_a_clock_returns_are_made_up(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), 1800 + 3 * 3600)
    await world.sweep()
    assert (await world.read(booked)).returned == 3000
    assert await world.points_of() == 10_000


async def test_presence_decides_not_what_people_say(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), 60)
    await world.stand_by()
    assert isinstance(await world.come(booked), int)
    await world.talk_on(61)
    await world.until_start(booked, 1801)
    await world.sweep()
    record = await world.do(attendance.record_of, booked.id)
    assert record.state == "done"
    assert record.caller_late_ms is not None
    assert 59_000 <= record.caller_late_ms <= 65_000
    assert record.cast_late_ms is not None
    assert [talk.talk_id for talk in record.talks] == [world.talk]


async def test_without_the_automatic_return_the_hold_waits_for_a_claim(by_claim: Booked) -> None:
    world = by_claim
    booked = await world.until_start(await world.book(2), 1801)
    await world.sweep()
    await world.pass_time(90_000)
    await world.sweep()
    missed = await world.read(booked)
    assert (missed.state, missed.return_due_at, await world.points_of()) == (
        "cast_missed", None, 7000,
    )  # fmt: skip
    assert (await world.told(world.caller))[-1] == "cast_missed_claim"
    assert await world.broken() == []


@pytest.mark.parametrize(
    ("points", "left", "earned"), [(None, 10_000, 0), (1000, 8000, 1600), (1, 7001, 2400)]
)
async def test_a_claim_decides_what_waits_to_the_point(
    by_claim: Booked, points: int | None, left: int, earned: int
) -> None:
    world = by_claim
    booked = await world.until_start(await world.book(2), 1801)
    await world.sweep()
    claim = await world.do(
        claims.file_reservation_claim, world.settings, booked.id, world.caller, "cast_absent", ""
    )
    staff = await world.another("スタッフ")
    await world.do(
        decisions.return_points, world.settings, claim, staff, points, "確認しました", "急ぎ"
    )
    assert (await world.points_of(), await world.earned()) == (left, earned)
    assert await world.broken() == []
    with pytest.raises(UserError, match="claim_nothing_paid"):
        await world.do(
            claims.file_reservation_claim,
            world.settings,
            booked.id,
            world.caller,
            "cast_absent",
            "",
        )


async def test_a_declined_claim_pays_the_cast(by_claim: Booked) -> None:
    world = by_claim
    booked = await world.until_start(await world.book(2), 1801)
    await world.sweep()
    claim = await world.do(
        claims.file_reservation_claim, world.settings, booked.id, world.caller, "cast_absent", ""
    )
    staff = await world.another("スタッフ")
    await world.do(decisions.decline, world.settings, claim, staff, "待機していました")
    assert (await world.points_of(), await world.earned()) == (7000, 2400)
    answer = (await world.do(inbox.inbox, world.caller, 1, 1)).items[0]
    assert "との予約についての申し立て" in answer.text
    assert answer.link == f"/reservations/{booked.id}"
    assert await world.broken() == []


async def test_what_goes_back_by_itself_needs_no_claim(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), 1801)
    await world.sweep()
    with pytest.raises(UserError, match="return_coming"):
        await world.do(
            claims.file_reservation_claim,
            world.settings,
            booked.id,
            world.caller,
            "cast_absent",
            "",
        )
    with pytest.raises(UserError, match="reservation_unknown"):
        await world.do(
            claims.file_reservation_claim, world.settings, booked.id, world.cast, "cast_absent", ""
        )
