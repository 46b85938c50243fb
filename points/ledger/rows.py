"""The rows of the books: what every verb of the ledger is made of. Nobody else imports this.

The wallet row is the lock of its lots: wallets are locked in id order, lots are read in a new
statement after that, and every row says what the wallet holds after it.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from points.ledger.lot_rows import move_balance, renew
from points.rules import Store
from points.tables import lot_moves, lots, transfers, wallets


async def open_wallet(tx: Tx, user_id: int, kind: str = "points") -> int:
    """Return the id of a user's wallet of a kind, opening it once."""
    find = sa.select(wallets.c.id).where(wallets.c.user_id == user_id, wallets.c.kind == kind)
    found = await tx.scalar(find)
    if found is None:
        made = insert(wallets).values(user_id=user_id, kind=kind).on_conflict_do_nothing()
        await tx.execute(made)
        found = await tx.scalar(find)
    assert found is not None
    return int(found)


async def lock(tx: Tx, ids: Sequence[int]) -> None:
    """Lock wallets in id order: two transactions can wait for each other, never in a circle."""
    await locks.lock(tx, sa.select(wallets.c.id).where(wallets.c.id.in_(ids)))


async def transfer(
    tx: Tx,
    *,
    debit: int | str,
    credit: int | str,
    amount: int,
    kind: str,
    reason: str,
    key: str,
    actor_id: int | None = None,
    purchase_id: int | None = None,
    hold_id: int | None = None,
    points_wallet: int | None = None,
) -> int | None:
    """Write a transfer and return its id, or None where the same was written before.

    A wallet is named by its id, one of the site's own by its kind. `points_wallet` is the side
    that keeps a balance, if any; the caller holds its lock and moves the balance afterwards.
    """
    mark = fingerprint(debit, credit, amount, kind)
    # Looked up first: said again, a debit may be more than the wallet holds by now.
    if await _is_written(tx, key, mark):
        return None
    row: dict[str, object] = {
        "debit_wallet": _wallet(debit),
        "credit_wallet": _wallet(credit),
        "amount": amount,
        "kind": kind,
        "reason": reason,
        "actor_id": actor_id,
        "idempotency_key": key,
        "input_hash": mark,
        "purchase_id": purchase_id,
        "hold_id": hold_id,
        "balance_after": _balance(points_wallet, -amount if points_wallet == debit else amount),
    }
    return await _insert_once(tx, row, key, mark)


async def _insert_once(tx: Tx, row: dict[str, object], key: str, mark: bytes) -> int | None:
    made = await tx.scalar(
        insert(transfers)
        .values(row)
        .on_conflict_do_nothing(index_elements=["idempotency_key"])
        .returning(transfers.c.id)
    )
    if made is None:
        await _is_written(tx, key, mark)
        return None
    return int(made)


async def is_written(tx: Tx, key: str) -> bool:
    """Say whether a transfer was written under this key before."""
    found = sa.exists().where(transfers.c.idempotency_key == key)
    return bool(await tx.scalar(sa.select(found)))


async def transfer_of(tx: Tx, key: str) -> int:
    """Return the id of the transfer that was written under this key."""
    found = await tx.scalar(sa.select(transfers.c.id).where(transfers.c.idempotency_key == key))
    assert found is not None
    return int(found)


async def _is_written(tx: Tx, key: str, mark: bytes) -> bool:
    """Say whether this transfer was written before; another one under its key is an error."""
    known = await tx.scalar(
        sa.select(transfers.c.input_hash).where(transfers.c.idempotency_key == key)
    )
    if known is not None and known != mark:
        raise UserError("key_used", N_("このキーは別の操作に使われています。"))
    return known is not None


_MOVE_LOTS = sa.text("""
UPDATE lots l SET remaining = l.remaining + m.amount
FROM unnest(CAST(:lots AS bigint[]), CAST(:amounts AS bigint[])) AS m (lot_id, amount)
WHERE l.id = m.lot_id
""")


async def move_lots(tx: Tx, parts: Iterable[Store], sign: int) -> None:
    """Fill (+1) or drain (−1) lots that already are."""
    parts = list(parts)
    await tx.execute(
        _MOVE_LOTS,
        {
            "lots": [part.lot_id for part in parts],
            "amounts": [sign * part.remaining for part in parts],
        },
    )


async def record_moves(tx: Tx, source: int, parts: Iterable[Store], sign: int) -> None:
    """Say which lots a transfer filled (+1) or drained (−1)."""
    rows = [
        {"transfer_id": source, "lot_id": part.lot_id, "amount": sign * part.remaining}
        for part in parts
    ]
    if rows:
        await tx.execute(insert(lot_moves).values(rows))


async def drain(tx: Tx, wallet: int, source: int, parts: Sequence[Store]) -> None:
    """Take a transfer's points out of these lots and their wallet."""
    await move_lots(tx, parts, -1)
    await record_moves(tx, source, parts, -1)
    await move_balance(tx, wallet, -sum(part.remaining for part in parts))


async def by_life(tx: Tx, parts: Sequence[Store], now: datetime) -> tuple[list[Store], list[Store]]:
    """Part what comes back into that which may still live, and that which is past six months."""
    living = await _lots_of(tx, parts, lots.c.latest > now)
    alive = [part for part in parts if part.lot_id in living]
    return alive, [part for part in parts if part.lot_id not in living]


async def refill(tx: Tx, wallet: int, source: int, parts: Sequence[Store], now: datetime) -> None:
    """Put a transfer's points back into their lots; those that have run out are renewed."""
    expired = await _lots_of(tx, parts, lots.c.expires_at <= now)
    kept = [part for part in parts if part.lot_id not in expired]
    renewed = [
        Store(await renew(tx, part.lot_id, part.remaining, now), part.remaining)
        for part in parts
        if part.lot_id in expired
    ]
    await move_lots(tx, kept, +1)
    await record_moves(tx, source, kept + renewed, +1)
    await move_balance(tx, wallet, total(parts))


async def given(tx: Tx, parts: Sequence[Store]) -> int:
    """Return how many of these points were given: a bonus of a purchase counts as bought."""
    granted = await _lots_of(tx, parts, lots.c.kind == "granted")
    return total(part for part in parts if part.lot_id in granted)


async def _lots_of(tx: Tx, parts: Sequence[Store], which: sa.ColumnElement[bool]) -> set[int]:
    """Return the ids of those lots of these parts that are so."""
    ids = [part.lot_id for part in parts]
    found = await tx.execute(sa.select(lots.c.id).where(lots.c.id.in_(ids), which))
    return set(found.scalars())


def total(parts: Iterable[Store]) -> int:
    """Return the points of these parts together."""
    return sum(part.remaining for part in parts)


def _wallet(wallet: int | str) -> "int | sa.ScalarSelect[int]":
    if isinstance(wallet, int):
        return wallet
    return (
        sa.select(wallets.c.id)
        .where(wallets.c.kind == wallet, wallets.c.user_id.is_(None))
        .scalar_subquery()
    )


def _balance(wallet: int | None, by: int) -> "sa.ScalarSelect[int] | None":
    if wallet is None:
        return None
    return sa.select(wallets.c.balance + by).where(wallets.c.id == wallet).scalar_subquery()


def fingerprint(*values: object) -> bytes:
    """Return what tells one transfer from another under the same key."""
    return hashlib.sha256(json.dumps(values).encode()).digest()
