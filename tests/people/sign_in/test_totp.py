"""Codes of an authenticator app: good once, for half a minute around, and not to be guessed."""

import pyotp
import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.sign_in import seals, totp
from people.sign_in.tables import totp_keys
from tests.world import new_user


class App:
    """A user with an authenticator app."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database, self.settings, self.user, self.secret = database, settings, 0, ""

    async def add(self, *, confirm: bool = True) -> "App":
        async with self.database.transaction() as tx:
            self.user = await new_user(tx)
        async with self.database.transaction() as tx:
            offered = await totp.offer(tx, self.settings, self.user, "yuki@test.example")
        self.secret = offered.secret
        if confirm:
            assert await self.confirm(await self.code())
            await self.forget_step()
        return self

    async def code(self, steps: int = 0) -> str:
        async with self.database.transaction() as tx:
            seconds = await tx.scalar(sa.text("SELECT extract(epoch FROM clock_timestamp())"))
        return pyotp.TOTP(self.secret).at(int(seconds or 0), counter_offset=steps)

    async def confirm(self, code: str) -> bool:
        async with self.database.transaction() as tx:
            return await totp.confirm(tx, self.settings, self.user, code)

    async def use(self, code: str) -> bool:
        async with self.database.transaction() as tx:
            return await totp.use(tx, self.settings, self.user, code)

    async def forget_step(self) -> None:
        """As if the last code had been used long ago."""
        async with self.database.transaction() as tx:
            await tx.execute(sa.update(totp_keys).values(last_step=None))


@pytest.fixture
async def app(database: Database, settings: Settings) -> App:
    return await App(database, settings).add()


async def test_a_code_is_used_once(app: App) -> None:
    code = await app.code()
    assert await app.use(code)
    assert not await app.use(code)


async def test_after_a_code_none_of_an_earlier_step_is_good(app: App) -> None:
    earlier = await app.code(-1)
    assert await app.use(await app.code(1))
    assert not await app.use(earlier)


@pytest.mark.parametrize(("steps", "good"), [(-3, False), (3, False), (0, True)])
async def test_a_code_is_good_for_its_time_and_a_step_around(
    app: App, steps: int, good: bool
) -> None:
    assert await app.use(await app.code(steps)) is good


async def test_a_key_counts_once_a_code_has_confirmed_it(
    database: Database, settings: Settings
) -> None:
    app = await App(database, settings).add(confirm=False)
    assert not await app.use(await app.code())
    assert not await app.confirm("000000" if await app.code() != "000000" else "111111")
    assert await app.confirm(await app.code())
    async with database.transaction() as tx:
        assert await totp.has(tx, app.user)


async def test_the_code_that_confirmed_a_key_does_not_sign_in(
    database: Database, settings: Settings
) -> None:
    app = await App(database, settings).add(confirm=False)
    code = await app.code()
    assert await app.confirm(code)
    assert not await app.use(code)


async def test_a_key_that_counts_is_not_replaced_by_an_offer(app: App) -> None:
    async with app.database.transaction() as tx:
        with pytest.raises(ValueError, match="already"):
            await totp.offer(tx, app.settings, app.user, "x")
    assert await app.use(await app.code())


async def test_after_too_many_wrong_codes_no_code_is_taken_until_an_hour_has_passed(
    app: App,
) -> None:
    good = {await app.code(step) for step in range(-2, 3)}
    wrong = next(code for code in ("000000", "111111", "222222", "333333") if code not in good)
    for _ in range(totp.MOST_WRONG):
        assert not await app.use(wrong)
    assert not await app.use(await app.code())
    async with app.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE totp_keys SET wrong_since = wrong_since - interval '1 h'"))
    assert await app.use(await app.code())


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "１２３４５６", "abcdef", "12 34 5"])
async def test_what_is_no_code_is_refused(app: App, typed: str) -> None:
    assert not await app.use(typed)


async def test_the_database_alone_does_not_give_the_key_away(app: App) -> None:
    async with app.database.transaction() as tx:
        stored = bytes(await tx.scalar(sa.select(totp_keys.c.secret)) or b"")
    assert app.secret.encode() not in stored
    other = app.settings.model_copy(update={"data": app.settings.data / "other"})
    with pytest.raises(seals.UnsealableError):
        seals.unseal(other, stored, f"totp {app.user}")
    with pytest.raises(seals.UnsealableError):
        seals.unseal(app.settings, stored, f"totp {app.user + 1}")


async def test_with_another_key_no_code_is_taken_and_nothing_breaks(app: App) -> None:
    app.settings = app.settings.model_copy(update={"data": app.settings.data / "other"})
    assert not await app.use(await app.code())
