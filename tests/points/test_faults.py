"""What goes wrong with points at the worst moment: no point is made, lost or spent twice."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from points import audit, ledger
from points.tables import charge_returns, charges, lots, wallets
from rooms.talk.past import history
from rooms.talk.proof import beats
from tests.points.till import Till, charge_next
from tests.waiting import somebody_waits
from tests.world import World, flowing, new_user

NO_AMOUNTS = [0, -1, 1.5, 2**63, 10_000_001, "1e9", "100", "１００", True, None]
REFUSED = "amount_out_of_bounds"


@pytest.fixture
async def till(database: Database, owner_database: Database) -> AsyncIterator[Till]:
    """A caller at the till; afterwards every invariant of the books holds."""
    till = await Till.open(database, owner_database)
    yield till
    await till.prove()


async def test_what_is_no_amount_is_not_granted(till: Till) -> None:
    for points in NO_AMOUNTS:
        given = (till.caller, points, "x")
        assert await refusal(till, ledger.grant, *given, actor_id=None, key="k") == REFUSED, points
        assert await till.points() == 0, points


async def test_what_is_no_amount_corrects_nothing(till: Till) -> None:
    for points in NO_AMOUNTS:
        if points == -1:
            continue
        given = (till.caller, points, "x")
        assert await refusal(till, ledger.correct, *given, actor_id=None, key="k") == REFUSED, (
            points
        )


async def test_what_is_no_amount_is_not_returned(till: Till) -> None:
    await till.buy(1000)
    await till.enter()
    await till.charge(2)
    for points in NO_AMOUNTS:
        # None is all that was paid.
        if points is None:
            continue
        by = {"reason": "x", "actor_id": till.caller}
        assert await refusal(till, ledger.return_points, till.talk, points, **by) == REFUSED, points
        assert await till.points() == 800, points


async def refusal(till: Till, verb: Any, *args: Any, **more: Any) -> str | None:
    """The code with which a verb refuses; None where it doesn't."""
    try:
        await till.do(verb, *args, **more)
    except UserError as error:
        return error.code
    return None


async def test_a_lot_that_expires_while_its_charge_is_written_is_charged(till: Till) -> None:
    charged, seconds = 0, 0.5
    while not charged:
        # On a slow machine it may run out before: then it is swept, and another one lasts longer.
        await till.buy(100)
        await till.enter()
        await till.run_out(ahead=seconds)
        async with till.database.transaction() as tx:
            charged = await charge_next(tx, till.talk)
            await passed(till)
            assert [await till.do(ledger.expire_due) for _ in range(2)] == [0, 0]
        assert await till.do(ledger.expire_due) == 1 - charged
        assert await till.points() == 0
        seconds *= 2


async def passed(till: Till) -> None:
    """Wait until no lot that is open can be spent any more."""
    ahead = sa.func.max(lots.c.expires_at) - sa.func.clock_timestamp()
    async with till.database.transaction() as tx:
        left = await tx.scalar(sa.select(ahead).where(~lots.c.closed))
    await asyncio.sleep(max(0, left.total_seconds()) if left else 0)


async def test_a_lot_that_expires_while_its_charge_waits_is_not_charged(till: Till) -> None:
    await till.buy(100)
    await till.enter()
    async with till.owner.transaction() as tx:
        await tx.execute(sa.select(wallets.c.id).with_for_update())
        charging = asyncio.create_task(till.charge())
        await somebody_waits(till.owner)
        await till.run_out()
        assert await asyncio.gather(*(till.do(ledger.expire_due) for _ in range(2))) == [0, 0]
    assert await charging == 0
    assert (await till.do(ledger.points_of, till.caller)).balance == 100
    assert await till.do(ledger.expire_due) == 1
    assert await till.points() == 0
    assert await till.booked("expiry") == 100


async def test_a_lot_whose_expiry_is_being_written_is_not_charged(till: Till) -> None:
    await till.buy(100)
    await till.enter()
    await till.run_out()
    async with till.database.transaction() as tx:
        assert await ledger.expire_due(tx) == 1
        charging = asyncio.create_task(till.charge())
        await somebody_waits(till.owner)
        assert await till.do(ledger.expire_due) == 0
    assert await charging == 0
    assert await till.points() == 0
    assert await till.booked("expiry") == 100


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
