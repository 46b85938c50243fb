"""Passkeys: made and used with an authenticator in software; whatever is bent is refused."""

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from people.accounts import accounts
from people.accounts.accounts import User
from people.accounts.tables import users
from people.sign_in import passkeys, steps
from people.sign_in.passkeys import Site
from tests.people.authenticator import Authenticator
from tests.world import new_user

SITE = Site.of("http://talk.example")
BROWSER = "browser-secret"


class Owner:
    """A user with a device, in a browser."""

    def __init__(self, database: Database, user: User) -> None:
        self.database, self.user, self.device = database, user, Authenticator()

    async def add(self, name: str = "電話") -> None:
        async with self.database.transaction() as tx:
            options = await passkeys.begin_adding(tx, SITE, self.user, BROWSER)
            step = await steps.finish(tx, BROWSER, "new_passkey")
            await passkeys.add(tx, SITE, self.user, step, self.device.made(options), name)

    async def ask(self, browser: str = BROWSER) -> str:
        async with self.database.transaction() as tx:
            return await passkeys.begin_signing_in(tx, SITE, browser)

    async def sign_in(self, answer: str, browser: str = BROWSER) -> int:
        async with self.database.transaction() as tx:
            step = await steps.finish(tx, browser, "passkey")
        async with self.database.transaction() as tx:
            return (await passkeys.sign_in(tx, SITE, step, answer)).id


@pytest.fixture
async def owner(database: Database) -> Owner:
    async with database.transaction() as tx:
        user = await accounts.find_user(tx, await new_user(tx))
    assert user
    return Owner(database, user)


async def test_a_passkey_that_was_added_signs_in(owner: Owner) -> None:
    await owner.add()
    assert await owner.sign_in(owner.device.found(await owner.ask())) == owner.user.id
    async with owner.database.transaction() as tx:
        found = await passkeys.of(tx, owner.user.id)
    assert [key.name for key in found] == ["電話"]
    assert found[0].used_at is not None


async def test_the_browser_is_asked_for_a_discoverable_key_and_its_owner(owner: Owner) -> None:
    async with owner.database.transaction() as tx:
        wanted = json.loads(await passkeys.begin_adding(tx, SITE, owner.user, BROWSER))
    assert wanted["authenticatorSelection"]["residentKey"] == "required"
    assert wanted["authenticatorSelection"]["userVerification"] == "required"
    assert wanted["rp"]["id"] == "talk.example"
    asked = json.loads(await owner.ask())
    assert (asked["userVerification"], asked.get("allowCredentials", [])) == ("required", [])


async def test_a_challenge_is_answered_once(owner: Owner) -> None:
    await owner.add()
    answer = owner.device.found(await owner.ask())
    await owner.sign_in(answer)
    with pytest.raises(UserError, match="passkey_refused"):
        await owner.sign_in(answer)


async def test_an_answer_in_another_browser_is_refused(owner: Owner) -> None:
    await owner.add()
    answer = owner.device.found(await owner.ask())
    with pytest.raises(UserError, match="passkey_refused"):
        await owner.sign_in(answer, "another-browser")


def _other_origin(device: Authenticator) -> None:
    device.origin = "http://talk.example.evil.example"


def _other_site(device: Authenticator) -> None:
    device.rp_id = "evil.example"


def _asks_nobody(device: Authenticator) -> None:
    device.asks = False


def _is_a_copy(device: Authenticator) -> None:
    device.count = -1


def _has_another_key(device: Authenticator) -> None:
    device._key = Authenticator()._key


@pytest.mark.parametrize(
    "bend", [_other_origin, _other_site, _asks_nobody, _is_a_copy, _has_another_key]
)
async def test_a_bent_answer_is_refused(
    owner: Owner, bend: Callable[[Authenticator], None]
) -> None:
    await owner.add()
    await owner.sign_in(owner.device.found(await owner.ask()))
    bend(owner.device)
    with pytest.raises(UserError, match="passkey_refused"):
        await owner.sign_in(owner.device.found(await owner.ask()))


@pytest.mark.parametrize("bend", [_other_origin, _other_site, _asks_nobody])
async def test_a_bent_new_passkey_is_refused(
    owner: Owner, bend: Callable[[Authenticator], None]
) -> None:
    bend(owner.device)
    with pytest.raises(UserError, match="passkey_refused"):
        await owner.add()


@pytest.mark.parametrize(
    "answer", ["", "{}", "[]", "null", '{"id": 3}', '{"id": "AA", "rawId": "AA"}', "x" * 9000]
)
async def test_an_answer_that_is_none_is_refused(owner: Owner, answer: str) -> None:
    await owner.add()
    await owner.ask()
    with pytest.raises(UserError, match="passkey_refused"):
        await owner.sign_in(answer)


async def test_a_challenge_is_for_the_account_that_asked(owner: Owner) -> None:
    async with owner.database.transaction() as tx:
        other = await accounts.find_user(tx, await new_user(tx))
        assert other
        options = await passkeys.begin_adding(tx, SITE, owner.user, BROWSER)
        step = await steps.finish(tx, BROWSER, "new_passkey")
        with pytest.raises(UserError, match="passkey_refused"):
            await passkeys.add(tx, SITE, other, step, owner.device.made(options), "x")


async def test_who_may_not_come_in_does_not_by_passkey_either(owner: Owner) -> None:
    await owner.add()
    async with owner.database.transaction() as tx:
        await tx.execute(sa.update(users).values(banned_at=sa.func.now()))
    with pytest.raises(UserError, match="passkey_refused"):
        await owner.sign_in(owner.device.found(await owner.ask()))


async def test_one_removes_only_ones_own_passkeys(owner: Owner) -> None:
    await owner.add()
    async with owner.database.transaction() as tx:
        other = await new_user(tx)
        [key] = await passkeys.of(tx, owner.user.id)
        assert await passkeys.remove(tx, other, key.id) is None
        assert await passkeys.remove(tx, owner.user.id, key.id) == "電話"
    with pytest.raises(UserError, match="passkey_refused"):
        await owner.sign_in(owner.device.found(await owner.ask()))


@pytest.mark.parametrize(
    ("origin", "has"),
    [
        ("https://talk.example", True), ("http://localhost:8080", True),
        ("http://127.0.0.1:8080", False), ("http://[::1]:8080", False),
    ],
)  # fmt: skip
def test_browsers_make_passkeys_for_names_not_for_addresses(origin: str, has: bool) -> None:
    assert Site.of(origin).has_passkeys is has
