"""Making accounts, and telling who signs in."""

import asyncio

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from foundation.database import Database
from foundation.errors import UserError
from foundation.threads import Threads
from people.accounts import accounts, passwords
from people.accounts.tables import users
from tests.web.scene import PASSWORD, hashed, make_user
from tests.world import HASH

pytestmark = pytest.mark.usefixtures("true_hashes")


async def test_a_known_email_changes_nothing_and_makes_nobody(database: Database) -> None:
    first = await make_user(database, email="sakura@example.jp", nickname="さくら")
    async with database.transaction() as tx:
        again = await accounts.register(
            tx, nickname="にせもの", email="sakura@example.jp", password_hash=HASH
        )
        assert again is None
        assert await accounts.find_user(tx, first.id) == first
        stored = await tx.scalar(sa.select(users.c.password_hash))
    assert stored == hashed()


async def test_two_sign_ups_with_one_email_at_once_make_one_account(database: Database) -> None:
    async def register() -> accounts.User | None:
        async with database.transaction() as tx:
            return await accounts.register(
                tx, nickname="さくら", email="sakura@example.jp", password_hash=hashed()
            )

    made = await asyncio.gather(*(register() for _ in range(4)))
    assert sum(user is not None for user in made) == 1


async def test_a_new_account_is_confirmed_only_where_that_is_said(database: Database) -> None:
    assert (await make_user(database, confirmed=False)).confirmed_at is None
    assert (await make_user(database, confirmed=True)).confirmed_at is not None


async def test_only_the_right_password_authenticates(database: Database) -> None:
    user = await make_user(database, email="sakura@example.jp")
    assert await accounts.authenticate(database, user.email, PASSWORD) == user
    # The same words from a keyboard in another mode, and composed differently.
    assert await accounts.authenticate(database, user.email, "ひとときの合言葉　４２") == user
    assert await accounts.authenticate(database, user.email, PASSWORD + " ") is None
    assert await accounts.authenticate(database, "nobody@example.jp", PASSWORD) is None


@pytest.mark.parametrize("name", ["sakura@example.jp", "nobody@example.jp", 48_261_843, 10_000_000])
async def test_a_wrong_password_costs_one_hash_whether_or_not_the_account_is_known(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str | int
) -> None:
    await make_user(database, email="sakura@example.jp")
    hashes = []
    verify = passwords._verify

    def counting(password_hash: str, password: str) -> bool:
        hashes.append(passwords.outdated(password_hash))
        return verify(password_hash, password)

    monkeypatch.setattr(passwords, "_verify", counting)
    assert await accounts.authenticate(database, name, "wrong password") is None
    assert hashes == [False]


async def test_an_old_hash_is_renewed_at_sign_in(database: Database) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("old enough!")
    user = await make_user(database, password_hash=weak)
    assert await accounts.authenticate(database, user.email, "old enough!") == user
    async with database.transaction() as tx:
        stored = await tx.scalar(sa.select(users.c.password_hash))
    assert stored is not None
    assert not passwords.outdated(stored)
    assert await accounts.authenticate(database, user.email, "old enough!") == user


async def test_a_hash_takes_the_memory_and_the_passes_that_were_chosen() -> None:
    assert (await passwords.hash_password(PASSWORD)).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_nobodys_hash_is_as_costly_as_a_real_one() -> None:
    assert not passwords.outdated(passwords.NOBODY)
    assert not await passwords.matches(None, "whatever it is")


async def test_a_rush_of_hashing_is_refused_not_queued_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "_threads", Threads("full", 1, most=0))
    with pytest.raises(UserError) as refused:
        await passwords.hash_password("one too many")
    assert refused.value.status == 503


async def test_staff_are_made_of_accounts_that_exist(database: Database) -> None:
    await make_user(database, email="staff@example.jp", confirmed=False)
    async with database.transaction() as tx:
        assert await accounts.make_staff(tx, "nobody@example.jp", "support", reason="test") is None
        staff = await accounts.make_staff(tx, "staff@example.jp", "administrator", reason="test")
    assert staff
    assert staff.is_staff
    assert staff.confirmed_at


async def test_the_demos_people_are_those_made_for_it(database: Database) -> None:
    await make_user(database, nickname="ほんもの")
    await make_user(database, nickname="つむぎ", is_cast=True, is_demo=True)
    await make_user(database, nickname="けんじ", is_demo=True)
    async with database.transaction() as tx:
        people = await accounts.people_of_demo(tx)
    assert [(p.nickname, p.role) for p in people] == [("けんじ", "caller"), ("つむぎ", "cast")]
