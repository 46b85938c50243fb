"""Work over many rows: each in a savepoint of its own, so that a bad one stops nobody.

A row that fails is noted with its reason, skipped, told to staff, and tried again after one minute,
two, four and so on, an hour at most. What is no row's fault (a lost connection, a deadlock, a lock
or a statement that took too long) is raised: the whole transaction is to be done again.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.language import N_
from foundation.row_types import T, typed_locked
from record.alarms import alarm
from record.tables import row_faults

log = structlog.get_logger(__name__)

R = TypeVar("R")

LONGEST_REASON = 500
MOST_MINUTES = 60
# A fault that nobody has met for so long: its row has gone another way.
FORGOTTEN_DAYS = 2

TEXT = N_(
    "自動処理（%(work)s）が %(row)s でエラーになりました。原因：%(reason)s\n"
    "ほかの処理には影響ありません。この分は、間隔をあけて自動でやり直します。"
)
# No row's fault, but the database's, the machine's or the code's around it.
_OF_ALL = (
    sa.exc.OperationalError,
    sa.exc.InterfaceError,
    sa.exc.TimeoutError,
    TimeoutError,
    OSError,
    MemoryError,
    locks.LockOrderError,
)


@dataclass(frozen=True)
class Work:
    """A piece of work over many rows: its name, what its rows are, and what tells them apart."""

    kind: str
    about: str
    key: Callable[[Any], object] = lambda row: row.id

    def name(self, row: Any) -> str:
        """Return what a row is called."""
        return f"{self.about}:{self.key(row)}"

    def is_due(self, key: str) -> str:
        """Return the SQL condition that a row doesn't wait for its next try; `key`: of the row."""
        return (
            f"NOT EXISTS (SELECT FROM row_faults WHERE row_faults.kind = '{self.kind}'"
            f" AND row_faults.subject = '{self.about}:' || {key}"
            " AND row_faults.next_try_at > clock_timestamp())"
        )


async def each(
    tx: Tx,
    work: Work,
    rows: Sequence[R],
    verb: Callable[[R], Awaitable[object]],
    *,
    at_once: bool = False,
) -> list[R]:
    """Do something with each of these rows; return those with which it was done.

    Rows that wait for their next try are left out, unless everything is to be tried `at_once`.
    """
    if not rows:
        return []
    known = await _known(tx, work, [work.name(row) for row in rows])
    done = []
    for row in rows:
        name = work.name(row)
        if known.get(name) and not at_once:
            continue
        try:
            async with locks.savepoint(tx):
                await verb(row)
        except Exception as error:
            if _concerns_all(error):
                raise
            await _note(tx, work, name, error)
            continue
        done.append(row)
        if name in known:
            await _forget(tx, work, name)
    return done


async def each_locked(
    tx: Tx,
    work: Work,
    kind: type[T],
    query: sa.Select[Any],
    verb: Callable[[T], Awaitable[object]],
    values: Mapping[str, object] | None = None,
) -> int:
    """Lock the rows of a query that nobody else holds, and do something with each, as `each` does.

    Returns how many were looked at, also those that failed.
    """
    rows = typed_locked(kind, await locks.lock(tx, query, values, skip_locked=True))
    await each(tx, work, rows, verb)
    return len(rows)


async def together(
    tx: Tx,
    work: Work,
    rows: Sequence[R],
    verb: Callable[[Sequence[R]], Awaitable[object]],
    *,
    forgets: bool = True,
) -> None:
    """Do something with all these rows at once; where that fails, with one after the other.

    Without `forgets`, faults of before are left to `sweep`: that spares one question each time.
    """
    if not rows:
        return
    try:
        async with locks.savepoint(tx):
            await verb(rows)
    except Exception as error:
        if _concerns_all(error):
            raise
        log.warning("rows.one_by_one", work=work.kind, rows=len(rows), error=_reason(error))
        await each(tx, work, rows, lambda row: verb([row]))
        return
    if forgets:
        await _forget(tx, work, *(work.name(row) for row in rows))


async def sweep(tx: Tx, most: int) -> int:
    """Forget up to `most` faults that are no more: their rows have gone another way."""
    past = sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, FORGOTTEN_DAYS)
    old = sa.select(row_faults.c.kind, row_faults.c.subject).where(row_faults.c.last_at < past)
    key = sa.tuple_(row_faults.c.kind, row_faults.c.subject)
    return (await tx.execute(sa.delete(row_faults).where(key.in_(old.limit(most))))).rowcount


def _concerns_all(error: Exception) -> bool:
    if isinstance(error, sa.exc.DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, _OF_ALL)


async def _known(tx: Tx, work: Work, names: Sequence[str]) -> dict[str, bool]:
    """Return those of these rows that failed before, and whether they still wait."""
    waits = row_faults.c.next_try_at > sa.func.clock_timestamp()
    found = await tx.execute(
        sa.select(row_faults.c.subject, waits.label("waits")).where(
            row_faults.c.kind == work.kind, row_faults.c.subject.in_(names)
        )
    )
    return {row.subject: row.waits for row in found}


async def _note(tx: Tx, work: Work, name: str, error: Exception) -> None:
    reason, now = _reason(error), sa.func.clock_timestamp()
    log.error("row.failed", work=work.kind, row=name, exc_info=error)
    made = insert(row_faults).values(
        kind=work.kind, subject=name, reason=reason, next_try_at=now + sa.text("interval '1 min'")
    )
    # A power of two of minutes: the first try has failed, and so many after it.
    # Bounded before it is raised: what fails for weeks must not overflow.
    pause = sa.func.least(sa.func.power(2, sa.func.least(row_faults.c.tries, 6)), MOST_MINUTES)
    changed = {
        "reason": reason,
        "last_at": now,
        "tries": row_faults.c.tries + 1,
        "next_try_at": now + pause * sa.text("interval '1 min'"),
    }
    noted = await tx.execute(
        made.on_conflict_do_update(index_elements=["kind", "subject"], set_=changed).returning(
            row_faults.c.tries, row_faults.c.first_at
        )
    )
    row = noted.one()
    if row.tries == 1:
        subject = f"{work.kind} {name} {row.first_at:%Y-%m-%d %H:%M:%S.%f}"
        await alarm(tx, "row_fault", TEXT, subject, work=work.kind, row=name, reason=reason)


async def _forget(tx: Tx, work: Work, *names: str) -> None:
    mine = sa.and_(row_faults.c.kind == work.kind, row_faults.c.subject.in_(names))
    await tx.execute(sa.delete(row_faults).where(mine))


def _reason(error: Exception) -> str:
    """Return why in one line. What a database adds to it may hold a row's contents."""
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) and error.orig else error
    first = (str(cause).splitlines() or [""])[0]
    return f"{type(cause).__name__}: {first}"[:LONGEST_REASON]
