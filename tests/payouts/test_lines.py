"""Which lines of a run want a look, why, and that they come first."""

import pytest

from foundation.database import Database
from foundation.settings import Settings
from payouts.runs import lines
from payouts.runs.lines import Look
from tests.payouts.payday import Payday


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    """Where no sum needs a second person."""
    said = {"payout": "request", "payout_second_yen": 9_999_999}
    return await Payday.of(database, owner_database, settings.model_copy(update=said))


async def marks(
    day: Payday, run: int, linked: set[int] | None = None, *, only: bool = False
) -> list[tuple[str, list[str]]]:
    """The lines of a run in their order, each with what is marked."""
    async with day.database.transaction() as tx:
        look = Look(run, wanted=True, linked=linked or set())
        found = await lines.lines_of(tx, look, 1, 200, only_marked=only)
    assert found.marked == sum(1 for one in found.page if one.marks)
    return [(one.nickname, one.marks) for one in found.page]


async def rich(day: Payday, nickname: str, minutes: int) -> int:
    """A cast who can be paid so many thousands of yen."""
    cast = await day.cast(nickname)
    await day.account(cast, number=f"{cast:07}")
    await day.earn(cast, minutes)
    await day.pass_days(40)
    await day.top_up()
    return cast


async def again(day: Payday, *amounts: tuple[int, int]) -> int:
    """Let casts ask tomorrow, and gather it."""
    await day.pass_days(1)
    for cast, amount in amounts:
        await day.ask(cast, amount)
    return await day.gather(await day.staff())


async def test_the_first_payout_to_a_cast_is_marked_and_the_next_is_not(day: Payday) -> None:
    cast = await rich(day, "さくら", 30)
    await day.ask(cast, 6000)
    run, actor = await day.gather(await day.staff()), await day.staff()
    assert await marks(day, run) == [("さくら", ["first"])]
    await day.agreed(run, actor)
    await day.close(run, actor)
    assert await marks(day, await again(day, (cast, 6000))) == [("さくら", [])]


async def test_marked_lines_come_first_and_stand_alone_when_asked_for(day: Payday) -> None:
    known, new = await rich(day, "さくら", 30), await rich(day, "みお", 30)
    await day.paid(known, 6000)
    run = await again(day, (known, 6000), (new, 6000))
    assert await marks(day, run) == [("みお", ["first"]), ("さくら", [])]
    assert await marks(day, run, only=True) == [("みお", ["first"])]
    async with day.database.transaction() as tx:
        second = await lines.lines_of(tx, Look(run, wanted=True), 2, 1)
        assert [one.nickname for one in second.page] == ["さくら"]
        assert (second.page.has_next, second.marked) == (False, 1)
        # Once nobody is to look any more, nothing is marked, and all stand in their order.
        over = await lines.lines_of(tx, Look(run, wanted=False), 1, 200)
    assert [(one.nickname, one.marks) for one in over.page] == [("さくら", []), ("みお", [])]
    assert over.marked == 0


async def test_another_account_than_the_last_time_is_marked(day: Payday) -> None:
    cast = await rich(day, "さくら", 30)
    await day.paid(cast, 6000)
    await day.account(cast, number="7654321")
    assert await marks(day, await again(day, (cast, 6000))) == [("さくら", ["account"])]


async def test_what_came_back_the_last_time_is_marked_until_one_arrives(day: Payday) -> None:
    cast = await rich(day, "さくら", 40)
    await day.paid(cast, 6000)
    await day.pass_days(1)
    payout = await day.paid(cast, 6000)
    assert await day.reject(payout, await day.staff(), await day.staff())
    await day.confirm(cast)
    run, actor = await again(day, (cast, 6000)), await day.staff()
    assert await marks(day, run) == [("さくら", ["rejected"])]
    await day.agreed(run, actor)
    await day.close(run, actor)
    assert await marks(day, await again(day, (cast, 6000))) == [("さくら", [])]


async def test_what_comes_back_once_it_was_gathered_is_marked_at_once(day: Payday) -> None:
    cast = await rich(day, "さくら", 40)
    payout = await day.paid(cast, 6000)
    run = await again(day, (cast, 6000))
    assert await marks(day, run) == [("さくら", [])]
    assert await day.reject(payout, await day.staff(), await day.staff())
    assert await marks(day, run) == [("さくら", ["rejected"])]


async def test_where_nothing_ever_arrived_what_came_back_and_changed_is_said(day: Payday) -> None:
    cast = await rich(day, "さくら", 30)
    payout = await day.paid(cast, 6000)
    assert await day.reject(payout, await day.staff(), await day.staff())
    await day.account(cast, number="7654321")
    run = await again(day, (cast, 6000))
    assert await marks(day, run) == [("さくら", ["rejected", "account"])]


@pytest.mark.parametrize(
    ("before", "now", "marked"),
    [
        ((20_000, 20_000), 60_000, []),
        ((20_000, 20_000), 60_001, ["large"]),
        # The mean, and not the largest or the last one.
        ((10_000, 30_000), 60_001, ["large"]),
        ((5_000,), 50_000, []),
        ((5_000,), 50_001, ["large"]),
    ],
)
async def test_a_sum_far_above_the_mean_of_the_last_ones_is_marked(
    day: Payday, before: tuple[int, ...], now: int, marked: list[str]
) -> None:
    cast = await rich(day, "さくら", 120)
    for amount in before:
        await day.paid(cast, amount)
        await day.pass_days(1)
    await day.ask(cast, now)
    assert await marks(day, await day.gather(await day.staff())) == [("さくら", marked)]


async def test_what_came_back_counts_in_no_mean(day: Payday) -> None:
    cast = await rich(day, "さくら", 120)
    for amount in (50_000, 5_000):
        payout = await day.paid(cast, amount)
        await day.pass_days(1)
        if amount == 50_000:
            assert await day.reject(payout, await day.staff(), await day.staff())
            await day.confirm(cast)
    assert await marks(day, await again(day, (cast, 50_001))) == [("さくら", ["large"])]


async def test_only_the_last_six_make_the_mean(day: Payday) -> None:
    cast = await rich(day, "さくら", 150)
    for amount in (50_000, *[5_000] * 6):
        await day.paid(cast, amount)
        await day.pass_days(1)
    assert await marks(day, await again(day, (cast, 50_001))) == [("さくら", ["large"])]


async def test_who_is_linked_is_marked_and_a_strangers_history_marks_nobody(day: Payday) -> None:
    cast, other = await rich(day, "さくら", 30), await rich(day, "みお", 30)
    await day.paid(cast, 6000)
    await day.paid(other, 6000)
    payout = await day.paid(await rich(day, "れい", 30), 6000)
    assert await day.reject(payout, await day.staff(), await day.staff())
    run = await again(day, (cast, 6000), (other, 6000))
    assert await marks(day, run, {other}) == [("みお", ["linked"]), ("さくら", [])]


async def test_what_is_itself_in_a_run_is_no_history(day: Payday) -> None:
    cast = await rich(day, "さくら", 30)
    await day.ask(cast, 6000)
    await day.pass_days(1)
    run = await again(day, (cast, 6000))
    assert await marks(day, run) == [("さくら", ["first"]), ("さくら", ["first"])]
