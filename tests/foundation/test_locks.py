"""Locks are taken in one order, and a wrong one is refused."""

import ast
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from foundation import locks
from foundation.database import Database, Tx, metadata
from foundation.locks import LockOrderError
from people.accounts.tables import users
from points.tables import wallets
from tests.world import new_user

ROOT = Path(locks.__file__).parent.parent
PACKAGES = ("cli", "foundation", "media", "notify", "payouts", "people", "points", "readiness",
            "record", "rooms", "scheduler", "signaling", "telephone", "web")  # fmt: skip

# Whoever locks rows beside `foundation/locks.py`, and why. Each notes there what it has locked.
ASIDE = {
    "cli/migrate.py": "one process migrates at a time, before there are any tables",
    "cli/seed.py": "one process fills an empty database at a time",
    "notify/dead_jobs.py": "a job that was given up is found and locked in one statement",
    "notify/jobs.py": "a stalled job is found and changed in one statement",
    "rooms/booking/going_on.py": "the clock takes all talks that are due in one statement",
    "rooms/booking/reserved_talks.py": "whom to warn is found and noted in one statement",
    "rooms/ground/kept_times.py": "a sign of life is noted in one statement, and waits for nobody",
    "rooms/lobby/turns.py": "stand-by and list are looked at and changed in one statement",
    "rooms/recording/settling.py": "what is to be told is found and noted in one statement",
    "rooms/talk/proof/clock_faults.py": "what the clock left ahead is mended in one statement",
    "rooms/talk/proof/darkness.py": "all talks are darkened and lit up in one statement",
    "rooms/talk/billing.py": "talks that are over are found and locked in one statement",
    "rooms/talk/ending.py": "an end is reckoned from what it locks, in one statement",
    "rooms/talk/meter.py": "every statement of the meter works on all talks at once",
}
LOCKING = ("FOR UPDATE", "FOR NO KEY UPDATE", "FOR SHARE", "FOR KEY SHARE", "SKIP LOCKED",
           "pg_advisory", "LOCK TABLE")  # fmt: skip


@pytest.fixture
async def tx(database: Database) -> AsyncIterator[Tx]:
    async with database.transaction() as opened:
        yield opened


@pytest.fixture
async def two(database: Database) -> list[int]:
    async with database.transaction() as tx:
        return [await new_user(tx, points=10) for _ in range(2)]


@pytest.fixture
def unrefused() -> Iterator[None]:
    """As in production."""
    locks.refuse_wrong_order(False)
    locks._Rule.told.clear()
    yield
    locks.refuse_wrong_order()


async def person(tx: Tx, *ids: int, **how: Any) -> None:
    await locks.lock(tx, sa.select(users.c.id).where(users.c.id.in_(ids)), **how)


async def wallet(tx: Tx, user: int, **how: Any) -> None:
    await locks.lock(tx, sa.select(wallets.c.id).where(wallets.c.user_id == user), **how)


async def test_a_kind_after_one_that_stands_below_it_is_refused_with_both_places(
    tx: Tx, two: list[int]
) -> None:
    await wallet(tx, two[0])
    with pytest.raises(LockOrderError) as refused:
        await person(tx, two[0])
    assert "users (tests/foundation/test_locks.py:" in str(refused.value)
    assert "after wallets (tests/foundation/test_locks.py:" in str(refused.value)


async def test_within_a_kind_the_order_is_that_of_the_keys(tx: Tx, two: list[int]) -> None:
    await person(tx, two[1])
    with pytest.raises(LockOrderError, match=r"users .* after users"):
        await person(tx, two[0])


async def test_what_is_held_may_be_locked_again_at_any_time(tx: Tx, two: list[int]) -> None:
    await person(tx, *reversed(two))
    await wallet(tx, two[0])
    await person(tx, two[0])
    await person(tx, two[1])


async def test_what_is_skipped_never_waits_but_is_held_from_then_on(tx: Tx, two: list[int]) -> None:
    await wallet(tx, two[0])
    await person(tx, two[1], skip_locked=True)
    await person(tx, two[1])
    with pytest.raises(LockOrderError):
        await person(tx, two[0])


async def test_a_statement_that_locks_by_itself_is_held_to_the_same_order(
    tx: Tx, two: list[int]
) -> None:
    locks.note(tx, wallets, [1], waited=False)
    with pytest.raises(LockOrderError, match=r"users .* after wallets"):
        locks.note(tx, users, [two[0]])


async def test_a_savepoint_that_is_rolled_back_lets_its_locks_go(tx: Tx, two: list[int]) -> None:
    async def fail() -> None:
        async with locks.savepoint(tx):
            await wallet(tx, two[0])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await person(tx, two[0])
    async with locks.savepoint(tx):
        await wallet(tx, two[0])
    with pytest.raises(LockOrderError):
        await person(tx, two[1])


async def test_the_next_transaction_of_a_connection_holds_nothing(
    owner_url: str, two: list[int]
) -> None:
    one = Database(owner_url, pool_size=1)
    try:
        async with one.transaction() as tx:
            await wallet(tx, two[0])
        async with one.transaction() as tx:
            await person(tx, two[0])
    finally:
        await one.close()


async def test_words_are_locked_in_the_same_order(tx: Tx, two: list[int]) -> None:
    await person(tx, two[0])
    with pytest.raises(LockOrderError, match="an address"):
        await locks.lock_word(tx, locks.ADDRESS, "a@test.example")


async def test_rows_are_deleted_in_the_order_of_their_keys(tx: Tx, two: list[int]) -> None:
    assert await locks.delete(tx, users, users.c.id == 0) == 0
    made = await new_user(tx)
    assert await locks.delete(tx, users, users.c.id == made) == 1


@pytest.mark.usefixtures("unrefused")
async def test_in_production_a_wrong_order_is_logged_once(tx: Tx, two: list[int]) -> None:
    with structlog.testing.capture_logs() as lines:
        await wallet(tx, two[0])
        await person(tx, two[1])
        await person(tx, two[0])
    assert [line["event"] for line in lines] == ["locks.wrong_order"]
    with structlog.testing.capture_logs() as lines:
        locks.note(tx, users, [0])
    assert lines == []


def test_the_order_names_tables_only() -> None:
    words = {locks.ADDRESS, locks.PROOF_CALLS}
    assert {*locks.ORDER} - {*metadata.tables} == words | {"procrastinate_jobs"}


def sources() -> Iterator[tuple[str, ast.Module]]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text("utf-8"))


def said(tree: ast.Module) -> set[str]:
    """The strings of a file, and the names of what it calls; no comments."""
    strings = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return strings | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_nobody_locks_beside_the_one_place_but_those_who_say_why() -> None:
    found = set()
    for name, tree in sources():
        words = said(tree)
        if {"with_for_update", "begin_nested"} & words:
            assert name == "foundation/locks.py"
        if any(lock in word for word in words for lock in LOCKING):
            found.add(name)
    assert found - {"foundation/locks.py"} == {*ASIDE}


def test_only_who_fills_a_database_takes_locks_as_they_come() -> None:
    users_of = [
        name
        for name, tree in sources()
        if any(
            isinstance(node, ast.Attribute)
            and node.attr == "alone"
            and isinstance(node.value, ast.Name)
            and node.value.id == "locks"
            for node in ast.walk(tree)
        )
    ]
    assert users_of == ["cli/seed.py"]
