"""Transactions, the clock, and the bounds that the server puts on a session."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from foundation.database import SESSION, Database, clock, driver_url, socket_url, with_database


async def test_a_transaction_is_kept_and_one_that_fails_is_not(owner_database: Database) -> None:
    async with owner_database.transaction() as tx:
        await tx.execute(text("CREATE TABLE kept (x int)"))

    async def write_and_fail() -> None:
        async with owner_database.transaction() as tx:
            await tx.execute(text("INSERT INTO kept VALUES (1)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()
    async with owner_database.transaction() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM kept")) == 0


async def test_the_clock_goes_on_within_a_transaction(database: Database) -> None:
    async with database.transaction() as tx:
        first, second = await clock(tx), await clock(tx)
    assert first < second
    assert first.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - second) < timedelta(seconds=5)


@pytest.mark.parametrize("name", SESSION)
async def test_every_session_is_bounded(database: Database, name: str) -> None:
    async with database.transaction() as tx:
        assert (
            await tx.scalar(text("SELECT current_setting(:name)"), {"name": name}) == SESSION[name]
        )


async def test_a_statement_that_takes_too_long_is_ended(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("SET LOCAL statement_timeout = '50ms'"))
        with pytest.raises(DBAPIError, match="statement timeout"):
            await tx.execute(text("SELECT pg_sleep(10)"))


async def test_a_cut_connection_costs_one_transaction_only(
    database: Database, owner_database: Database
) -> None:
    async with database.transaction() as tx:
        pid = await tx.scalar(text("SELECT pg_backend_pid()"))
    async with owner_database.transaction() as tx:
        await tx.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    await asyncio.sleep(0.05)
    async with database.transaction() as tx:
        assert await tx.scalar(text("SELECT 1")) == 1


async def test_a_failed_statement_does_not_tell_its_values(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        async with database.transaction() as tx:
            await tx.execute(text("SELECT CAST(:value AS int)"), {"value": "hush"})
    assert "hush" not in str(caught.value).partition("[SQL:")[2]


@pytest.mark.parametrize("url", ["sqlite:///x.db", "mysql://a/b", "somewhere"])
def test_only_postgresql_is_taken(url: str) -> None:
    with pytest.raises(ValueError, match="PostgreSQL"):
        driver_url(url)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_usual_forms_of_an_address_are_taken(scheme: str) -> None:
    assert driver_url(f"{scheme}://a@b/c") == "postgresql+psycopg://a@b/c"


def test_another_database_of_the_same_server() -> None:
    assert (
        with_database("postgresql://a:p%40ss@b:5/c?x=1", "d") == "postgresql://a:p%40ss@b:5/d?x=1"
    )
    assert with_database(socket_url("a", "b", "/run/x"), "d").startswith("postgresql://a@/d?host=")
