"""A caller rates a cast: after a paid talk, once, for some days; and nobody rates otherwise."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import notices
from points import ledger
from rooms.ground.rating_tables import ratings
from rooms.ground.tables import talks
from rooms.ratings import after_talk, answering, callers, giving, means, rating_list
from rooms.talk.past import history
from tests.rooms.booked import Booked
from tests.rooms.rated import a_cast, old_user, rated, talk_of
from tests.world import World, new_user


async def refused(do: Callable[[], Awaitable[Any]]) -> str:
    """The code with which something is refused."""
    with pytest.raises(UserError) as caught:
        await do()
    return caught.value.code


async def pair(database: Database, **of: Any) -> tuple[int, int, int]:
    """A caller, a cast, and an ended talk of theirs."""
    async with database.transaction() as tx:
        caller = await old_user(tx)
        cast, room = await a_cast(tx)
        return caller, cast, await talk_of(tx, caller, cast, room, **of)


async def test_a_talk_with_a_charged_minute_is_rated_and_the_cast_is_told_once(
    database: Database, settings: Settings
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(65, step=14)
    async with database.transaction() as tx:
        # A talk that goes on is not over.
        assert not (await after_talk.of_talk(tx, settings, world.talk, world.caller)).may_rate
    async with database.transaction() as tx:
        await history.leave(tx, settings, world.talk, world.caller)
    async with database.transaction() as tx:
        assert (await after_talk.of_talk(tx, settings, world.talk, world.caller)).may_rate
        await giving.rate(tx, settings, world.talk, world.caller, "5", " ありがとう\x00 ")
    async with database.transaction() as tx:
        await giving.rate(tx, settings, world.talk, world.caller, "2", "考えなおしました")
    async with database.transaction() as tx:
        seen = await after_talk.of_talk(tx, settings, world.talk, world.cast)
        told = (await tx.execute(sa.select(notices).where(notices.c.kind == "rating"))).all()
        assert (await means.of_cast(tx, world.cast)).by_stars == (0, 1, 0, 0, 0)
    assert seen.rating
    assert (seen.rating.stars, seen.rating.text) == (2, "考えなおしました")
    assert [(row.user_id, row.link) for row in told] == [(world.cast, f"/talks/{world.talk}")]
    assert "考えなおしました" not in told[0].text


@pytest.mark.parametrize("stars", ["", "0", "6", "5.0", "-1", "五", "５", "1 OR 1"])
async def test_only_one_to_five_are_stars(
    database: Database, settings: Settings, stars: str
) -> None:
    caller, _, talk = await pair(database)
    async with database.transaction() as tx:
        code = await refused(lambda: giving.rate(tx, settings, talk, caller, stars, ""))
    assert code == "stars_needed"


async def test_words_of_400_characters_are_kept_and_more_are_refused(
    database: Database, settings: Settings
) -> None:
    caller, _, talk = await pair(database)
    async with database.transaction() as tx:
        await giving.rate(tx, settings, talk, caller, "3", "あ" * 400)
    async with database.transaction() as tx:
        code = await refused(lambda: giving.rate(tx, settings, talk, caller, "3", "あ" * 401))
    assert code == "text_too_long"


async def test_who_was_not_the_caller_rates_nothing(database: Database, settings: Settings) -> None:
    _, cast, talk = await pair(database)
    async with database.transaction() as tx:
        stranger = await new_user(tx)
        for who in (stranger, cast):
            give = lambda who=who: giving.rate(tx, settings, talk, who, "5", "")  # noqa: E731
            assert await refused(give) == "talk_unknown"
        judge = lambda: callers.rate(tx, settings, talk, stranger, "1", "")  # noqa: E731
        assert await refused(judge) == "talk_unknown"
        assert (
            await refused(lambda: giving.rate(tx, settings, talk + 999, stranger, "5", ""))
            == "talk_unknown"
        )


async def test_without_a_paid_minute_or_when_all_went_back_there_is_nothing_to_rate(
    database: Database, settings: Settings
) -> None:
    caller, cast, free = await pair(database, minutes=0)
    async with database.transaction() as tx:
        assert (
            await refused(lambda: giving.rate(tx, settings, free, caller, "5", ""))
            == "rating_unpaid"
        )
        assert (
            await refused(lambda: callers.rate(tx, settings, free, cast, "1", ""))
            == "rating_unpaid"
        )
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(65, step=14)
    async with database.transaction() as tx:
        await history.leave(tx, settings, world.talk, world.caller)
        await ledger.return_minute(tx, world.talk, 1, kind="claim", reason="試験")
    async with database.transaction() as tx:
        assert not (await after_talk.of_talk(tx, settings, world.talk, world.caller)).may_rate
        assert (
            await refused(lambda: giving.rate(tx, settings, world.talk, world.caller, "1", ""))
            == "rating_unpaid"
        )


async def test_after_seven_days_nothing_is_given_or_changed(
    database: Database, settings: Settings
) -> None:
    caller, cast, talk = await pair(database, days_ago=6.9)
    async with database.transaction() as tx:
        await giving.rate(tx, settings, talk, caller, "4", "")
        await callers.rate(tx, settings, talk, cast, "1", "")
    async with database.transaction() as tx:
        late = sa.text("UPDATE talks SET ended_at = ended_at - interval '3 hours' WHERE id = :id")
        await tx.execute(late, {"id": talk})
    async with database.transaction() as tx:
        assert (
            await refused(lambda: giving.rate(tx, settings, talk, caller, "1", "")) == "rating_over"
        )
        assert (
            await refused(lambda: callers.rate(tx, settings, talk, cast, "0", "")) == "rating_over"
        )
        seen = await after_talk.of_talk(tx, settings, talk, caller)
    assert not seen.may_rate
    assert seen.rating
    assert seen.rating.stars == 4


async def test_two_presses_at_once_are_one_rating_and_the_mean_is_right(
    database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        cast, room = await a_cast(tx)
        people = [await old_user(tx, f"客{n}") for n in range(4)]
        ended = [await talk_of(tx, one, cast, room) for one in people]

    async def press(n: int, stars: int) -> None:
        async with database.transaction() as tx:
            await giving.rate(tx, settings, ended[n], people[n], str(stars), "")

    await asyncio.gather(*(press(n % 4, 1 + n % 5) for n in range(20)))
    async with database.transaction() as tx:
        rows = (await tx.execute(sa.select(ratings.c.stars))).scalars().all()
        mean = await means.of_cast(tx, cast)
    assert len(rows) == 4
    assert mean.rated == 4
    assert mean.mean == pytest.approx(sum(rows) / 4)


async def test_a_kept_reservation_is_rated_once_by_whichever_of_its_talks(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await Booked.open(database, owner_database, settings)
    booked = await world.book()
    await world.until_start(booked, 10)
    await world.stand_by()
    await world.come(booked)
    await world.talk_on(80)
    first = world.talk
    await world.do(history.leave, settings, first, world.caller)
    await world.stand_by()
    await world.come(booked)
    await world.talk_on(80)
    second = world.talk
    assert second != first
    await world.do(history.leave, settings, second, world.caller)
    await world.do(giving.rate, settings, first, world.caller, "5", "よかった")
    again = lambda: world.do(giving.rate, settings, second, world.caller, "5", "")  # noqa: E731
    assert await refused(again) == "rating_of_reservation"
    seen = await world.do(after_talk.of_talk, settings, second, world.caller)
    assert not seen.may_rate
    assert seen.rating
    assert seen.rating.talk_id == first
    async with database.transaction() as tx:
        with pytest.raises(IntegrityError):
            await tx.execute(
                sa.insert(ratings).values(
                    talk_id=second, reservation_id=booked.id, room_id=world.room,
                    cast_id=world.cast, caller_id=world.caller, stars=5,
                )
            )  # fmt: skip


async def test_a_reservation_to_which_nobody_came_is_none_to_rate(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await Booked.open(database, owner_database, settings)
    booked = await world.book(minutes=10)
    await world.until_start(booked, 10)
    await world.stand_by()
    await world.come(booked)
    await world.do(history.leave, settings, world.talk, world.caller)
    give = lambda: world.do(giving.rate, settings, world.talk, world.caller, "5", "")  # noqa: E731
    assert await refused(give) == "rating_unpaid"


async def test_the_database_takes_no_rating_of_oneself_and_deletes_none(
    database: Database, settings: Settings
) -> None:
    caller, cast, talk = await pair(database)
    async with database.transaction() as tx:
        await giving.rate(tx, settings, talk, caller, "4", "")
    for statement in (
        "UPDATE ratings SET stars = 6",
        "UPDATE ratings SET answered_at = now()",
        "UPDATE ratings SET hidden_for = 'low'",
        "UPDATE ratings SET hidden_for = 'insult'",
        "UPDATE ratings SET caller_id = cast_id",
        "DELETE FROM ratings",
        "INSERT INTO caller_ratings (talk_id, caller_id, cast_id, good)"  # noqa: ISC004
        " SELECT talk_id, cast_id, cast_id, true FROM ratings",
    ):
        with pytest.raises(sa.exc.DBAPIError):
            async with database.transaction() as tx:
                await tx.execute(sa.text(statement))
    assert cast


async def test_the_cast_answers_once_and_changes_it_for_seven_days(
    database: Database, settings: Settings
) -> None:
    caller, cast, talk = await pair(database)

    async def reply(words: str, who: int = cast) -> None:
        async with database.transaction() as tx:
            await answering.answer(tx, settings, talk, who, words)

    assert await refused(lambda: reply("ありがとう")) == "rating_unknown"
    async with database.transaction() as tx:
        await giving.rate(tx, settings, talk, caller, "4", "よい時間でした")
    assert await refused(lambda: reply("  ")) == "answer_needed"
    assert await refused(lambda: reply("あ" * 401)) == "text_too_long"
    assert await refused(lambda: reply("わたしが", caller)) == "talk_unknown"
    await reply("ありがとうございます")
    await reply("ありがとうございました")
    async with database.transaction() as tx:
        seen = await after_talk.of_talk(tx, settings, talk, caller)
        assert seen.rating
        assert seen.rating.answer == "ありがとうございました"
        later = sa.text("UPDATE ratings SET answered_at = answered_at - interval '8 days'")
        await tx.execute(later)
    assert await refused(lambda: reply("もう一度")) == "answer_over"
    async with database.transaction() as tx:
        told = sa.select(sa.func.count()).where(
            notices.c.user_id == caller, notices.c.kind == "rating"
        )
        assert await tx.scalar(told) == 1


async def test_a_list_is_shown_from_three_on_in_pages_and_names_nobody(
    database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        cast, room = await a_cast(tx)
    await rated(database, settings, cast, room, 5, 4, text="よかったです")
    async with database.transaction() as tx:
        mean = await means.of_cast(tx, cast)
        assert (mean.rated, mean.shows, mean.mean) == (2, False, None)
        assert (await rating_list.of_cast(tx, cast, 1)).items == []
    await rated(database, settings, cast, room, 3)
    async with database.transaction() as tx:
        mean = await means.of_cast(tx, cast)
        page = await rating_list.of_cast(tx, cast, 1, 2)
        rest = await rating_list.of_cast(tx, cast, 2, 2)
    assert mean.mean == pytest.approx(4)
    assert mean.distribution == [(5, 1), (4, 1), (3, 1), (2, 0), (1, 0)]
    assert [one.stars for one in [*page, *rest]] == [3, 4, 5]
    assert page.has_next
    assert not rest.has_next
    assert not {"caller_id", "caller_name", "nickname"} & set(vars(page.items[0]))


async def test_the_sorting_mean_follows_every_change_and_the_night_renews_the_rest(
    database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        cast, room = await a_cast(tx)
        other, second = await a_cast(tx, "ひかる")
    await rated(database, settings, cast, room, 5)
    await rated(database, settings, other, second, *[4] * 8, 5, 5)
    async with database.transaction() as tx:
        await means.renew(tx, settings)
        rows = await tx.execute(sa.text("SELECT cast_id, sorting_mean FROM rating_means"))
        sorting = {row.cast_id: row.sorting_mean for row in rows}
    # One single five does not stand before ten good ones by more than the site's mean allows.
    site = (5 + 32 + 10) / 11
    assert sorting[cast] == pytest.approx((5 + 10 * site) / 11)
    assert sorting[other] == pytest.approx((42 + 10 * site) / 20)


async def test_of_a_cast_who_withdrew_nothing_is_said_any_more(
    database: Database, settings: Settings
) -> None:
    caller, cast, talk = await pair(database)
    async with database.transaction() as tx:
        gone = (
            "UPDATE users SET withdrawn_at = now(), confirmed_at = NULL, is_cast = false"
            " WHERE id = :id"
        )
        await tx.execute(sa.text(gone), {"id": cast})
    async with database.transaction() as tx:
        assert (
            await refused(lambda: giving.rate(tx, settings, talk, caller, "5", ""))
            == "rating_unpaid"
        )
        assert await tx.scalar(sa.select(talks.c.id).where(talks.c.id == talk)) == talk
