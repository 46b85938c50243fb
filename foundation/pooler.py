"""Poolers between the site and PostgreSQL, such as pgbouncer: which of them the site can work with.

One that gives each connection a session of its own for as long as it lasts (`pool_mode = session`)
is as good as none. One that changes the session from transaction to transaction breaks prepared
statements, LISTEN and the bounds of a session, at times and for some, which nobody would find.
"""

import asyncio

import psycopg

ROUNDS = 5
CONNECT_SECONDS = 10
ANSWER_SECONDS = 20


class NoSessionError(Exception):
    """Between the site and its database, sessions change from transaction to transaction."""


async def must_keep_sessions(url: str) -> None:
    """Raise NoSessionError where two connections share sessions, or one changes its own.

    While the second is in a transaction, it holds what such a pooler has just given to the first.
    """
    one, other = await _connect(url), await _connect(url)
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            for _ in range(ROUNDS):
                before = await _session(one)
                async with other.transaction():
                    if before in (await _session(other), None) or await _session(one) != before:
                        raise NoSessionError
    except psycopg.errors.ProtocolViolation as error:
        # In pool_mode = statement there are no transactions at all.
        raise NoSessionError from error
    finally:
        await one.close()
        await other.close()


async def _connect(url: str) -> psycopg.AsyncConnection[tuple[int]]:
    return await psycopg.AsyncConnection.connect(
        url, autocommit=True, connect_timeout=CONNECT_SECONDS, prepare_threshold=None
    )


async def _session(connection: psycopg.AsyncConnection[tuple[int]]) -> int | None:
    row = await (await connection.execute("SELECT pg_backend_pid()")).fetchone()
    return row[0] if row else None
