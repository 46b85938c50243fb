"""Refuses at the start to work through a pooler that takes sessions away."""

import asyncio

import typer

from foundation.pooler import NoSessionError, must_keep_sessions

POOLED = (
    "The database is behind a connection pooler whose sessions change from transaction to "
    "transaction (pgbouncer's pool_mode = transaction or statement). The site needs sessions of "
    "its own: set pool_mode = session for it, or name PostgreSQL itself in HITOTOKI_DATABASE_URL."
)


def refuse_poolers(*urls: str | None) -> None:
    """Raise typer.BadParameter where the way to a database changes sessions on its way."""
    try:
        for url in filter(None, urls):
            asyncio.run(must_keep_sessions(url))
    except NoSessionError as error:
        raise typer.BadParameter(POOLED) from error
