"""Before a claim takes from a cast they are asked; what it took, they are told."""

from collections.abc import Awaitable
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify import inbox
from people.accounts.tables import users
from points import earnings
from record import act_list
from rooms.care import asked_casts, claims, decisions, withdrawal
from rooms.day import hearing
from rooms.talk.past import history
from tests.world import HASH, World, new_user

WHY = "記録を確認しました。"


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A talk of three charged minutes at 100 points, ended by the caller."""
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(190, step=14)
    async with database.transaction() as tx:
        await history.leave(tx, settings, world.talk, world.caller)
    return world


@pytest.fixture
async def staff(database: Database) -> int:
    async with database.transaction() as tx:
        user = await new_user(tx, "係")
        role = sa.update(users).where(users.c.id == user).values(staff_role="administrator")
        await tx.execute(role)
    return user


@pytest.fixture
async def claim(world: World) -> int:
    async with world.database.transaction() as tx:
        return await claims.file_claim(
            tx, world.settings, world.talk, world.caller, "other", "音が途切れました"
        )


async def refused(doing: Awaitable[Any]) -> str:
    with pytest.raises(UserError) as error:
        await doing
    return error.value.code


async def give_back(world: World, claim: int, staff: int, at_once: str = "") -> decisions.Decided:
    async with world.database.transaction() as tx:
        return await decisions.return_points(tx, world.settings, claim, staff, 100, WHY, at_once)


async def say(world: World, claim: int, text: str, cast: int | None = None) -> None:
    async with world.database.transaction() as tx:
        await hearing.answer(tx, claim, cast or world.cast, text)


async def notices(world: World) -> list[tuple[str, str, str | None]]:
    async with world.database.transaction() as tx:
        found = await inbox.inbox(tx, world.cast, 1, 20)
    return [(one.title, one.text, one.link) for one in found if one.kind == "claim"]


async def test_the_cast_is_asked_what_they_say_and_until_when(world: World, claim: int) -> None:
    ((title, text, link),) = await notices(world)
    assert title == "申し立てについて、ご回答のお願い"
    assert "けんじさん" in text
    assert link == f"/console/claims/{claim}"
    async with world.database.transaction() as tx:
        (asked,) = await hearing.open_of(tx, world.cast)
        assert (asked.claim_id, asked.text, asked.is_over) == (claim, "音が途切れました", False)
        assert await hearing.open_of(tx, world.caller) == []


async def test_nothing_is_taken_before_they_have_spoken_unless_it_cannot_wait(
    world: World, claim: int, staff: int
) -> None:
    assert await refused(give_back(world, claim, staff)) == "cast_not_heard"
    assert (await give_back(world, claim, staff, "相手が危険なため")).state == "returned"
    async with world.database.transaction() as tx:
        (act,) = await act_list.acts(tx, 1, 1)
    assert (act.act, act.detail["at_once"]) == ("claim.return", "相手が危険なため")


async def test_once_they_have_spoken_staff_read_it_and_decide(
    world: World, claim: int, staff: int
) -> None:
    await say(world, claim, "  接続はずっと正常でした。\r\n確認をお願いします。 ")
    async with world.database.transaction() as tx:
        words = (await asked_casts.of_claims(tx, [claim]))[claim]
    assert words.text == "接続はずっと正常でした。\n確認をお願いします。"
    assert (await give_back(world, claim, staff)).state == "returned"
    # A press that was made twice is one answer.
    await say(world, claim, "接続はずっと正常でした。\n確認をお願いします。")
    assert await refused(say(world, claim, "もう一度")) == "answer_given"


async def test_after_the_term_staff_decide_without_them(
    world: World, claim: int, staff: int, owner_database: Database
) -> None:
    async with owner_database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE claim_answers SET asked_at = asked_at - interval '25 h',"
                " until = until - interval '25 h'"
            )
        )
    assert await refused(say(world, claim, "遅れました")) == "answer_late"
    assert (await give_back(world, claim, staff)).state == "returned"


async def test_a_refusal_needs_no_words_of_theirs(world: World, claim: int, staff: int) -> None:
    async with world.database.transaction() as tx:
        await decisions.decline(tx, world.settings, claim, staff, WHY)
    assert (await notices(world))[0][0] == "申し立てを確認しました"
    assert await refused(say(world, claim, "あの")) == "answer_late"


async def test_what_was_taken_is_told_with_its_reason_and_as_the_books_have_it(
    world: World, claim: int, staff: int
) -> None:
    await give_back(world, claim, staff, "急ぎ")
    title, text, _ = (await notices(world))[0]
    async with world.database.transaction() as tx:
        wallet = await earnings.wallet_of(tx, world.cast)
        total = await earnings.total(tx, wallet, earnings.BEGINNING, earnings.END)
    assert title == f"報酬が変わりました（−{total.returned} pt）"
    assert (total.returned, total.net) == (80, 160)
    assert "100 pt" in text
    assert WHY in text


@pytest.mark.parametrize(
    ("text", "code"), [("  ", "answer_needed"), ("あ" * 1001, "answer_too_long")]
)
async def test_words_have_their_bounds(world: World, claim: int, text: str, code: str) -> None:
    assert await refused(say(world, claim, text)) == code


async def test_nobody_else_is_asked_or_may_answer(world: World, claim: int, staff: int) -> None:
    for stranger in (world.caller, staff):
        assert await refused(say(world, claim, "わたしです", stranger)) == "claim_unknown"


async def test_who_withdraws_is_nobody_in_what_the_cast_was_told(world: World, claim: int) -> None:
    async with world.database.transaction() as tx:
        await withdrawal.withdraw(tx, world.settings, world.caller, HASH)
    ((title, text, _),) = await notices(world)
    assert "けんじ" not in title + text
    assert "退会した会員" in text
