"""Each yen that was earned stands in one place of the book, and in the right one."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from payouts import book
from points import ledger
from points.tables import claims
from tests.payouts.payday import Payday
from tests.world import new_user


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    return await Payday.of(database, owner_database, settings)


async def test_who_never_earned_has_an_empty_book(day: Payday) -> None:
    found = await day.book(await day.cast())
    assert (found.earned, found.payable, found.first_at) == (0, 0, None)


async def test_what_was_earned_matures_after_the_term_for_claims(day: Payday) -> None:
    cast = await day.cast()
    await day.earn(cast, 5)
    found = await day.book(cast)
    assert (found.earned, found.maturing, found.payable) == (5000, 5000, 0)
    await day.pass_days(13)
    assert (await day.book(cast)).payable == 0
    await day.pass_days(1)
    await day.earn(cast, 1)
    found = await day.book(cast)
    assert (found.earned, found.maturing, found.payable) == (6000, 1000, 5000)
    await day.prove()


async def claim(day: Payday, talk: int, state: str = "open") -> None:
    async with day.database.transaction() as tx:
        await tx.execute(
            sa.insert(claims).values(talk_id=talk, user_id=day.caller, kind="other", state=state)
        )


async def give_back(day: Payday, talk: int, points: int) -> None:
    async with day.database.transaction() as tx:
        staff = await new_user(tx, "係")
        await ledger.return_points(tx, talk, points, reason="遅刻", actor_id=staff)


async def test_what_is_claimed_does_not_mature_until_it_is_decided(day: Payday) -> None:
    cast = await day.cast()
    talk, _ = await day.earn(cast, 3), await day.earn(cast, 2)
    await claim(day, talk)
    await day.pass_days(20)
    found = await day.book(cast)
    assert (found.maturing, found.payable) == (3000, 2000)
    await give_back(day, talk, RATE_OF_TWO)
    found = await day.book(cast)
    assert (found.returned, found.maturing, found.payable) == (2000, 1000, 2000)


RATE_OF_TWO = 2500


async def test_a_return_after_the_payout_is_a_minus_that_later_earnings_cover(day: Payday) -> None:
    cast = await day.cast()
    talk = await day.earn(cast, 6)
    await day.pass_days(15)
    async with day.database.transaction() as tx:
        await ledger.give_up_earnings(tx, cast, 6000, key="test", reason="test")
    await give_back(day, talk, RATE_OF_TWO)
    assert (await day.book(cast)).payable == -2000
    await day.earn(cast, 5)
    await day.pass_days(15)
    assert (await day.book(cast)).payable == 3000


async def test_a_reserve_is_kept_back_for_its_days_alone(day: Payday) -> None:
    day.settings = day.settings.model_copy(
        update={"payout_reserve_percent": 10, "payout_reserve_days": 30}
    )
    cast = await day.cast()
    await day.earn(cast, 5)
    assert (await day.book(cast)).maturing == 5000
    await day.pass_days(20)
    found = await day.book(cast)
    assert (found.reserve, found.payable) == (500, 4500)
    await day.pass_days(25)
    found = await day.book(cast)
    assert (found.reserve, found.payable) == (0, 5000)


async def test_the_books_of_all_are_those_of_each(day: Payday) -> None:
    casts = [await day.cast(name) for name in ("さくら", "みどり", "はる")]
    for minutes, cast in enumerate(casts, 1):
        await day.earn(cast, minutes)
    await day.pass_days(15)
    async with day.database.transaction() as tx:
        found = await book.books(tx, day.settings)
    assert [(one.user_id, one.payable) for one in found] == [
        (cast, 1000 * minutes) for minutes, cast in enumerate(casts, 1)
    ]
    assert found == [await day.book(cast) for cast in casts]
