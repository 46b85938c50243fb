"""A session is noted as used last of all: nobody is waited for with it in hand."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.settings import Settings
from people.accounts.tables import sessions as session_rows
from people.meeting import favourites
from people.sign_in import sessions
from rooms.care import sanctioning
from tests.web.scene import BROWSER, Browser, make_user
from tests.web.staff.scene import make_staff


async def lie_unused(database: Database) -> None:
    """Let every session have been used last two minutes ago."""
    async with database.transaction() as tx:
        ago = sa.text("interval '2 minutes'")
        await tx.execute(
            sa.update(session_rows).values(
                created_at=session_rows.c.created_at - ago, seen_at=session_rows.c.seen_at - ago
            )
        )


async def test_staff_suspend_somebody_whose_stale_session_is_doing_something(
    browser: Browser, database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, cast = await make_user(database), await make_user(database, is_cast=True)
    staff = (await make_staff(database)).id
    await browser.sign_in(member, database)
    form = {"csrf": await browser.csrf(), "on": "1"}
    await lie_unused(database)
    acting, suspending = asyncio.Event(), asyncio.Event()
    add, close_all = favourites.add, sessions.close_all

    async def add_then(*args: Any) -> None:
        acting.set()
        await suspending.wait()
        await add(*args)

    async def close_meanwhile(tx: Tx, user_id: int) -> int:
        # From here on the one has the person, and wants the session; the other wants the person.
        suspending.set()
        return await close_all(tx, user_id)

    monkeypatch.setattr(favourites, "add", add_then)
    monkeypatch.setattr(sessions, "close_all", close_meanwhile)
    pressing = asyncio.create_task(
        browser.client.post(
            f"/casts/{cast.id}/favourite", data=form, headers=BROWSER, allow_redirects=False
        )
    )
    await acting.wait()
    async with database.transaction() as tx:
        await sanctioning.suspend(tx, settings, staff, member.id, 3, reason="通報", words="迷惑")
    assert (await pressing).status == 303
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(session_rows)) == 0


async def test_a_session_that_is_used_lives_on(browser: Browser, database: Database) -> None:
    member = await make_user(database)
    await browser.sign_in(member, database)
    await lie_unused(database)
    async with database.transaction() as tx:
        before = await tx.scalar(sa.select(session_rows.c.expires_at))
    await browser.get("/settings")
    async with database.transaction() as tx:
        after = await tx.scalar(sa.select(session_rows.c.expires_at))
    assert before is not None
    assert after is not None
    assert after > before
