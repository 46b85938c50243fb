"""People hear of points that expire: two weeks and three days before, once, with the amount."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database
from notify import inbox
from notify.tables import mails
from people.accounts.tables import users
from points import ledger, reminders
from tests.world import new_user


async def remind(database: Database, most: int = 100) -> int:
    async with database.transaction() as tx:
        return await reminders.remind(tx, "https://talk.example", most)


async def titles(database: Database, user: int) -> list[str]:
    async with database.transaction() as tx:
        return [notice.title for notice in await inbox.inbox(tx, user, 1, 50)][::-1]


async def expire_in(owner: Database, user: int, **time: float) -> None:
    """Let all lots of a user expire after so long."""
    async with owner.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE lots SET expires_at = clock_timestamp() + :time FROM wallets w"
                " WHERE w.id = wallet_id AND w.user_id = :user"
            ),
            {"time": timedelta(**time), "user": user},
        )


async def holder(database: Database, points: int = 1200, locale: str = "ja") -> int:
    async with database.transaction() as tx:
        user = await new_user(tx, points=points)
        await tx.execute(sa.update(users).where(users.c.id == user).values(locale=locale))
    return user


@pytest.mark.parametrize(
    ("days", "told"), [(14.1, 0), (13.9, 1), (3.1, 1), (2.9, 1), (0.01, 1), (-0.01, 0)]
)
async def test_a_reminder_comes_within_two_weeks_of_the_end(
    database: Database, owner_database: Database, days: float, told: int
) -> None:
    user = await holder(database)
    await expire_in(owner_database, user, days=days)
    assert await remind(database) == told
    assert len(await titles(database, user)) == told


async def test_each_distance_is_told_once_by_inbox_and_mail(
    database: Database, owner_database: Database
) -> None:
    user = await holder(database)
    await expire_in(owner_database, user, days=10)
    assert sum(await asyncio.gather(*(remind(database) for _ in range(4)))) == 1
    assert len(await titles(database, user)) == 1
    assert await remind(database) == 0
    async with database.transaction() as tx:
        mail = (await tx.execute(sa.select(mails))).one()
    assert "1,200ポイント" in mail.subject
    assert "https://talk.example/points" in mail.text


async def test_the_second_reminder_comes_three_days_before(
    database: Database, owner_database: Database
) -> None:
    user = await holder(database)
    async with owner_database.transaction() as tx:
        end = await tx.scalar(
            sa.text("UPDATE lots SET expires_at = now() + interval '10 d' RETURNING expires_at")
        )
    assert await remind(database) == 1
    async with owner_database.transaction() as tx:
        # The day comes nearer: the same lot, told before under the same end.
        await tx.execute(sa.text("UPDATE lots SET expires_at = now() + interval '2 d'"))
        near = await tx.scalar(sa.text("SELECT expires_at FROM lots"))
        await tx.execute(
            sa.text("UPDATE notices SET key = replace(key, :far, :near)"),
            {"far": str(int(end.timestamp())), "near": str(int(near.timestamp()))},
        )
    assert await remind(database) == 1
    assert len(await titles(database, user)) == 2


async def test_lots_that_end_together_are_one_reminder(
    database: Database, owner_database: Database
) -> None:
    user = await holder(database, 500)
    async with database.transaction() as tx:
        await ledger.grant(tx, user, 700, "test", actor_id=None, key="second")
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("UPDATE lots SET expires_at = date_trunc('day', now()) + '5 d'"))
    assert await remind(database) == 1
    assert "1,200" in (await titles(database, user))[0]


async def test_spent_points_remind_nobody(database: Database, owner_database: Database) -> None:
    user = await holder(database)
    await expire_in(owner_database, user, days=10)
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("UPDATE lots SET remaining = 0"))
    assert await remind(database) == 0


async def test_everyone_is_told_however_many_at_once(
    database: Database, owner_database: Database
) -> None:
    people = [await holder(database, 10 + n) for n in range(5)]
    for user in people:
        await expire_in(owner_database, user, days=2)
    told = [await remind(database, most=2) for _ in range(4)]
    assert told == [2, 2, 1, 0]


async def test_the_last_day_is_the_site_s_and_in_the_reader_s_words(
    database: Database, owner_database: Database
) -> None:
    user = await holder(database, locale="en")
    async with owner_database.transaction() as tx:
        await tx.execute(
            sa.text(
                "UPDATE lots SET expires_at ="
                " (date_trunc('day', now() AT TIME ZONE 'Asia/Tokyo') + '6 d')"
                " AT TIME ZONE 'Asia/Tokyo'"
            )
        )
        day = await tx.scalar(sa.text("SELECT ((now() AT TIME ZONE 'Asia/Tokyo')::date + 5)::date"))
    assert await remind(database) == 1
    assert f"{day.day} {day:%B}" in (await titles(database, user))[0]
