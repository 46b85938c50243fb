"""Sessions: opaque, hashed, ending."""

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from foundation.database import Database
from foundation.ids import new_token, token_hash
from foundation.settings import Settings
from people.accounts.accounts import User
from people.accounts.tables import sessions
from people.sign_in import sessions as verbs
from tests.web.scene import make_user


@pytest.fixture
async def user(database: Database) -> User:
    return await make_user(database)


async def age(database: Database, seconds: int) -> None:
    """Let time pass: every session moves into the past."""
    async with database.transaction() as tx:
        past = sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
        await tx.execute(
            sa.update(sessions).values(
                created_at=sessions.c.created_at - past,
                seen_at=sessions.c.seen_at - past,
                expires_at=sessions.c.expires_at - past,
            )
        )


async def test_only_the_tokens_hash_is_stored(database: Database, user: User) -> None:
    async with database.transaction() as tx:
        token = await verbs.open_for(tx, user.id, days=30)
        row = (await tx.execute(sa.select(sessions))).one()
    assert row.token_hash == token_hash(token)
    assert token.encode() not in bytes(str(row), "utf-8")


async def test_a_session_is_found_by_its_token_until_it_is_closed(
    database: Database, user: User
) -> None:
    async with database.transaction() as tx:
        token = await verbs.open_for(tx, user.id, days=30)
        assert await verbs.find(tx, token, days=30) == user
        assert await verbs.find(tx, new_token(), days=30) is None
        await verbs.close(tx, token)
        assert await verbs.find(tx, token, days=30) is None


async def test_a_session_ends_when_unused_and_lives_on_when_used(
    database: Database, user: User
) -> None:
    async with database.transaction() as tx:
        token = await verbs.open_for(tx, user.id, days=2)
    for _ in range(3):
        await age(database, 86_400)
        async with database.transaction() as tx:
            assert await verbs.find(tx, token, days=2) == user
    await age(database, 2 * 86_400 + 1)
    async with database.transaction() as tx:
        assert await verbs.find(tx, token, days=2) is None
        assert await verbs.sweep(tx, 10) == 1


async def test_use_is_noted_at_most_once_a_minute(database: Database, user: User) -> None:
    async with database.transaction() as tx:
        token = await verbs.open_for(tx, user.id, days=2)
        opened = await tx.scalar(sa.select(sessions.c.seen_at))
        await verbs.find(tx, token, days=2)
        assert await tx.scalar(sa.select(sessions.c.seen_at)) == opened
    await age(database, 61)
    async with database.transaction() as tx:
        await verbs.find(tx, token, days=2)
        noted = await tx.scalar(sa.select(sessions.c.seen_at))
    assert noted is not None
    assert opened is not None
    assert noted > opened


async def test_the_oldest_of_too_many_sessions_goes(database: Database, user: User) -> None:
    async with database.transaction() as tx:
        first = await verbs.open_for(tx, user.id, days=1)
        last = [await verbs.open_for(tx, user.id, days=1) for _ in range(verbs.MOST_SESSIONS)][-1]
        assert await verbs.find(tx, first, days=1) is None
        assert await verbs.find(tx, last, days=1) == user


async def test_all_sessions_of_one_user_close_and_no_other(database: Database, user: User) -> None:
    other = await make_user(database)
    async with database.transaction() as tx:
        tokens = [await verbs.open_for(tx, user.id, days=1) for _ in range(2)]
        kept = await verbs.open_for(tx, other.id, days=1)
        assert await verbs.close_all(tx, user.id) == 2
        assert [await verbs.find(tx, token, days=1) for token in tokens] == [None, None]
        assert await verbs.find(tx, kept, days=1) == other


def test_over_https_only_the_host_bound_cookie_counts(settings: Settings) -> None:
    secure = settings.model_copy(update={"public_url": "https://talk.example"})
    token = new_token()
    assert verbs.token_of(settings, f"a=b; session={token}") == token
    assert verbs.token_of(secure, f"session={token}") is None
    assert verbs.token_of(secure, f"__Host-session={token}; session=x") == token


@given(st.text(max_size=200))
def test_no_cookie_header_breaks_the_door(header: str) -> None:
    found = verbs.cookie_in(f"{header}", "session")
    assert found is None or len(found) == 43
