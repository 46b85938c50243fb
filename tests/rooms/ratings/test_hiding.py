"""Staff hide words for named reasons, which lifts no mean; both read why; a caller's standing."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import notices
from record.tables import staff_acts
from rooms.ground.rating_tables import HIDING_REASONS, VOID_REASONS
from rooms.ratings import (
    after_talk,
    answering,
    callers,
    forgetting,
    giving,
    hiding,
    means,
    rating_list,
    standing,
)
from tests.rooms.rated import a_cast, old_user, rated, talk_of
from tests.world import new_user


async def three(database: Database, settings: Settings) -> tuple[int, int, list[int]]:
    """A member of staff, a cast, and three talks rated 1, 5 and 5."""
    async with database.transaction() as tx:
        staff = await new_user(tx, "職員")
        cast, room = await a_cast(tx)
    made = await rated(database, settings, cast, room, 1, 5, 5, text="電話 090-0000-0000")
    return staff, cast, made


@pytest.mark.parametrize("named", ["", "low", "stars", "INSULT", "other"])
async def test_being_low_is_no_reason(database: Database, settings: Settings, named: str) -> None:
    staff, _, made = await three(database, settings)
    async with database.transaction() as tx:
        with pytest.raises(UserError, match="hiding_reason_unknown"):
            await hiding.hide(tx, settings, made[0], staff, named, "低いので")


@pytest.mark.parametrize("named", HIDING_REASONS)
async def test_hidden_words_are_gone_and_the_stars_count_unless_it_is_no_rating(
    database: Database, settings: Settings, named: str
) -> None:
    staff, cast, made = await three(database, settings)
    async with database.transaction() as tx:
        await hiding.hide(tx, settings, made[0], staff, named, "電話番号のため")
    void = named in VOID_REASONS
    async with database.transaction() as tx:
        mean = await means.of_cast(tx, cast)
        assert mean.rated == (2 if void else 3)
        shown = {one.talk_id: one for one in await rating_list.of_cast(tx, cast, 1)}
        assert (made[0] in shown) is False if void else shown[made[0]].text == ""
        seen = await after_talk.of_talk(tx, settings, made[0], cast)
        acts = (await tx.execute(sa.select(staff_acts))).all()
        told = (
            await tx.scalars(
                sa.select(notices.c.user_id).where(notices.c.link == f"/talks/{made[0]}")
            )
        ).all()
    assert seen.rating
    assert (seen.rating.hidden_for, seen.rating.hidden_words) == (named, "電話番号のため")
    assert not seen.may_answer
    assert [(a.act, a.subject, a.actor_id) for a in acts] == [
        ("rating.hide", f"rating:{made[0]}", staff)
    ]
    # The cast heard of the rating, and both of the hiding.
    assert len(told) == 3
    async with database.transaction() as tx:
        with pytest.raises(UserError, match="rating_hidden"):
            await hiding.hide(tx, settings, made[0], staff, named, "もう一度")
        await hiding.show_again(tx, settings, made[0], staff, "間違いでした")
    async with database.transaction() as tx:
        assert (await means.of_cast(tx, cast)).rated == 3
        shown = {one.talk_id: one for one in await rating_list.of_cast(tx, cast, 1)}
        assert shown[made[0]].text == "電話 090-0000-0000"
        with pytest.raises(UserError, match="rating_not_hidden"):
            await hiding.show_again(tx, settings, made[0], staff, "もう一度")


async def test_nobody_hides_what_they_have_a_part_in_or_without_words(
    database: Database, settings: Settings
) -> None:
    staff, cast, made = await three(database, settings)
    async with database.transaction() as tx:
        with pytest.raises(UserError, match="rating_own"):
            await hiding.hide(tx, settings, made[0], cast, "insult", "ひどい")
        with pytest.raises(UserError, match="reason_needed"):
            await hiding.hide(tx, settings, made[0], staff, "insult", "  ")
        with pytest.raises(UserError, match="rating_unknown"):
            await hiding.hide(tx, settings, 999_999, staff, "insult", "ひどい")


async def test_a_caller_has_a_standing_from_three_words_on(
    database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        caller = await old_user(tx)
        casts = [await a_cast(tx, f"さくら{n}") for n in range(4)]
    for n, (cast, room) in enumerate(casts):
        async with database.transaction() as tx:
            found = await standing.of_caller(tx, caller)
            assert (found is None) is (n < 3)
            talk = await talk_of(tx, caller, cast, room)
        async with database.transaction() as tx:
            await callers.rate(tx, settings, talk, cast, "1", "")
            await callers.rate(tx, settings, talk, cast, "0" if n == 1 else "1", "")
    async with database.transaction() as tx:
        assert await standing.of_caller(tx, caller) == standing.CallerStanding(3, 4)
        # What a cast said is for the cast, and for staff.
        mine = await after_talk.of_talk(tx, settings, talk, caller)
        theirs = await after_talk.of_talk(tx, settings, talk, cast)
    assert mine.word is None
    assert theirs.word
    assert theirs.word.good


async def test_one_person_alone_makes_neither_a_mean_nor_a_standing(
    database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        caller, (cast, room) = await old_user(tx), await a_cast(tx)
        talks = [await talk_of(tx, caller, cast, room, days_ago=3 - n) for n in range(4)]
    for n, talk in enumerate(talks):
        async with database.transaction() as tx:
            await giving.rate(tx, settings, talk, caller, "5" if n == 3 else "1", "")
            await callers.rate(tx, settings, talk, cast, "1" if n == 3 else "0", "")
    async with database.transaction() as tx:
        found = await means.of_cast(tx, cast)
        assert (found.rated, found.shows) == (1, False)
        assert await standing.of_caller(tx, caller) is None
    await rated(database, settings, cast, room, 1, 3)
    async with database.transaction() as tx:
        # Of the one who rated four times the latest counts.
        assert (await means.of_cast(tx, cast)).mean == 3.0


@pytest.mark.parametrize(
    ("good", "words", "code"),
    [("", "", "good_needed"), ("2", "", "good_needed"), ("1", "あ" * 201, "text_too_long")],
)
async def test_a_word_of_a_caller_is_good_or_not(
    database: Database, settings: Settings, good: str, words: str, code: str
) -> None:
    async with database.transaction() as tx:
        caller = await old_user(tx)
        cast, room = await a_cast(tx)
        talk = await talk_of(tx, caller, cast, room)
        with pytest.raises(UserError, match=code):
            await callers.rate(tx, settings, talk, cast, good, words)


async def test_who_withdraws_takes_words_and_leaves_stars(
    database: Database, settings: Settings
) -> None:
    _, cast, made = await three(database, settings)
    async with database.transaction() as tx:
        caller = await tx.scalar(
            sa.text("SELECT caller_id FROM ratings WHERE talk_id = :t"), {"t": made[0]}
        )
        await callers.rate(tx, settings, made[0], cast, "0", "住所を聞かれました")
        await forgetting.erase_words(tx, int(caller))
    async with database.transaction() as tx:
        shown = {one.talk_id: one for one in await rating_list.of_cast(tx, cast, 1)}
        assert (shown[made[0]].stars, shown[made[0]].text) == (1, "")
        assert shown[made[1]].text
        assert (await rating_list.words_for_staff(tx, 1)).items == []
        assert await tx.scalar(sa.text("SELECT good FROM caller_ratings")) is False


async def test_nothing_is_hidden_where_nothing_was_written(
    database: Database, settings: Settings
) -> None:
    async with database.transaction() as tx:
        staff = await new_user(tx, "職員")
        cast, room = await a_cast(tx)
    low, *_ = await rated(database, settings, cast, room, 1, 5, 5)
    async with database.transaction() as tx:
        for named in HIDING_REASONS:
            with pytest.raises(UserError, match="rating_wordless"):
                await hiding.hide(tx, settings, low, staff, named, "低いので")
    async with database.transaction() as tx:
        await answering.answer(tx, settings, low, cast, "あなたの住所は知っています")
    # What the cast wrote makes no rating void that the caller gave.
    async with database.transaction() as tx:
        for named in VOID_REASONS:
            with pytest.raises(UserError, match="rating_wordless"):
                await hiding.hide(tx, settings, low, staff, named, "お返事が脅しのため")
        await hiding.hide(tx, settings, low, staff, "insult", "お返事が脅しのため")
        assert (await means.of_cast(tx, cast)).rated == 3
