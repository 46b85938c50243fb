"""Two who want the same at once: the second waits for the first, and nobody in a circle."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from people.accounts import accounts
from people.accounts.tables import users
from people.joining import credentials, mailed_links
from people.sign_in import sessions
from points import ledger
from points.tables import claims as claim_rows
from rooms.care import claims, decisions, role_changes, withdrawal
from rooms.talk.past import history
from tests.waiting import somebody_waits
from tests.world import HASH, World, new_user


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    """A talk of three charged minutes, ended by the caller."""
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    await world.talk_for(190, step=14)
    async with database.transaction() as tx:
        await history.leave(tx, settings, world.talk, world.caller)
    return world


async def administrators(database: Database, number: int) -> list[int]:
    async with database.transaction() as tx:
        made = [await new_user(tx) for _ in range(number)]
        changed = sa.update(users).where(users.c.id.in_(made)).values(staff_role="administrator")
        await tx.execute(changed)
    return made


def held_at(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> Any:
    """Let whoever calls this function stop there; two events: they are there, they may go on."""
    there, go, verb = asyncio.Event(), asyncio.Event(), getattr(module, name)

    async def stop(*args: Any, **more: Any) -> Any:
        there.set()
        await go.wait()
        return await verb(*args, **more)

    monkeypatch.setattr(module, name, stop)
    return there, go


async def test_staff_decide_a_claim_of_somebody_who_withdraws_meanwhile(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    (staff,) = await administrators(world.database, 1)
    async with world.database.transaction() as tx:
        claim = await claims.file_claim(
            tx, world.settings, world.talk, world.caller, "no_media", ""
        )
    there, go = held_at(monkeypatch, ledger, "returnable")

    async def decide() -> decisions.Decided:
        async with world.database.transaction() as tx:
            return await decisions.return_points(
                tx, world.settings, claim, staff, 100, "記録で確認しました", "急ぎ"
            )

    async def withdraw() -> None:
        async with world.database.transaction() as tx:
            await withdrawal.withdraw(tx, world.settings, world.caller, HASH)

    deciding = asyncio.create_task(decide())
    await there.wait()
    going = asyncio.create_task(withdraw())
    await somebody_waits(world.database)
    go.set()
    assert (await deciding).state == "returned"
    await going
    async with world.database.transaction() as tx:
        assert await tx.scalar(sa.select(claim_rows.c.state)) == "returned"


async def test_a_password_is_set_anew_by_mail_while_it_is_changed_on_the_page(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with database.transaction() as tx:
        user = await accounts.find_user(tx, await new_user(tx))
        assert user is not None
        session = await sessions.open_for(tx, user.id, days=1)
        await credentials.send_reset(tx, settings, user.email)
        mail = await tx.scalar(sa.text("SELECT text FROM mails ORDER BY id DESC LIMIT 1"))
    assert isinstance(mail, str)
    token = next(word for word in mail.replace("=", " ").replace("/", " ").split()
                 if len(word) == 43)  # fmt: skip
    there, go = held_at(monkeypatch, accounts, "set_password_hash")

    async def reset() -> None:
        async with database.transaction() as tx:
            await credentials.reset_password(tx, settings, token, f"{HASH}B")

    async def change() -> None:
        async with database.transaction() as tx:
            await credentials.change_password(tx, settings, user, HASH, f"{HASH}C", session)

    resetting = asyncio.create_task(reset())
    await there.wait()
    changing = asyncio.create_task(change())
    await somebody_waits(database)
    go.set()
    await resetting
    with pytest.raises(UserError, match="password_changed_meanwhile"):
        await changing
    async with database.transaction() as tx:
        assert await mailed_links.find_open(tx, token, "reset") is None


async def test_of_two_administrators_who_make_each_other_none_one_stays(
    database: Database, settings: Settings
) -> None:
    one, other = await administrators(database, 2)

    async def take_away(actor: int, person: int) -> None:
        async with database.transaction() as tx:
            await role_changes.change_role(tx, settings, actor, person, None, "試験")

    done = await asyncio.gather(
        take_away(other, one), take_away(one, other), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in done) == ["NoneType", "UserError"]
