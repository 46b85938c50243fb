"""Reservations: kept, confirmed, called off, and who wins where two want the same."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from people.meeting import blocks
from points import ledger, limits, statements
from rooms.booking import cancelling, reminders, reservations, reserved_talks, views
from rooms.care import claims, decisions
from tests.points.till import credit, new_purchase
from tests.rooms.booked import Booked
from tests.world import new_user


@pytest.fixture
async def world(database: Database, owner_database: Database, settings: Settings) -> Booked:
    return await Booked.open(database, owner_database, settings)


async def refused(code: str, doing: Any) -> UserError:
    with pytest.raises(UserError) as caught:
        await doing
    assert caught.value.code == code
    return caught.value


async def test_booking_holds_the_points_and_tells_both(world: Booked) -> None:
    kept = await world.keep(minutes=30)
    assert (kept.state, kept.points, await world.points_of()) == ("kept", 3000, 10_000)
    booked = await world.confirm(kept, "よろしく\x00お願いします ")
    assert (booked.state, booked.message) == ("booked", "よろしくお願いします")
    assert await world.points_of() == 7000
    assert (await world.do(ledger.points_of, world.caller)).balance == 7000
    assert await world.told(world.caller) == ["booked"]
    assert await world.told(world.cast) == ["booked_cast"]
    assert await world.broken() == []


async def test_a_second_confirmation_changes_nothing(world: Booked) -> None:
    kept = await world.keep()
    first, second = await world.confirm(kept), await world.confirm(kept, "again")
    assert (second.state, second.message, second.booked_at) == ("booked", "", first.booked_at)
    assert await world.points_of() == 7000


async def test_the_price_is_the_one_that_was_shown(world: Booked) -> None:
    kept = await world.keep()
    await world.do(lambda tx: tx.execute(sa.text("UPDATE rooms SET rate = 9000")))
    assert (await world.confirm(kept)).points == 3000


async def test_a_slot_is_kept_for_five_minutes(world: Booked) -> None:
    kept = await world.keep()
    other = await world.another()
    await refused("slot_taken", world.keep(caller=other))
    assert kept.starts_at not in {slot.starts_at for slot in await world.slots(other)}
    assert kept.starts_at in {slot.starts_at for slot in await world.slots()}
    await world.pass_time(301)
    await refused("keep_lapsed", world.confirm(kept))
    theirs = await world.do(
        reservations.keep, world.settings, world.room, other, await world.start(), 30
    )
    assert theirs.state == "kept"
    await refused("keep_lapsed", world.confirm(kept))


async def test_choosing_again_lets_the_earlier_slot_go(world: Booked) -> None:
    first = await world.keep(20)
    second = await world.keep(15)
    await refused("keep_lapsed", world.confirm(first))
    assert (await world.confirm(second)).state == "booked"


async def test_of_two_callers_for_the_last_slot_one_gets_it(world: Booked) -> None:
    rivals = [world.caller] + [await world.another(f"客{n}") for n in range(3)]
    found = await asyncio.gather(
        *(world.keep(caller=rival) for rival in rivals), return_exceptions=True
    )
    lost = [one for one in found if isinstance(one, UserError)]
    assert [one.code for one in lost] == ["slot_taken"] * 3
    assert len(found) - len(lost) == 1


async def test_the_constraint_has_the_last_word(world: Booked) -> None:
    booked, other = await world.book(), await world.another()
    with pytest.raises(sa.exc.IntegrityError, match="ex_reservations_cast"):
        await world.do(
            lambda tx: tx.execute(
                sa.text("""
INSERT INTO reservations (room_id, cast_id, caller_id, starts_at, ends_at, minutes, rate, share,
  points, kept_until, cancel_until)
SELECT room_id, cast_id, :other, starts_at + interval '25 minutes',
  ends_at + interval '25 minutes', minutes, rate, share, points, now(), cancel_until
FROM reservations WHERE id = :id"""),
                {"id": booked.id, "other": other},
            )
        )


async def test_one_caller_holds_no_overlapping_reservations(world: Booked) -> None:
    await world.book()
    elsewhere = await Booked.open(world.database, world.owner, world.settings)
    elsewhere.caller = world.caller
    await refused("own_overlap", elsewhere.keep())
    assert await elsewhere.start() not in {s.starts_at for s in await elsewhere.slots()}


async def test_a_cast_is_not_booked_while_they_are_somebodys_guest(world: Booked) -> None:
    theirs = await Booked.open(world.database, world.owner, world.settings)
    await world.do(lambda tx: ledger.grant(tx, world.cast, 9000, "t", actor_id=None, key="c"))
    await theirs.book(caller=world.cast)
    await refused("slot_taken", world.keep())


@pytest.mark.parametrize(
    ("hours", "minutes", "code"),
    [
        (24.5, 30, "slot_taken"), (0.2, 30, "slot_taken"), (20, 5, "length_out_of_bounds"),
        (20, 125, "length_out_of_bounds"), (20, 31, "length_out_of_bounds"),
    ],
)  # fmt: skip
async def test_what_cannot_be_booked_is_refused(
    world: Booked, hours: float, minutes: int, code: str
) -> None:
    await refused(code, world.keep(hours, minutes))


async def test_who_may_not_book_is_told_why(world: Booked) -> None:
    await refused("own_room", world.keep(caller=world.cast))
    stranger = await world.do(new_user, "未確認", confirmed=False)
    await refused("not_confirmed", world.keep(caller=stranger))
    blocked = await world.another()
    await world.do(blocks.block, world.cast, blocked)
    await refused("room_unknown", world.keep(caller=blocked))
    assert await world.slots(blocked) == []
    poor = await world.another(points=2999)
    short = await refused("points_short", world.keep(caller=poor))
    assert short.params == {"needed": 3000, "points": 1}


async def test_ones_own_limit_counts_what_is_held(world: Booked) -> None:
    await world.do(limits.set_limits, world.caller, day_points=5000, month_points=None)
    booked = await world.book(20)
    over = await refused("own_limit_reached", world.keep(15))
    assert over.params == {"points": 2000}
    await world.cancel(booked)
    kept = await world.keep(15)
    await world.do(limits.set_limits, world.caller, day_points=2999, month_points=None)
    assert (await refused("own_limit_reached", world.confirm(kept))).params == {"points": 2999}


async def test_cancelling_returns_everything_into_the_very_lots(world: Booked) -> None:
    await world.do(
        lambda tx: ledger.grant(tx, world.caller, 500, "bonus", actor_id=None, key="soon", months=1)
    )
    before = await world.do(ledger.points_of, world.caller)
    booked = await world.book()
    assert await world.points_of() == 7500
    gone = await world.cancel(booked)
    assert (gone.state, gone.returned, gone.may_cancel) == ("cancelled", 3000, False)
    assert await world.do(ledger.points_of, world.caller) == before
    assert await world.told(world.caller) == ["booked", "cancelled"]
    assert await world.told(world.cast) == ["booked_cast", "cancelled_cast"]
    await refused("already_cancelled", world.cancel(booked))
    assert booked.starts_at in {slot.starts_at for slot in await world.slots()}
    assert await world.broken() == []


async def test_a_renewed_lot_takes_what_comes_back_after_its_expiry(world: Booked) -> None:
    booked = await world.book()
    async with world.owner.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE lots SET expires_at = now() - interval '1 h', created_at = created_at"
                " - interval '100 days', latest = now() + interval '3 days'"
            )
        )
    await world.cancel(booked)
    held = await world.do(ledger.points_of, world.caller)
    assert held.spendable == 3000


async def test_points_that_may_live_no_more_are_booked_as_expired(world: Booked) -> None:
    booked = await world.book()
    async with world.owner.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE lots SET expires_at = now() - interval '2 h', latest = now()"
                " - interval '1 h', created_at = created_at - interval '200 days'"
            )
        )
    assert (await world.cancel(booked)).state == "cancelled"
    assert await world.points_of() == 0
    kinds = await world.do(
        lambda tx: tx.scalars(sa.text("SELECT kind FROM transfers WHERE hold_id IS NOT NULL"))
    )
    assert list(kinds) == ["expiry"]


async def set_cancel_until(world: Booked, booked: Any, moved: str) -> None:
    """Let the last moment for cancelling be so far from now."""
    async with world.owner.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE reservations SET cancel_until = clock_timestamp()"
                " + CAST(:moved AS interval) WHERE id = :id"
            ),
            {"moved": moved, "id": booked.id},
        )


async def test_a_millisecond_after_the_limit_nothing_goes_back(world: Booked) -> None:
    booked = await world.book()
    assert booked.starts_at - booked.cancel_until == timedelta(hours=12)
    assert booked.may_cancel
    await set_cancel_until(world, booked, "-1 millisecond")
    assert not (await world.read(booked)).may_cancel
    await refused("cancel_too_late", world.cancel(booked))
    assert await world.points_of() == 7000


async def test_up_to_the_limit_everything_goes_back(world: Booked) -> None:
    booked = await world.book()
    await set_cancel_until(world, booked, "2 seconds")
    assert (await world.cancel(booked)).returned == 3000


async def test_the_limit_itself_is_within_it_by_the_tables_own_word(world: Booked) -> None:
    booked = await world.book()
    statement = sa.text("""
UPDATE reservations SET state = 'cancelled',
  cancelled_at = cancel_until + CAST(:late AS interval) WHERE id = :id""")
    async with world.owner.transaction() as tx:
        savepoint = await tx.begin_nested()
        await tx.execute(statement, {"late": "0", "id": booked.id})
        await savepoint.rollback()
        with pytest.raises(sa.exc.IntegrityError, match="cancelled_in_time"):
            await tx.execute(statement, {"late": "1 millisecond", "id": booked.id})


async def test_cancelling_twice_at_once_returns_once(world: Booked) -> None:
    booked = await world.book()
    found = await asyncio.gather(*(world.cancel(booked) for _ in range(4)), return_exceptions=True)
    lost = [one for one in found if isinstance(one, UserError)]
    assert [one.code for one in lost] == ["already_cancelled"] * 3
    assert await world.points_of() == 10_000
    assert await world.broken() == []


async def test_cancelling_against_declining_returns_once(world: Booked) -> None:
    for _ in range(3):
        booked = await world.book()
        found = await asyncio.gather(
            world.cancel(booked), world.decline(booked), return_exceptions=True
        )
        assert sum(isinstance(one, UserError) for one in found) == 1
        assert await world.points_of() == 10_000
    assert await world.broken() == []


async def test_cancelling_against_the_beginning_is_one_or_the_other(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    late = settings.model_copy(update={"cancel_hours": 0})
    world = await Booked.open(database, owner_database, late)
    for _ in range(3):
        booked = await world.until_start(await world.book(2), -60)
        await world.stand_by()
        await world.do(reserved_talks.agree_early, world.settings, booked.id, world.cast)
        cancelled, come = await asyncio.gather(
            world.cancel(booked), world.come(booked, early=True), return_exceptions=True
        )
        begun = not isinstance(come, Exception)
        assert begun == isinstance(cancelled, UserError)
        assert await world.points_of() == 10_000 - 3000 * begun
        assert await world.broken() == []
        if begun:
            return


async def test_a_cast_declines_with_a_word_until_it_begins(world: Booked) -> None:
    booked = await world.book(2)
    assert booked.may_cancel
    await world.pass_time(601)
    assert not (await world.read(booked)).may_cancel
    await refused("words_needed", world.decline(booked, " \n "))
    await refused("reservation_unknown", world.do(
        cancelling.decline, world.settings, booked.id, world.caller, "いいえ"
    ))  # fmt: skip
    booked = await world.until_start(booked, -2)
    gone = await world.decline(booked, "急用です")
    assert (gone.state, gone.words, gone.returned) == ("declined", "急用です", 3000)
    assert await world.points_of() == 10_000
    assert await world.told(world.caller) == ["booked", "declined"]
    later = await world.until_start(await world.book(3), 1)
    await refused("reservation_begun", world.decline(later))


async def test_only_its_two_people_see_a_reservation(world: Booked) -> None:
    kept = await world.keep()
    other = await world.another()
    await refused("reservation_unknown", world.read(kept, other))
    await refused("reservation_unknown", world.read(kept, world.cast))
    booked = await world.confirm(kept)
    assert (await world.read(booked, world.cast)).side == "cast"
    assert (await world.read(booked, world.cast)).earning == 2400
    await refused("reservation_unknown", world.read(booked, other))


async def test_coming_and_past_are_listed_for_either_side(world: Booked) -> None:
    first, second, third = await world.book(3), await world.book(20), await world.book(15)
    await world.cancel(second)
    for side, user in (("caller", world.caller), ("cast", world.cast)):
        coming = await world.do(views.coming, world.settings, user, side)
        assert [one.id for one in coming] == [first.id, third.id]
        past = await world.do(views.past, world.settings, user, side, 1, 10)
        assert [one.id for one in past.items] == [second.id]
    assert await world.do(views.next_of, world.settings, world.caller) is None
    await world.until_start(first, -3000)
    near = await world.do(views.next_of, world.settings, world.caller)
    assert near is not None
    assert (near.id, near.may_enter) == (first.id, False)


async def test_the_statement_shows_what_was_held_and_came_back(world: Booked) -> None:
    booked = await world.book()
    await world.cancel(booked)
    page = await world.do(statements.statement, world.caller)
    shown = [(line.kind, line.amount, line.balance_after) for line in page.lines]
    assert shown[:2] == [("release", 3000, 10_000), ("hold", -3000, 7000)]
    ids = [line.hold_id for line in page.lines[:2]]
    paths = await world.do(views.of_holds, [int(one) for one in ids if one])
    assert {path for path, _ in paths.values()} == {f"/reservations/{booked.id}"}


async def test_a_purchase_refunded_while_its_points_are_held_is_owed(world: Booked) -> None:
    buyer = await world.another(points=0)

    async def buy(tx: Any) -> int:
        made = await new_purchase(tx, buyer, 3000)
        await credit(tx, made)
        return made

    bought = await world.do(buy)
    booked = await world.book(caller=buyer)
    taken = await world.do(ledger.take_back, bought, 3000, why="x")
    assert (taken.taken, taken.owed) == (0, 3000)
    await world.cancel(booked)
    assert await world.points_of(buyer) == 0
    assert await world.do(ledger.owed, buyer) == 0


async def test_reminders_come_once_each_to_both_and_late_ones_are_dropped(world: Booked) -> None:
    booked = await world.book(3)

    async def reminded() -> None:
        while await world.do(reminders.remind, world.settings):
            pass

    await reminded()
    assert await world.told(world.caller) == ["booked"]
    await world.until_start(booked, -3590)
    await reminded()
    await reminded()
    assert await world.told(world.caller) == ["booked", "hour"]
    await world.until_start(booked, -299)
    await reminded()
    assert await world.told(world.caller) == ["booked", "hour", "soon"]
    assert await world.told(world.cast) == ["booked_cast", "hour", "soon"]


@pytest.mark.parametrize(("ahead", "words"), [(1800, []), (200, ["soon"]), (-10, [])])
async def test_after_three_hours_without_a_clock_late_reminders_are_dropped(
    world: Booked, ahead: float, words: list[str]
) -> None:
    await world.until_start(await world.book(4), -ahead)
    while await world.do(reminders.remind, world.settings):
        pass
    assert (await world.told(world.caller))[1:] == words


async def test_slots_that_nobody_confirmed_are_swept_and_forgotten(world: Booked) -> None:
    kept = await world.keep()
    await world.pass_time(301)
    await world.sweep()
    assert (await world.read(kept)).state == "lapsed"
    await world.pass_time(86_401)
    await world.sweep()
    await refused("reservation_unknown", world.read(kept))


async def test_a_reservation_cannot_be_deleted(world: Booked) -> None:
    await world.book()
    with pytest.raises(sa.exc.DBAPIError):
        await world.do(lambda tx: tx.execute(sa.text("DELETE FROM reservations")))


async def test_a_claim_gives_back_what_was_settled(world: Booked) -> None:
    booked = await world.until_start(await world.book(2), 60)
    await world.stand_by()
    assert isinstance(await world.come(booked), int)
    about = (world.settings, booked.id, world.caller, "other", "遅刻でした")
    await refused("reservation_not_over", world.do(claims.file_reservation_claim, *about))
    await world.talk_on(61)
    await world.until_start(booked, 1801)
    await world.sweep()
    assert (await world.read(booked)).state == "done"
    assert await world.earned() == 2400
    claim = await world.do(
        claims.file_reservation_claim,
        world.settings,
        booked.id,
        world.caller,
        "other",
        "遅刻でした",
    )
    staff = await world.another("スタッフ")
    found = await world.do(claims.claim, claim)
    assert (found.paid, found.returned, found.left) == (3000, 0, 3000)
    assert (found.cast_id, found.link) == (world.cast, f"/reservations/{booked.id}")
    await world.do(
        decisions.return_points, world.settings, claim, staff, 1000, "10分の遅刻", "急ぎ"
    )
    assert await world.points_of() == 8000
    assert await world.earned() == 1600
    assert (await world.read(booked)).returned == 1000
    assert await world.broken() == []
