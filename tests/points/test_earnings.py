"""What a cast earned stands line by line, and the lines add up to the sums and to the books."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database, clock
from foundation.settings import Settings
from points import earnings, ledger, rules
from points.earnings import BEGINNING, END
from rooms.talk.past import history
from tests.world import World, new_user


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A talk of three charged minutes at 110 points, ended by the caller."""
    world = await World.of(database, settings, rate=110)
    await world.enter()
    await world.beat()
    await world.talk_for(190, step=14)
    async with database.transaction() as tx:
        await history.leave(tx, settings, world.talk, world.caller)
    return world


async def held(world: World) -> int:
    """What the books say that the cast's wallet of earnings holds."""
    async with world.database.transaction() as tx:
        wallet = await earnings.wallet_of(tx, world.cast)
        query = sa.text("SELECT coalesce(sum(amount), 0) FROM journal WHERE wallet_id = :wallet")
        return int(await tx.scalar(query, {"wallet": wallet}) or 0)


async def sums(world: World) -> tuple[earnings.EarningSum, list[earnings.EarningLine]]:
    async with world.database.transaction() as tx:
        wallet = await earnings.wallet_of(tx, world.cast)
        total = await earnings.total(tx, wallet, BEGINNING, END)
        page = await earnings.lines(tx, wallet, BEGINNING, END, 1, 50)
    return total, page.items


async def test_a_talk_is_one_line_and_says_how_its_share_came_about(world: World) -> None:
    total, (line,) = await sums(world)
    assert (line.kind, line.talk_id, line.minutes) == ("talk", world.talk, 3)
    assert (line.gross, line.fee, line.share, line.percent) == (330, 66, 264, 80)
    assert (total.gross, total.fee, total.earned, total.net) == (330, 66, 264, 264)
    assert total.net == await held(world)


async def test_what_goes_back_is_a_line_of_its_own_and_the_rows_add_up(world: World) -> None:
    async with world.database.transaction() as tx:
        staff = await new_user(tx, "係")
        await ledger.return_points(tx, world.talk, 150, reason="遅刻のため", actor_id=staff)
    total, (back, line) = await sums(world)
    assert (back.kind, back.by_staff, back.reason) == ("talk_return", True, "遅刻のため")
    assert (back.gross, back.share + back.fee) == (-150, -150)
    assert total.returned == -back.share > 0
    assert total.net == line.share + back.share == await held(world)
    assert total.gross == line.gross + back.gross
    assert total.fee == line.fee + back.fee
    async with world.database.transaction() as tx:
        assert await earnings.taken_for(tx, world.talk, None) == total.returned


async def test_a_reservation_and_what_goes_back_of_it_are_lines(world: World) -> None:
    async with world.database.transaction() as tx:
        hold = await ledger.hold(tx, world.caller, 400, key="t:1", reason="予約")
        await ledger.pay_hold(tx, hold, world.cast, 320, reason="reservation done")
    total, lines = await sums(world)
    (paid,) = [line for line in lines if line.kind == "reserved"]
    assert (paid.hold_id, paid.gross, paid.fee, paid.share) == (hold, 400, 80, 320)
    async with world.database.transaction() as tx:
        staff = await new_user(tx, "係")
        await ledger.return_hold(
            tx, hold, 100, cast_id=world.cast, share=320, reason="遅刻", actor_id=staff
        )
    total, lines = await sums(world)
    (back,) = [line for line in lines if line.kind == "reserved_return"]
    assert (back.gross, back.share, back.reason, back.by_staff) == (-100, -80, "遅刻", True)
    assert sum(line.share for line in lines) == total.net == await held(world)


async def test_days_and_months_are_tokyos_and_add_up_to_the_whole(
    world: World, owner_database: Database
) -> None:
    # The first minute is moved before midnight in Tokyo: the talk stands on both days.
    async with world.database.transaction() as tx:
        midnight = rules.day_began(await clock(tx))
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        await tx.execute(
            sa.text("UPDATE charges SET at = :at WHERE talk_id = :talk AND minute = 1"),
            {"at": midnight - timedelta(seconds=1), "talk": world.talk},
        )
    total, lines = await sums(world)
    assert [line.minutes for line in lines] == [2, 1]
    async with world.database.transaction() as tx:
        wallet = await earnings.wallet_of(tx, world.cast)
        today = await earnings.total(tx, wallet, midnight, END)
        before = await earnings.total(tx, wallet, BEGINNING, midnight)
        days = await earnings.by_day(tx, wallet, BEGINNING, END)
        months = await earnings.by_month(tx, wallet, BEGINNING, END)
    assert (today.net, before.net) == (176, 88)
    assert today.net + before.net == total.net
    assert [day.earned for day in days] == [176, 88]
    assert sum(month.earned - month.returned for month in months) == total.net
    assert all(month.day.day == 1 for month in months)


async def test_one_sees_ones_own_earnings_alone(world: World) -> None:
    async with world.database.transaction() as tx:
        other = await new_user(tx)
        wallet = await ledger.open_wallet(tx, other, "earnings")
        assert (await earnings.total(tx, wallet, BEGINNING, END)).lines == 0
        assert (await earnings.total(tx, None, BEGINNING, END)).net == 0
        assert (await earnings.lines(tx, wallet, BEGINNING, END, 1, 50)).items == []
