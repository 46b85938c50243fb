"""A cast who looks at no page is told that somebody entered; one who has come is not."""

import json

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from notify import choices
from notify.tables import mails, notices
from rooms.talk import entry, unanswered
from rooms.talk.past import history
from tests.notify.push_house import Phone, opt_in
from tests.world import World

JOBS = "SELECT args, scheduled_at > now() AS later FROM procrastinate_jobs WHERE task_name = :name"


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """Somebody has entered, and the cast has not come yet."""
    made = await World.of(database, settings)
    async with database.transaction() as tx:
        await opt_in(tx, made.cast, Phone("phone"))
    async with database.transaction() as tx:
        made.talk = (await entry.enter(tx, settings, made.room, made.caller)).talk_id
    return made


async def tell(world: World) -> bool:
    async with world.database.transaction() as tx:
        return await unanswered.tell(tx, world.settings, world.talk)


async def told(world: World) -> tuple[int, int, int]:
    """How many notices, mails and pushes there are."""
    async with world.database.transaction() as tx:
        counted = [
            await tx.scalar(sa.select(sa.func.count()).select_from(table))
            for table in (notices, mails)
        ]
        pushes = len((await tx.execute(sa.text(JOBS), {"name": "send_push"})).all())
    return int(counted[0] or 0), int(counted[1] or 0), pushes


async def test_an_entry_leaves_a_job_that_waits_for_the_console_first(world: World) -> None:
    async with world.database.transaction() as tx:
        job = (await tx.execute(sa.text(JOBS), {"name": unanswered.JOB})).one()
    arguments = job.args if isinstance(job.args, dict) else json.loads(job.args)
    assert (arguments, job.later) == ({"talk_id": world.talk}, True)


async def test_a_cast_who_has_not_come_is_told_once_by_inbox_and_push(world: World) -> None:
    assert await tell(world)
    assert not await tell(world)
    assert await told(world) == (1, 0, 1)
    async with world.database.transaction() as tx:
        row = (await tx.execute(sa.select(notices))).one()
    assert (row.kind, row.user_id, row.link) == ("entered", world.cast, f"/talks/{world.talk}")
    assert row.title == "けんじさんが入室しました"


async def test_who_chose_mail_is_mailed_as_long_as_it_is_worth_it(world: World) -> None:
    async with world.database.transaction() as tx:
        await choices.choose(tx, world.cast, {("calls", "mail"): True})
    await tell(world)
    assert await told(world) == (1, 1, 1)
    async with world.database.transaction() as tx:
        stale = sa.select(mails.c.stale_at < sa.func.now() + sa.text("interval '3 min'"))
        assert await tx.scalar(stale)


async def test_a_cast_who_has_come_is_not_called(world: World) -> None:
    await world.join("cast")
    assert not await tell(world)
    assert await told(world) == (0, 0, 0)


async def test_a_talk_that_is_over_calls_nobody(world: World) -> None:
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, world.talk, world.caller)
    assert not await tell(world)
    assert await told(world) == (0, 0, 0)
