"""Terms are given where the site sells or owes by the month, once, and stay as they were."""

from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify.senders import leave_in_mailbox
from payouts import terms
from people.accounts.tables import users
from scheduler.errands import Tools, give_terms
from tests.world import new_user

SITE = {"talk_seller": "site", "payout": "monthly", "seller_name": "甲商会"}


def of(settings: Settings, **changed: Any) -> Settings:
    return settings.model_copy(update=SITE | changed)


async def cast_of(database: Database, locale: str = "ja") -> int:
    async with database.transaction() as tx:
        user = await new_user(tx, "さくら")
        await tx.execute(
            sa.update(users).where(users.c.id == user).values(is_cast=True, locale=locale)
        )
    return user


async def given(database: Database, user: int) -> list[str]:
    async with database.transaction() as tx:
        return [one.text for one in await terms.given(tx, user)]


async def told(database: Database) -> list[str]:
    async with database.transaction() as tx:
        return list((await tx.execute(sa.text("SELECT text FROM notices ORDER BY id"))).scalars())


async def run(database: Database, settings: Settings) -> None:
    await give_terms(Tools(settings, database, leave_in_mailbox))


async def test_they_say_what_the_law_asks_for(database: Database, settings: Settings) -> None:
    cast = await cast_of(database)
    async with database.transaction() as tx:
        number = await tx.scalar(sa.select(users.c.member_number).where(users.c.id == cast))
        assert await terms.give(tx, of(settings, fee_percent=20), cast)
    (text,) = await given(database, cast)
    for said in (
        "甲商会", f"会員番号 {number}", "この条件をお渡しした日から", "80%", "毎月末日", "翌月25日",
        "場所は問いません", "検査はありません",
        "振込手数料は委託する者が負担", "最低額はありません",
    ):  # fmt: skip
        assert said in text, said
    # What they are sent is what is kept.
    assert text in (await told(database))[0]


async def test_again_nothing_is_given_until_something_is_new(
    database: Database, settings: Settings
) -> None:
    cast = await cast_of(database)
    for changed in ({}, {}, {"fee_percent": 25}, {"fee_percent": 25}):
        await run(database, of(settings, **changed))
    texts = await given(database, cast)
    assert len(texts) == len(await told(database)) == 2
    assert "75%" in texts[0]
    assert "75%" not in texts[1]


async def test_who_changes_their_language_was_given_the_same(
    database: Database, settings: Settings
) -> None:
    cast = await cast_of(database)
    await run(database, of(settings))
    async with database.transaction() as tx:
        await tx.execute(sa.update(users).values(locale="en"))
    await run(database, of(settings))
    assert len(await given(database, cast)) == 1


@pytest.mark.parametrize(
    ("seller", "way", "gets"),
    [
        ("site", "monthly", True),
        ("site", "request", True),
        ("cast", "monthly", True),
        ("cast", "request", False),
    ],
)
async def test_who_sells_and_how_it_is_paid_decide(
    database: Database, settings: Settings, seller: str, way: str, gets: bool
) -> None:
    cast = await cast_of(database)
    await run(database, of(settings, talk_seller=seller, payout=way))
    texts = await given(database, cast)
    assert bool(texts) is gets
    assert (await told(database) != []) is gets
    if gets:
        assert ("キャストがお客様に販売" in texts[0]) is (seller == "cast")
        assert ("円から申請でき" in texts[0]) is (way == "request")


async def test_who_is_no_cast_or_has_gone_gets_none(database: Database, settings: Settings) -> None:
    async with database.transaction() as tx:
        caller = await new_user(tx, "けんじ")
        await tx.execute(sa.update(users).where(users.c.id == caller).values(is_cast=False))
    banned = await cast_of(database)
    async with database.transaction() as tx:
        await tx.execute(
            sa.update(users).where(users.c.id == banned).values(banned_at=sa.func.now())
        )
        assert not await terms.give(tx, of(settings), caller)
    await run(database, of(settings))
    assert await given(database, caller) == await given(database, banned) == []


@pytest.mark.parametrize("locale", ["ja", "en"])
async def test_they_fit_the_notice_whole(
    database: Database, settings: Settings, locale: str
) -> None:
    cast = await cast_of(database, locale)
    await run(database, of(settings, seller_name="あ" * 100))
    assert (await given(database, cast))[0] in (await told(database))[0]


async def test_what_was_given_nobody_changes(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    await cast_of(database)
    await run(database, of(settings))
    for one in (database, owner_database):
        for change in ("UPDATE payout_terms SET text = 'x'", "DELETE FROM payout_terms"):
            with pytest.raises(sa.exc.DBAPIError):
                async with one.transaction() as tx:
                    await tx.execute(sa.text(change))
