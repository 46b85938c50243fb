"""Rows that nobody needs any more are deleted some at a time."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from record import faults
from record.faults import Work


def older(moment: sa.ColumnElement[Any], days: int) -> sa.ColumnElement[bool]:
    """Return the condition that a moment lies longer than so many days ago."""
    return moment < sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, days)


async def sweep(
    tx: Tx, key: sa.Column[Any], by: sa.Column[Any], old: sa.ColumnElement[bool], most: int
) -> int:
    """Delete up to `most` rows of the table of `key`, its primary key, that are `old`.

    They go in the order of `by`: an index on it spares each batch the places that those before
    have emptied. Rows that somebody holds are left for the next time, and so is one that can't be
    deleted. Returns how many were looked at.
    """
    work = Work(f"sweep_{key.table.name}", key.table.name, lambda row: _named(row[0]))
    due = sa.text(work.is_due(_as_text(key)))
    found = sa.select(key).where(old, due).order_by(by).limit(most)
    rows = await locks.lock(tx, found, skip_locked=True, to_delete=True)

    async def delete(some: Sequence[sa.Row[Any]]) -> None:
        await tx.execute(sa.delete(key.table).where(key.in_([row[0] for row in some])))

    await faults.together(tx, work, rows, delete)
    return len(rows)


def _named(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


def _as_text(key: sa.Column[Any]) -> str:
    name = f"{key.table.name}.{key.name}"
    return f"encode({name}, 'hex')" if isinstance(key.type, sa.LargeBinary) else name
