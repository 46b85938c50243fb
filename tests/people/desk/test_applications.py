"""An application is answered once, by one of the staff, and makes exactly one account a cast."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import mails, notices
from people.accounts.tables import users
from people.desk import application_list, applications, inquiries
from people.joining import credentials, registration
from people.joining.mailed_links import Link
from people.meeting.tables import applications as table
from people.meeting.tables import inquiries as inquiry_table
from tests.web.accounts.registering import last_mail
from tests.web.scene import make_user
from tests.world import new_user

WORDS = "お話を楽しみにしています。"


async def applied(
    database: Database, settings: Settings, email: str = "a@test.example", **given: Any
) -> int:
    """Somebody applies; the application's id."""
    wanted = {"user_id": None, "name": "山田", "about": "旅の話", "message": "話すのが好きです"}
    async with database.transaction() as tx:
        await applications.apply(tx, settings, email=email, locale="ja", **(wanted | given))
        found = await tx.scalar(sa.select(sa.func.max(table.c.id)))
    assert found is not None
    return int(found)


async def member(database: Database, email: str, *, confirmed: bool = True) -> int:
    async with database.transaction() as tx:
        user_id = await new_user(tx, confirmed=confirmed)
        await tx.execute(
            sa.update(users).where(users.c.id == user_id).values(email=email, is_cast=False)
        )
    return user_id


async def staff(database: Database) -> int:
    async with database.transaction() as tx:
        user_id = await new_user(tx)
        await tx.execute(sa.update(users).where(users.c.id == user_id).values(staff_role="support"))
    return user_id


async def is_cast(database: Database, user_id: int) -> bool:
    async with database.transaction() as tx:
        return bool(await tx.scalar(sa.select(users.c.is_cast).where(users.c.id == user_id)))


async def sent(database: Database) -> list[Any]:
    async with database.transaction() as tx:
        return list(await tx.execute(sa.select(mails).order_by(mails.c.id)))


async def decided(
    database: Database,
    settings: Settings,
    application_id: int,
    actor: int,
    verb: Callable[..., Awaitable[application_list.Application]] = applications.approve,
) -> application_list.Application:
    async with database.transaction() as tx:
        return await verb(tx, settings, application_id, actor, WORDS)


async def test_an_application_is_received_by_mail_that_says_when_to_expect_an_answer(
    database: Database, settings: Settings
) -> None:
    await applied(database, settings, message="https://evil.example に来て")
    (mail,) = await sent(database)
    assert mail.to_address == "a@test.example"
    assert "2〜3日" in mail.text
    # Nothing that a stranger typed goes to an address that nobody has proved.
    assert "evil" not in mail.text + mail.html


async def test_while_one_waits_a_second_from_the_same_address_changes_nothing(
    database: Database, settings: Settings
) -> None:
    first = await applied(database, settings)
    assert await applied(database, settings, message="もう一度") == first
    assert len(await sent(database)) == 1


async def test_approval_makes_the_confirmed_account_of_that_address_a_cast_at_once(
    database: Database, settings: Settings
) -> None:
    user_id = await member(database, "a@test.example")
    application = await applied(database, settings)
    await decided(database, settings, application, await staff(database))
    assert await is_cast(database, user_id)
    async with database.transaction() as tx:
        notice = (await tx.execute(sa.select(notices))).one()
    assert (notice.user_id, notice.link) == (user_id, "/console/rooms")
    assert WORDS in notice.text


async def test_a_members_own_application_follows_them_to_another_address(
    database: Database, settings: Settings
) -> None:
    user_id = await member(database, "old@test.example")
    application = await applied(database, settings, "old@test.example", user_id=user_id)
    async with database.transaction() as tx:
        await tx.execute(
            sa.update(users).where(users.c.id == user_id).values(email="new@test.example")
        )
    await decided(database, settings, application, await staff(database))
    assert await is_cast(database, user_id)


async def test_without_an_account_the_approval_waits_for_the_registration(
    database: Database, settings: Settings
) -> None:
    application = await applied(database, settings)
    await decided(database, settings, application, await staff(database))
    invitation = (await sent(database))[-1]
    assert "/sign-up" in invitation.text
    assert WORDS in invitation.text
    user_id = await member(database, "a@test.example")
    assert not await is_cast(database, user_id)
    async with database.transaction() as tx:
        assert await applications.grant_approved(tx, user_id, "a@test.example")
        assert not await applications.grant_approved(tx, user_id, "a@test.example")
    assert await is_cast(database, user_id)


async def test_completing_the_registration_applies_the_approval(
    database: Database, settings: Settings
) -> None:
    application = await applied(database, settings)
    await decided(database, settings, application, await staff(database))
    user_id = await member(database, "a@test.example", confirmed=False)
    async with database.transaction() as tx:
        user = await registration.confirmed(tx, settings, Link(user_id, "a@test.example"))
    assert user.is_cast
    assert await is_cast(database, user_id)


async def test_a_member_who_moves_to_the_approved_address_is_a_cast_from_then_on(
    database: Database, settings: Settings
) -> None:
    await decided(database, settings, await applied(database, settings), await staff(database))
    user = await make_user(database)
    async with database.transaction() as tx:
        await credentials.ask_email_change(tx, settings, user, "a@test.example")
    assert not await is_cast(database, user.id)
    async with database.transaction() as tx:
        token = (await last_mail(database, "a@test.example")).token
        await credentials.change_email(tx, settings, token)
    assert await is_cast(database, user.id)


async def test_an_unconfirmed_account_does_not_become_a_cast(
    database: Database, settings: Settings
) -> None:
    user_id = await member(database, "a@test.example", confirmed=False)
    application = await applied(database, settings)
    await decided(database, settings, application, await staff(database))
    assert not await is_cast(database, user_id)


@pytest.mark.parametrize("answer", [None, applications.decline])
async def test_what_was_not_approved_is_not_claimed(
    database: Database, settings: Settings, answer: Any
) -> None:
    application = await applied(database, settings)
    if answer:
        await decided(database, settings, application, await staff(database), answer)
    user_id = await member(database, "a@test.example")
    async with database.transaction() as tx:
        assert not await applications.grant_approved(tx, user_id, "a@test.example")
    assert not await is_cast(database, user_id)


async def test_of_two_members_of_staff_at_once_only_one_decides(
    database: Database, settings: Settings
) -> None:
    user_id = await member(database, "a@test.example")
    application = await applied(database, settings)
    one, other = await staff(database), await staff(database)
    outcomes = await asyncio.gather(
        decided(database, settings, application, one),
        decided(database, settings, application, other, applications.decline),
        return_exceptions=True,
    )
    refused = [each for each in outcomes if isinstance(each, UserError)]
    assert [each.code for each in refused] == ["application_decided"]
    async with database.transaction() as tx:
        state = await tx.scalar(sa.select(table.c.state))
    assert await is_cast(database, user_id) == (state == "approved")
    assert len(await sent(database)) == 2


async def test_approval_and_registration_at_once_do_not_miss_each_other(
    database: Database, settings: Settings
) -> None:
    application = await applied(database, settings)
    user_id = await member(database, "a@test.example", confirmed=False)
    actor = await staff(database)

    async def registered() -> None:
        async with database.transaction() as tx:
            await registration.confirmed(tx, settings, Link(user_id, "a@test.example"))
            await asyncio.sleep(0.2)

    await asyncio.gather(registered(), decided(database, settings, application, actor))
    assert await is_cast(database, user_id)


async def test_nobody_decides_on_their_own_application(
    database: Database, settings: Settings
) -> None:
    actor = await staff(database)
    application = await applied(database, settings, user_id=actor)
    with pytest.raises(UserError, match="application_own"):
        await decided(database, settings, application, actor)


async def test_who_is_kept_out_does_not_become_a_cast(
    database: Database, settings: Settings
) -> None:
    user_id = await member(database, "a@test.example")
    application = await applied(database, settings)
    async with database.transaction() as tx:
        await tx.execute(
            sa.update(users).where(users.c.id == user_id).values(banned_at=sa.func.now())
        )
    with pytest.raises(UserError, match="applicant_barred"):
        await decided(database, settings, application, await staff(database))
    assert not await is_cast(database, user_id)


@pytest.mark.parametrize(
    "name", ["", "  ", "x" * 41, "evil.example", "http://x", "a@b", "あ\u200bい"]
)
def test_a_name_that_is_none_or_a_link_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="name_"):
        applications.name_of(name)


@pytest.mark.parametrize("name", ["山田 花子", "J. R. Smith", "O'Neil", "ゆき"])
def test_a_name_is_kept_as_it_is(name: str) -> None:
    assert applications.name_of(f" {name} ") == name


async def test_what_was_answered_long_ago_is_forgotten_and_what_waits_is_not(
    database: Database, settings: Settings
) -> None:
    actor = await staff(database)
    await decided(database, settings, await applied(database, settings), actor)
    await applied(database, settings, "b@test.example")
    async with database.transaction() as tx:
        asked = [
            await inquiries.ask(
                tx, settings, user_id=None, email="c@test.example", category="other",
                text=text, locale="ja",
            )
            for text in ("こんにちは", "こんばんは")
        ]  # fmt: skip
        await inquiries.answer(tx, settings, asked[0], actor, WORDS)
        long_ago = {"decided_at": sa.text("decided_at - interval '366 days'")}
        await tx.execute(sa.update(table).values(long_ago))
        await tx.execute(sa.update(inquiry_table).values(long_ago))
    async with database.transaction() as tx:
        assert await applications.sweep(tx, 365, 100) == 1
        assert await inquiries.sweep(tx, 365, 100) == 1
        assert await tx.scalar(sa.select(table.c.email)) == "b@test.example"
        assert await tx.scalar(sa.select(inquiry_table.c.id)) == asked[1]
