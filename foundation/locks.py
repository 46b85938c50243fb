"""The order of all locks: every row is locked through this file, and a wrong order is found here.

A transaction may wait only for what stands at or below the highest that it holds in `ORDER`, and
within one table in the order of its keys: then no two can ever wait for each other in a circle.
What is held already may be locked again at any time. What is taken without waiting (SKIP LOCKED)
is never wrong, but from then on it is held. See docs/decisions/lock-order.md.
"""

import inspect
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import sqlalchemy as sa
import structlog

from foundation.database import Tx
from foundation.row_types import DbRow

log = structlog.get_logger(__name__)

# A row's primary key: its value, or a tuple where it has several columns.
Key: TypeAlias = Any
# Where a lock was taken: file, line and function.
Place: TypeAlias = tuple[str, int, str]

ADDRESS = "an address"
# Calls that prove numbers: how many there are in a day.
PROOF_CALLS = "telephone_calls"

# Names of tables, and of what is locked by a word of its own: from what stands at the beginning of
# a transaction to what may be taken at its very end.
ORDER: tuple[str, ...] = (
    "clock_watch",
    ADDRESS,
    "registrations",
    "users",
    "payment_events",
    "spending_limits",
    "purchases",
    "tab_orders",
    "disputes",
    "payers",
    "tab_takings",
    "tab_receipts",
    "due_decisions",
    "case_owners",
    "claims",
    "reports",
    "board_reports",
    "adjustments",
    "payout_profiles",
    "bank_accounts",
    "payout_stops",
    "payout_verdicts",
    "payout_runs",
    "payout_reversals",
    "payouts",
    "payout_objections",
    "packs",
    "coupons",
    "help_lines",
    "site_particulars",
    "site_pictures",
    "site_texts",
    "mail_frames",
    "room_categories",
    "rooms",
    "reservations",
    "reservation_requests",
    "talk_applications",
    "letters",
    "chats",
    "calls",
    "standbys",
    "pauses",
    "waiting_turns",
    "waiting_misses",
    "talks",
    "wallets",
    "recordings",
    "room_search",
    "room_search_due",
    "question_threads",
    "board_topics",
    "notices",
    "mails",
    "mailed_links",
    "applications",
    "inquiries",
    "favourites",
    "photos",
    PROOF_CALLS,
    "telephone_proofs",
    "telephone_pins",
    "cast_digits",
    "sign_in_steps",
    "totp_keys",
    "passkeys",
    "recovery_codes",
    "sessions",
    "push_subscriptions",
    "media_hosts",
    "telephone_gateways",
    "telephone_orders",
    "call_attempts",
    "call_news",
    "procrastinate_jobs",
)
_RANK = {kind: rank for rank, kind in enumerate(ORDER)}
_HELD = "locks"
_ROOT = Path(__file__).parent.parent


class LockOrderError(Exception):
    """A transaction waited for a lock that it should have taken earlier."""


class _Rule:
    """Of the whole process: whether a wrong order raises, and which ones were told."""

    refuses: ClassVar[bool] = False
    told: ClassVar[set[tuple[str, str]]] = set()


def refuse_wrong_order(refuses: bool = True) -> None:
    """Raise LockOrderError for a wrong order from now on. Else it is logged, once for each pair."""
    _Rule.refuses = refuses


@dataclass
class _Held:
    """What one transaction holds: its keys by kind, in the order of their taking in `taken`."""

    transaction: object
    alone: bool = False
    keys: dict[str, dict[Key, Place]] = field(default_factory=dict)
    taken: list[tuple[str, Key]] = field(default_factory=list)

    def take(self, kind: str, keys: Iterable[Key], place: Place) -> None:
        mine = self.keys.setdefault(kind, {})
        for key in keys:
            mine[key] = place
            self.taken.append((kind, key))

    def give_back(self, since: int) -> None:
        """Forget what was taken after so many: a savepoint that is rolled back lets it go."""
        for kind, key in self.taken[since:]:
            self.keys[kind].pop(key, None)
        del self.taken[since:]

    def stands_above(self, kind: str, keys: Sequence[Key]) -> tuple[str, Place] | None:
        """Return what is held (and where it was taken) that comes after one of these keys."""
        for other in reversed(ORDER[_RANK[kind] + 1 :]):
            if self.keys.get(other):
                return other, next(reversed(self.keys[other].values()))
        mine = self.keys.get(kind)
        if mine and (highest := max(mine)) > min(keys):
            return kind, mine[highest]
        return None


async def lock(
    tx: Tx,
    query: sa.Select[Any],
    values: Mapping[str, object] | None = None,
    *,
    skip_locked: bool = False,
    to_delete: bool = False,
) -> Sequence[DbRow]:
    """Lock the rows that a query finds, until the transaction ends, and return them.

    They are of the table of its first column, and its primary key is among the columns. They are
    locked in the order of their keys, or in the query's where those of others are skipped. Rows
    that are to be deleted, or whose keys change, are locked `to_delete`.
    """
    table = _table_of(query)
    if not skip_locked:
        query = query.order_by(None).order_by(*table.primary_key.columns)
    taken = query.with_for_update(of=table, key_share=not to_delete, skip_locked=skip_locked)
    rows: Sequence[DbRow] = (await tx.execute(taken, values)).all()
    note(tx, table, _keys(query, table, rows), waited=not skip_locked)
    return rows


async def lock_row(tx: Tx, query: sa.Select[Any]) -> DbRow | None:
    """Lock the one row that a query may find, and return it."""
    rows = await lock(tx, query)
    assert len(rows) <= 1
    return rows[0] if rows else None


async def delete(tx: Tx, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    """Delete rows of a table in the order of their keys; return how many there were."""
    keys = list(table.primary_key.columns)
    if not await lock(tx, sa.select(*keys).where(*where), to_delete=True):
        return 0
    return (await tx.execute(sa.delete(table).where(*where))).rowcount


async def take_away(
    tx: Tx,
    query: sa.Select[Any],
    values: Mapping[str, object] | None = None,
    *,
    skip_locked: bool = False,
) -> Sequence[DbRow]:
    """Lock the rows that a query finds, as `lock` does, delete them, and return them."""
    rows = await lock(tx, query, values, skip_locked=skip_locked, to_delete=True)
    if rows:
        table = _table_of(query)
        keys = list(table.primary_key.columns)
        key = keys[0] if len(keys) == 1 else sa.tuple_(*keys)
        await tx.execute(sa.delete(table).where(key.in_(_keys(query, table, rows))))
    return rows


async def lock_word(tx: Tx, kind: str, word: str) -> None:
    """Lock a word of a kind, for which there need be no row, until the transaction ends."""
    await tx.execute(
        sa.text("SELECT pg_advisory_xact_lock(hashtext(:kind), hashtext(:word))"),
        {"kind": kind, "word": word},
    )
    note(tx, kind, [word])


def note(tx: Tx, kind: sa.Table | str, keys: Iterable[Key], *, waited: bool = True) -> None:
    """Note the keys of rows that a statement has locked by itself; `waited`: it could wait for one.

    Raises LockOrderError where that was too late (see `refuse_wrong_order`).
    """
    name = kind if isinstance(kind, str) else kind.name
    held = _held(tx)
    new = [key for key in keys if key not in held.keys.get(name, ())]
    if not new:
        return
    place = _place()
    above = held.stands_above(name, new) if waited and not held.alone else None
    held.take(name, new, place)
    if above is not None:
        _wrong((name, place), above)


def alone(tx: Tx) -> None:
    """Let a transaction that meets no other take its locks as they come, as one that fills a
    database does.
    """
    _held(tx).alone = True


@asynccontextmanager
async def savepoint(tx: Tx) -> AsyncIterator[None]:
    """Open a savepoint; on an exception all within is undone, and its locks are let go."""
    held = _held(tx)
    before = len(held.taken)
    try:
        async with tx.begin_nested():
            yield
    except BaseException:
        held.give_back(before)
        raise


def _table_of(query: sa.Select[Any]) -> sa.Table:
    first = next(iter(query.selected_columns))
    table = getattr(first, "table", None)
    assert isinstance(table, sa.Table), "the first column says whose rows are locked"
    return table


def _keys(query: sa.Select[Any], table: sa.Table, rows: Sequence[DbRow]) -> list[Key]:
    at = [
        next(place for place, one in enumerate(query.selected_columns) if one is column)
        for column in table.primary_key.columns
    ]
    return [row[at[0]] if len(at) == 1 else tuple(row[one] for one in at) for row in rows]


def _held(tx: Tx) -> _Held:
    connection = tx.sync_connection
    assert connection is not None
    transaction = connection.get_transaction()
    # The dictionary outlives the transaction.
    known = connection.info.get(_HELD)
    if known is None or known.transaction is not transaction:
        known = connection.info[_HELD] = _Held(transaction)
    assert isinstance(known, _Held)
    return known


def _place() -> Place:
    # Who asked is what the reader wants to know.
    frame = inspect.currentframe()
    assert frame is not None
    while frame.f_back is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name


def _wrong(late: tuple[str, Place], held: tuple[str, Place]) -> None:
    pair = (late[0], held[0])
    if not _Rule.refuses and pair in _Rule.told:
        return
    text = f"{_named(*late)} was locked after {_named(*held)}; see ORDER in foundation/locks.py"
    if _Rule.refuses:
        raise LockOrderError(text)
    _Rule.told.add(pair)
    log.error("locks.wrong_order", text=text)


def _named(kind: str, place: Place) -> str:
    file, line, function = place
    path = Path(file)
    shown = path.relative_to(_ROOT) if path.is_relative_to(_ROOT) else path.name
    return f"{kind} ({shown}:{line}, {function})"
