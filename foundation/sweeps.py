"""Rows that nobody needs any more are deleted some at a time."""

from typing import Any

import sqlalchemy as sa

from foundation.database import Tx


async def sweep(
    tx: Tx, key: sa.Column[Any], by: sa.Column[Any], old: sa.ColumnElement[bool], most: int
) -> int:
    """Delete up to `most` rows of the table of `key`, its primary key, that are `old`.

    They go in the order of `by`: an index on it spares each batch the places that those before
    have emptied. Rows that somebody holds are left for the next time. Returns how many went.
    """
    found = sa.select(key).where(old).order_by(by).limit(most).with_for_update(skip_locked=True)
    return (await tx.execute(sa.delete(key.table).where(key.in_(found)))).rowcount
