"""Putting what has just been done into the past: for the demo site, which is to have one.

The database's clock says when something was done, and money rows never change; so only who owns
the database can date them back, with their triggers at rest. What is done in between has no more
rights than the application.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import cache

import sqlalchemy as sa

from foundation.database import Tx, clock, metadata
from foundation.embedded import APP_ROLE

_MAY = sa.text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
_AS_OWNER = (
    sa.text("SET LOCAL ROLE NONE"),
    sa.text("SET LOCAL session_replication_role = replica"),
)
_AS_SITE = (
    sa.text("SET LOCAL session_replication_role = origin"),
    sa.text(f"SET LOCAL ROLE {APP_ROLE}"),
)


@asynccontextmanager
async def as_the_site(tx: Tx) -> AsyncIterator[bool]:
    """Have no more rights than the application, up to the end; say whether `ago` is possible."""
    may = bool(await tx.scalar(_MAY))
    if may:
        await tx.execute(_AS_SITE[1])
    yield may
    if may:
        await tx.execute(_AS_OWNER[0])


@asynccontextmanager
async def as_owner(tx: Tx) -> AsyncIterator[None]:
    """Within `as_the_site`, be the owner again for what no verb does; no trigger fires."""
    for statement in _AS_OWNER:
        await tx.execute(statement)
    yield
    for statement in _AS_SITE:
        await tx.execute(statement)


@asynccontextmanager
async def ago(tx: Tx, past: timedelta) -> AsyncIterator[None]:
    """Let what is done within have been done so long ago. Phases are lived through in their order.

    A moment is dated back where it is of now; one ahead of now, only in a row that is of now.
    """
    since = await clock(tx)
    yield
    bounds = {"since": since, "past": past}
    async with as_owner(tx):
        await tx.execute(_DAYS, bounds)
        filled, changes = _statements()
        for table in (await tx.execute(filled)).scalars().all():
            await tx.execute(changes[table], bounds)


# Days go first, by the moments as they are.
_DAYS = sa.text("""
UPDATE payouts SET requested_on = (requested_at AT TIME ZONE 'Asia/Tokyo' - :past)::date
WHERE requested_at >= :since
""")
_NEW = "{at} >= :since AND ({at} <= clock_timestamp() OR least({moments}) >= :since)"


@cache
def _statements() -> tuple[sa.TextClause, dict[str, sa.TextClause]]:
    """Return what asks which tables with moments hold anything, and what dates each of them back.

    The names in them are those of the house's own tables, all of which have been made by now.
    """
    changes = {}
    for name, table in metadata.tables.items():
        moments = [at.name for at in table.columns if isinstance(at.type, sa.DateTime)]
        new = {at: _NEW.format(at=at, moments=", ".join(moments)) for at in moments}
        if moments:
            changed = (f"{at} = CASE WHEN {new[at]} THEN {at} - :past ELSE {at} END" for at in new)
            change = f"UPDATE {name} SET {', '.join(changed)} WHERE {' OR '.join(new.values())}"  # noqa: S608
            changes[name] = sa.text(change)
    filled = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in changes)  # noqa: S608
    return sa.text(" UNION ALL ".join(filled)), changes
