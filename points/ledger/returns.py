"""Charged minutes given back: into the very lots that paid them. See `points.ledger`."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all
from points import refusals, rules
from points.ledger import credit, lot_rows, rows
from points.ledger.locked_rows import Paid
from points.rules import Store, Use
from points.tables import charge_returns, charges, lot_backs, wallets


async def return_minute(
    tx: Tx, talk_id: int, minute: int, *, kind: str, reason: str, actor_id: int | None = None
) -> int:
    """Put a charged minute back into the very lots that paid it; return the points given back.

    A minute that was already returned stays as it is, and 0 is returned.
    """
    wallet = await _payer(tx, talk_id)
    if wallet is None:
        return 0
    await rows.lock(tx, [wallet])
    paid = await _paid(tx, talk_id, minute)
    return await _give_back(tx, talk_id, wallet, paid, None, kind, reason, actor_id)


async def return_points(
    tx: Tx, talk_id: int, points: int | None, *, reason: str, actor_id: int
) -> int:
    """Give back what a talk cost, wholly (None) or `points` of it; return the points given back.

    From the last minute backwards, never a minute twice, once for each talk. Where a lot has run
    out, its points are good until the end of the seventh day, never beyond six months from the
    purchase. Raises UserError `amount_out_of_bounds` (400), `already_returned`,
    `nothing_to_return` or `more_than_paid` (points: what can go back).
    """
    if points is not None and not rules.is_amount(points):
        raise refusals.amount_out_of_bounds()
    wallet = await _payer(tx, talk_id)
    if wallet is None:
        raise refusals.nothing_to_return()
    await rows.lock(tx, [wallet])
    if await _claimed(tx, talk_id):
        raise UserError("already_returned", N_("この通話のポイントはすでに返還されています。"))
    paid = await _paid(tx, talk_id)
    _must_be_paid(paid, points, await clock(tx))
    return await _give_back(tx, talk_id, wallet, paid, points, "claim", reason, actor_id)


async def returnable(tx: Tx, talk_id: int) -> int:
    """Return the points of a talk that could be given back now."""
    now = await clock(tx)
    if await _claimed(tx, talk_id):
        return 0
    return sum(row.amount for row in await _paid(tx, talk_id) if row.latest > now)


async def _payer(tx: Tx, talk_id: int) -> int | None:
    found = await tx.scalar(
        sa.select(charges.c.payer_wallet).where(charges.c.talk_id == talk_id, charges.c.minute == 1)
    )
    return None if found is None else int(found)


async def _claimed(tx: Tx, talk_id: int) -> bool:
    found = await tx.scalar(
        sa.select(
            sa.exists().where(charge_returns.c.talk_id == talk_id, charge_returns.c.kind == "claim")
        )
    )
    return bool(found)


_PAID = sa.text("""
SELECT u.minute, c.gross, c.share, u.lot_id, u.amount, l.expires_at, l.latest
FROM charges c JOIN lot_uses u USING (talk_id, minute) JOIN lots l ON l.id = u.lot_id
WHERE c.talk_id = :talk AND (CAST(:minute AS int) IS NULL OR c.minute = :minute)
  AND NOT EXISTS (SELECT FROM charge_returns r
    WHERE r.talk_id = c.talk_id AND r.minute = c.minute)
ORDER BY u.minute DESC, l.expires_at DESC, l.id DESC
""")


async def _paid(tx: Tx, talk_id: int, minute: int | None = None) -> list[Paid]:
    """What each lot paid of the minutes not yet returned: the last first, long-lived lots first."""
    found = await tx.execute(_PAID, {"talk": talk_id, "minute": minute})
    return typed_all(Paid, found.mappings())


def _must_be_paid(paid: Sequence[Paid], points: int | None, now: datetime) -> None:
    most = sum(row.amount for row in paid if row.latest > now)
    if most == 0:
        raise refusals.nothing_to_return()
    if points is not None and points > most:
        raise refusals.more_than_paid(most)


async def _give_back(
    tx: Tx,
    talk_id: int,
    wallet: int,
    paid: Sequence[Paid],
    points: int | None,
    kind: str,
    reason: str,
    actor_id: int | None,
) -> int:
    now = await clock(tx)
    uses = rules.given_back(
        (Use(row.minute, row.lot_id, row.amount, row.latest) for row in paid), points, now
    )
    total = sum(use.amount for use in uses)
    if not total:
        return 0
    common = {
        "talk_id": talk_id,
        "kind": kind,
        "reason": reason,
        "actor_id": actor_id,
        "at": now,
        "payer_wallet": wallet,
        "balance_after": await _balance(tx, wallet) + total,
    }
    minutes = [common | minute for minute in _minutes(paid, uses)]
    await tx.execute(insert(charge_returns).values(minutes))
    await _refill(tx, talk_id, uses, {row.lot_id: row.expires_at for row in paid}, now)
    await lot_rows.move_balance(tx, wallet, total)
    await credit.came_back(tx, wallet, reason=reason)
    return total


async def _balance(tx: Tx, wallet: int) -> int:
    found = await tx.scalar(sa.select(wallets.c.balance).where(wallets.c.id == wallet))
    assert found is not None
    return int(found)


def _minutes(paid: Sequence[Paid], uses: Sequence[Use]) -> list[dict[str, int]]:
    """The minutes that go back, each with its part of the cast's share."""
    charged = {row.minute: row for row in paid}
    back: dict[int, int] = defaultdict(int)
    for use in uses:
        back[use.minute] += use.amount
    lines = []
    for minute, gross in back.items():
        share = rules.share_given_back(charged[minute].gross, charged[minute].share, gross)
        lines.append({"minute": minute, "gross": gross, "share": share, "fee": gross - share})
    return lines


async def _refill(
    tx: Tx, talk_id: int, uses: Sequence[Use], expiries: dict[int, datetime], now: datetime
) -> None:
    """Fill the lots that paid; those that have run out each get a new lot in their place."""
    totals: dict[int, int] = defaultdict(int)
    for use in uses:
        totals[use.lot_id] += use.amount
    renewed = {
        lot: await lot_rows.renew(tx, lot, amount, now)
        for lot, amount in totals.items()
        if expiries[lot] <= now
    }
    kept = [Store(lot, amount) for lot, amount in totals.items() if lot not in renewed]
    await rows.move_lots(tx, kept, +1)
    backs = [
        {
            "talk_id": talk_id,
            "minute": use.minute,
            "lot_id": use.lot_id,
            "amount": use.amount,
            "renewed_lot": renewed.get(use.lot_id),
        }
        for use in uses
    ]
    await tx.execute(insert(lot_backs).values(backs))
