"""The only writer of money tables.

Every function takes the transaction and neither commits nor pushes. The wallet row is the lock of
its lots: wallets are locked in id order, and lots are read in a new statement after that.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from points import rules
from points.tables import (
    charge_returns,
    charges,
    lot_backs,
    lot_moves,
    lot_uses,
    lots,
    transfers,
    wallets,
)


@dataclass(frozen=True)
class LotLine:
    """One purchase or grant of points with its own expiry."""

    id: int
    kind: str
    granted: int
    remaining: int
    expires_at: datetime


@dataclass(frozen=True)
class Points:
    """What a user holds: `balance` counts all lots, `spendable` those not yet expired."""

    balance: int
    spendable: int
    lots: list[LotLine]


@dataclass(frozen=True)
class Due:
    """One minute of one talk that is to be charged."""

    talk_id: int
    minute: int
    payer_wallet: int
    cast_wallet: int
    price: int
    share: int


async def open_wallet(tx: Tx, user_id: int, kind: str = "points") -> int:
    """Return the id of a user's wallet of `points` or `earnings`, opening it the first time."""
    await tx.execute(insert(wallets).values(user_id=user_id, kind=kind).on_conflict_do_nothing())
    found = await tx.scalar(
        sa.select(wallets.c.id).where(wallets.c.user_id == user_id, wallets.c.kind == kind)
    )
    assert found is not None
    return int(found)


async def points_of(tx: Tx, user_id: int) -> Points:
    """Return a user's points, the lots that still hold some first to expire first."""
    rows = await tx.execute(
        sa.select(lots.c.id, lots.c.kind, lots.c.granted, lots.c.remaining, lots.c.expires_at)
        .join(wallets, wallets.c.id == lots.c.wallet_id)
        .where(wallets.c.user_id == user_id, wallets.c.kind == "points", ~lots.c.closed)
        .order_by(lots.c.expires_at, lots.c.id)
    )
    lines = [LotLine(**row) for row in rows.mappings()]
    now = await clock(tx)
    spendable = sum(line.remaining for line in lines if line.expires_at > now)
    return Points(sum(line.remaining for line in lines), spendable, lines)


async def spendable(tx: Tx, user_id: int) -> int:
    """Return the points that a user can spend now."""
    total = await tx.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(lots.c.remaining), 0))
        .join(wallets, wallets.c.id == lots.c.wallet_id)
        .where(
            wallets.c.user_id == user_id,
            wallets.c.kind == "points",
            ~lots.c.closed,
            lots.c.expires_at > sa.func.clock_timestamp(),
        )
    )
    return int(total or 0)


async def grant(
    tx: Tx,
    user_id: int,
    points: int,
    reason: str,
    *,
    actor_id: int | None,
    key: str,
    months: int = 3,
) -> bool:
    """Give a user points that expire like bought ones (`months` calendar months from now).

    `key` makes it happen once: the same call again changes nothing and returns False; another
    call under the same key raises UserError `key_used`, as does an amount out of bounds
    (`amount_out_of_bounds`).
    """
    if not rules.is_amount(points):
        raise UserError("amount_out_of_bounds", N_("ポイント数が正しくありません。"), status=400)
    wallet = await open_wallet(tx, user_id)
    await _lock(tx, [wallet])
    transfer = await _transfer(
        tx,
        debit="issued",
        credit=wallet,
        amount=points,
        kind="grant",
        reason=reason,
        actor_id=actor_id,
        key=key,
    )
    if transfer is None:
        return False
    expires = rules.expiry_of(await clock(tx), months)
    await _new_lot(tx, wallet, "granted", points, expires, transfer)
    return True


async def charge(tx: Tx, dues: Sequence[Due]) -> set[int]:
    """Charge all these minutes in one statement; return the talks whose caller could pay.

    A talk may stand in it once, and so may a payer. Burns the lots that expire first.
    """
    if not dues:
        return set()
    rows = await tx.execute(
        sa.text(
            "SELECT charge_minutes(CAST(:talks AS bigint[]), CAST(:minutes AS int[]),"
            " CAST(:payers AS bigint[]), CAST(:casts AS bigint[]),"
            " CAST(:prices AS bigint[]), CAST(:shares AS bigint[]))"
        ),
        {
            "talks": [due.talk_id for due in dues],
            "minutes": [due.minute for due in dues],
            "payers": [due.payer_wallet for due in dues],
            "casts": [due.cast_wallet for due in dues],
            "prices": [due.price for due in dues],
            "shares": [due.share for due in dues],
        },
    )
    return set(rows.scalars())


async def return_minute(
    tx: Tx, talk_id: int, minute: int, *, kind: str, reason: str, actor_id: int | None = None
) -> int:
    """Put a charged minute back into the very lots that paid it; return the points given back.

    A minute that was already returned stays as it is, and 0 is returned.
    """
    wallet = await tx.scalar(
        sa.text("SELECT payer_wallet FROM charges WHERE talk_id = :talk AND minute = :minute"),
        {"talk": talk_id, "minute": minute},
    )
    if wallet is None:
        return 0
    await _lock(tx, [wallet])
    gross = await tx.scalar(
        insert(charge_returns)
        .from_select(
            ["talk_id", "minute", "kind", "gross", "share", "fee", "reason", "actor_id"],
            sa.select(
                charges.c.talk_id,
                charges.c.minute,
                sa.literal(kind),
                charges.c.gross,
                charges.c.share,
                charges.c.fee,
                sa.literal(reason),
                sa.literal(actor_id, sa.BigInteger),
            ).where(charges.c.talk_id == talk_id, charges.c.minute == minute),
        )
        .on_conflict_do_nothing()
        .returning(charge_returns.c.gross)
    )
    if gross is None:
        return 0
    await _refill(tx, talk_id, minute)
    await _move_balance(tx, wallet, int(gross))
    return int(gross)


async def _refill(tx: Tx, talk_id: int, minute: int) -> None:
    used = sa.select(
        lot_uses.c.talk_id, lot_uses.c.minute, lot_uses.c.lot_id, lot_uses.c.amount
    ).where(lot_uses.c.talk_id == talk_id, lot_uses.c.minute == minute)
    await tx.execute(insert(lot_backs).from_select(["talk_id", "minute", "lot_id", "amount"], used))
    part = used.subquery()
    await tx.execute(
        sa.update(lots)
        .where(lots.c.id == part.c.lot_id)
        .values(remaining=lots.c.remaining + part.c.amount)
    )


async def _lock(tx: Tx, ids: Sequence[int]) -> None:
    """Lock wallets in id order: two transactions can wait for each other, never in a circle."""
    await tx.execute(
        sa.select(wallets.c.id)
        .where(wallets.c.id.in_(ids))
        .order_by(wallets.c.id)
        .with_for_update(key_share=True)
    )


async def _transfer(
    tx: Tx,
    *,
    debit: int | str,
    credit: int | str,
    amount: int,
    kind: str,
    reason: str,
    actor_id: int | None,
    key: str,
) -> int | None:
    """Write a transfer and return its id, or None where the same was written before."""
    fingerprint = _fingerprint(debit, credit, amount, kind)
    made = await tx.scalar(
        insert(transfers)
        .values(
            debit_wallet=_wallet(debit),
            credit_wallet=_wallet(credit),
            amount=amount,
            kind=kind,
            reason=reason,
            actor_id=actor_id,
            idempotency_key=key,
            input_hash=fingerprint,
        )
        .on_conflict_do_nothing(index_elements=["idempotency_key"])
        .returning(transfers.c.id)
    )
    if made is None:
        await _must_match(tx, key, fingerprint)
        return None
    return int(made)


async def _must_match(tx: Tx, key: str, fingerprint: bytes) -> None:
    known = await tx.scalar(
        sa.select(transfers.c.input_hash).where(transfers.c.idempotency_key == key)
    )
    if known != fingerprint:
        raise UserError("key_used", N_("このキーは別の操作に使われています。"))


async def _new_lot(
    tx: Tx, wallet: int, kind: str, points: int, expires_at: datetime, transfer: int
) -> None:
    lot = await tx.scalar(
        insert(lots)
        .values(
            wallet_id=wallet,
            kind=kind,
            granted=points,
            remaining=points,
            expires_at=expires_at,
            source=transfer,
        )
        .returning(lots.c.id)
    )
    await tx.execute(insert(lot_moves).values(transfer_id=transfer, lot_id=lot, amount=points))
    await _move_balance(tx, wallet, points)


async def _move_balance(tx: Tx, wallet: int, by: int) -> None:
    await tx.execute(
        sa.update(wallets).where(wallets.c.id == wallet).values(balance=wallets.c.balance + by)
    )


def _wallet(wallet: int | str) -> "int | sa.ScalarSelect[int]":
    """A wallet by its id, or one of the site's own by its kind."""
    if isinstance(wallet, int):
        return wallet
    return (
        sa.select(wallets.c.id)
        .where(wallets.c.kind == wallet, wallets.c.user_id.is_(None))
        .scalar_subquery()
    )


def _fingerprint(*values: object) -> bytes:
    return hashlib.sha256(json.dumps(values).encode()).digest()
