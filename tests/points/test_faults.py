"""What goes wrong with points at the worst moment: no point is made, lost or spent twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from points import audit, ledger
from points.tables import charge_returns, charges, lots
from rooms.talk import beats, history
from tests.points.till import Till, charge_next
from tests.world import World, flowing, new_user

NO_AMOUNTS = [0, -1, 1.5, 2**63, 10_000_001, "1e9", "100", "１００", True, None]


@pytest.fixture
async def till(database: Database, owner_database: Database) -> AsyncIterator[Till]:
    """A caller at the till; afterwards every invariant of the books holds."""
    till = await Till.open(database, owner_database)
    yield till
    await till.prove()


@pytest.mark.parametrize("points", NO_AMOUNTS)
async def test_what_is_no_amount_is_not_granted(till: Till, points: object) -> None:
    with pytest.raises(UserError, match="amount_out_of_bounds"):
        await till.do(ledger.grant, till.caller, points, "x", actor_id=None, key="k")
    assert await till.points() == 0


@pytest.mark.parametrize("points", [points for points in NO_AMOUNTS if points != -1])
async def test_what_is_no_amount_corrects_nothing(till: Till, points: object) -> None:
    with pytest.raises(UserError, match="amount_out_of_bounds"):
        await till.do(ledger.correct, till.caller, points, "x", actor_id=None, key="k")


@pytest.mark.parametrize("points", [points for points in NO_AMOUNTS if points is not None])
async def test_what_is_no_amount_is_not_returned(till: Till, points: object) -> None:
    await till.buy(1000)
    await till.enter()
    await till.charge(2)
    with pytest.raises(UserError, match="amount_out_of_bounds"):
        await till.do(ledger.return_points, till.talk, points, reason="x", actor_id=till.caller)
    assert await till.points() == 800


async def test_a_lot_that_expires_in_the_instant_of_a_charge_is_charged_or_expired(
    till: Till,
) -> None:
    for _ in range(5):
        await till.buy(100)
        await till.enter()
        async with till.owner.transaction() as tx:
            await tx.execute(
                sa.update(lots)
                .where(~lots.c.closed)
                .values(expires_at=sa.func.clock_timestamp() + sa.text("interval '20 ms'"))
            )

        async def sweep() -> int:
            await asyncio.sleep(0.018)
            return int(await till.do(ledger.expire_due))

        async def charge() -> int:
            await asyncio.sleep(0.015)
            return await till.charge()

        charged, *_ = await asyncio.gather(charge(), sweep(), sweep())
        await asyncio.sleep(0.03)
        swept = await till.do(ledger.expire_due)
        assert charged in (0, 1)
        assert not (charged and swept)
        assert await till.points() == 0


async def test_an_expired_lot_is_not_spent_even_before_the_sweep(till: Till) -> None:
    await till.buy(100)
    await till.enter()
    await till.run_out()
    assert await till.charge() == 0
    assert (await till.do(ledger.points_of, till.caller)).balance == 100
    assert await till.do(ledger.expire_due) == 1
    assert (await till.do(ledger.points_of, till.caller)).balance == 0
    assert await till.do(ledger.expire_due) == 0
    assert await till.booked("expiry") == 100


async def test_the_sweep_waits_for_no_charge_and_no_charge_for_the_sweep(till: Till) -> None:
    await till.buy(100)
    other = await Till.open(till.database, till.owner)
    await other.buy(300)
    await till.run_out()
    await till.buy(100)
    await till.enter()
    async with till.database.transaction() as tx:
        await charge_next(tx, till.talk)
        swept = await asyncio.wait_for(till.do(ledger.expire_due), 5)
        assert swept == 1
    assert await till.do(ledger.expire_due) == 1
    async with till.database.transaction() as tx:
        await other.buy(200)
        await other.run_out()
        await other.buy(200)
        await other.enter()
        await ledger.expire_due(tx, 1)
        assert await asyncio.wait_for(till.charge(), 5) == 0


async def test_two_sweeps_at_once_book_each_lot_once(till: Till) -> None:
    for _ in range(8):
        buyer = await Till.open(till.database, till.owner)
        await buyer.buy(100, 10)
    await till.run_out()
    swept = await asyncio.gather(*(till.do(ledger.expire_due, 3) for _ in range(4)))
    while await till.do(ledger.expire_due, 3):
        pass
    assert sum(swept) <= 16
    assert await till.booked("expiry") == 880


async def test_minutes_charged_at_once_are_paid_as_far_as_the_points_go(till: Till) -> None:
    await till.buy(350)
    await till.enter()
    paid = await asyncio.gather(*(till.charge() for _ in range(8)))
    assert sum(paid) == 3
    assert await till.points() == 50


async def test_a_talk_is_returned_once_however_many_press(till: Till) -> None:
    await till.buy(1000)
    await till.enter()
    await till.charge(4)
    pressed = await asyncio.gather(
        *(
            till.do(ledger.return_points, till.talk, None, reason="x", actor_id=till.caller)
            for _ in range(5)
        ),
        return_exceptions=True,
    )
    refused = [press for press in pressed if isinstance(press, UserError)]
    assert [press for press in pressed if press not in refused] == [400]
    assert {refusal.code for refusal in refused} == {"already_returned"}
    assert await till.points() == 1000


async def test_a_part_goes_back_from_the_last_minute_backwards(till: Till) -> None:
    await till.buy(1000)
    await till.enter()
    await till.charge(4)
    back = await till.do(ledger.return_points, till.talk, 250, reason="x", actor_id=till.caller)
    assert back == 250
    async with till.database.transaction() as tx:
        rows = await tx.execute(
            sa.select(charge_returns.c.minute, charge_returns.c.gross, charge_returns.c.share)
            .order_by(charge_returns.c.minute.desc())
        )  # fmt: skip
        assert [tuple(row) for row in rows] == [(4, 100, 80), (3, 100, 80), (2, 50, 40)]


async def test_more_than_was_paid_does_not_go_back(till: Till) -> None:
    await till.buy(1000)
    await till.enter()
    with pytest.raises(UserError, match="nothing_to_return"):
        await till.do(ledger.return_points, till.talk, None, reason="x", actor_id=till.caller)
    await till.charge(2)
    await till.do(ledger.return_minute, till.talk, 2, kind="cut_short", reason="x")
    assert await till.do(ledger.returnable, till.talk) == 100
    with pytest.raises(UserError, match="more_than_paid") as refused:
        await till.do(ledger.return_points, till.talk, 101, reason="x", actor_id=till.caller)
    assert refused.value.params["points"] == 100


async def test_a_return_to_a_lot_that_ran_out_is_good_for_seven_days(till: Till) -> None:
    await till.buy(1000)
    await till.enter()
    await till.charge(4)
    await till.run_out()
    await till.do(ledger.expire_due)
    back = await till.do(ledger.return_points, till.talk, None, reason="x", actor_id=till.caller)
    assert back == 400
    (lot,) = (await till.do(ledger.points_of, till.caller)).lots
    assert (lot.kind, lot.remaining) == ("paid", 400)
    await till.enter()
    assert await till.charge(5) == 4
    await till.run_out()
    assert (
        await till.do(ledger.return_points, till.talk, None, reason="x", actor_id=till.caller)
        == 400
    )


async def test_a_return_after_six_months_brings_nothing_back(till: Till) -> None:
    await till.buy(1000)
    await till.enter()
    await till.charge(1)
    async with till.owner.transaction() as tx:
        now = sa.func.clock_timestamp()
        await tx.execute(sa.update(lots).values(expires_at=now, latest=now + sa.text("'1 ms'")))
    await asyncio.sleep(0.01)
    with pytest.raises(UserError, match="nothing_to_return"):
        await till.do(ledger.return_points, till.talk, None, reason="x", actor_id=till.caller)


async def test_a_return_and_a_charge_at_once_lose_nothing(till: Till) -> None:
    await till.buy(1000)
    await till.enter()
    await till.charge(3)
    back, paid = await asyncio.gather(
        till.do(ledger.return_points, till.talk, None, reason="x", actor_id=till.caller),
        till.charge(),
    )
    assert back in (300, 400)
    assert await till.points() == 1000 - 300 - 100 * paid + back


async def test_a_correction_takes_what_would_expire_first_and_never_more_than_there_is(
    till: Till,
) -> None:
    await till.buy(100)
    async with till.database.transaction() as tx:
        staff = await new_user(tx)
        await ledger.correct(tx, till.caller, 50, "gift", actor_id=staff, key="c1", months=1)
    with pytest.raises(UserError, match="points_short") as refused:
        await till.do(ledger.correct, till.caller, -151, "x", actor_id=staff, key="c2")
    assert refused.value.params["points"] == 1
    made = await asyncio.gather(
        *(
            till.do(ledger.correct, till.caller, -120, "x", actor_id=staff, key="c3")
            for _ in range(4)
        )
    )
    assert sorted(made) == [False, False, False, True]
    (lot,) = (await till.do(ledger.points_of, till.caller)).lots
    assert (lot.kind, lot.remaining) == ("paid", 30)


async def test_hanging_up_and_a_charge_at_once_agree(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(56, step=14)
    await world.wait(5)
    async with database.transaction() as tx:
        told = [flowing(world.talk, side, 1) for side in ("caller", "cast")]
        await beats.record(tx, settings, told)

    async def leave() -> None:
        async with database.transaction() as tx:
            await history.leave(tx, settings, world.talk, world.caller)

    await asyncio.gather(leave(), world.tick(), world.tick())
    async with database.transaction() as tx:
        minutes = await tx.scalar(sa.select(sa.func.count()).select_from(charges))
        assert await ledger.spendable(tx, world.caller) == 1000 - 100 * int(minutes or 0)
    async with database.transaction() as tx:
        assert [proof for proof in await audit.prove(tx) if proof.broken] == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transfers SET amount = 1",
        "DELETE FROM transfers",
        "UPDATE charges SET balance_after = 0",
        "DELETE FROM charge_returns",
        "UPDATE lots SET expires_at = now()",
        "UPDATE lots SET latest = now()",
        "DELETE FROM lots",
        "DELETE FROM wallets",
        "UPDATE wallets SET kind = 'points'",
        "UPDATE purchases SET price_yen = 1",
        "UPDATE purchases SET user_id = 1",
        "DELETE FROM purchases",
        "DELETE FROM payment_events",
        "DELETE FROM refunds",
        "DELETE FROM disputes",
        "DELETE FROM claims",
        "UPDATE staff_acts SET reason = 'x'",
        "DELETE FROM staff_acts",
        "TRUNCATE staff_acts",
    ],
)
async def test_the_application_changes_nothing_that_was_written(
    database: Database, statement: str
) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        async with database.transaction() as tx:
            await tx.execute(sa.text(statement))
