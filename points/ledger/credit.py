"""What may be spent before it is paid: a tab's wallet and its credit. See `points.ledger`.

Charging and holding take from this wallet as from any other. Beside that it moves in three ways,
each against an account of the site: credit comes from and goes back to `credit_issued`, a bill that
is paid frees what it cost from `tab_paid`, one that is written off from `written_off`. So the
credit issued is the limit, or all that is used where that is more, and what is left is the balance.
"""

from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx, clock
from points import rules
from points.ledger import lot_rows, rows
from points.tables import holds, tabs, wallets

Account = Literal["tab_paid", "written_off"]


async def lock_tab(tx: Tx, user_id: int) -> int:
    """Lock a user's tab, opening its wallet once; return the wallet's id."""
    wallet = await rows.open_wallet(tx, user_id, "tab")
    await rows.lock(tx, [wallet])
    return wallet


async def level(tx: Tx, wallet: int, *, reason: str, actor_id: int | None = None) -> None:
    """Bring the credit of a locked tab to its user's limit, as far as it isn't used.

    What is used beyond the limit is taken out as it comes back.
    """
    limit = await tx.scalar(
        sa.select(tabs.c.yen)
        .join(wallets, wallets.c.user_id == tabs.c.user_id)
        .where(wallets.c.id == wallet)
    )
    more = int(limit or 0) - await issued(tx, wallet)
    if more > 0:
        await _give(tx, wallet, "credit_issued", more, "credit", reason, actor_id)
    elif more < 0:
        less = min(-more, await balance(tx, wallet))
        if less:
            await _take(tx, wallet, "credit_issued", less, "credit_taken", reason, actor_id)


async def free(tx: Tx, wallet: int, account: Account, yen: int, *, reason: str) -> int:
    """Free so much of a locked tab, because it was paid or written off; return the transfer's id.

    It can be spent again as far as the limit allows.
    """
    made = await _give(tx, wallet, account, yen, account, reason, None)
    await level(tx, wallet, reason=reason)
    return made


async def use_again(tx: Tx, wallet: int, account: Account, yen: int, *, reason: str) -> int:
    """Undo `free`: so much is owed again, even if spent anew; return the transfer's id."""
    missing = yen - await balance(tx, wallet)
    if missing > 0:
        await _give(tx, wallet, "credit_issued", missing, "credit", reason, None)
    kind = "tab_unpaid" if account == "tab_paid" else "written_off_back"
    made = await _take(tx, wallet, account, yen, kind, reason, None)
    await level(tx, wallet, reason=reason)
    return made


async def came_back(tx: Tx, wallet: int, *, reason: str) -> None:
    """Take out of a tab what came back to it beyond its limit. Nothing for other wallets."""
    if await tx.scalar(sa.select(wallets.c.kind).where(wallets.c.id == wallet)) == "tab":
        await level(tx, wallet, reason=reason)


async def note_billed(tx: Tx, hold_id: int) -> None:
    """Note that a bill was made of a hold on a tab."""
    await tx.execute(sa.update(holds).where(holds.c.id == hold_id).values(to_bill=False))


async def balance(tx: Tx, wallet: int) -> int:
    """Return what is left of a tab's limit."""
    return int(await tx.scalar(sa.select(wallets.c.balance).where(wallets.c.id == wallet)) or 0)


_ISSUED = sa.text("""
SELECT coalesce((SELECT sum(amount) FROM transfers
    WHERE credit_wallet = :wallet AND kind = 'credit'), 0)
  - coalesce((SELECT sum(amount) FROM transfers
    WHERE debit_wallet = :wallet AND kind = 'credit_taken'), 0)
""")
_MOVES = sa.text("""
SELECT (SELECT count(*) FROM transfers WHERE credit_wallet = :wallet)
  + (SELECT count(*) FROM transfers WHERE debit_wallet = :wallet)
""")


async def issued(tx: Tx, wallet: int) -> int:
    """Return the credit that a tab was given in all: its limit, or what is used of it if more."""
    return int(await tx.scalar(_ISSUED, {"wallet": wallet}) or 0)


async def _give(
    tx: Tx, wallet: int, origin: str, yen: int, kind: str, reason: str, actor_id: int | None
) -> int:
    made = await _move(tx, wallet, (origin, wallet), yen, kind, reason, actor_id)
    await lot_rows.fill_credit_lot(tx, wallet, yen, made)
    return made


async def _take(
    tx: Tx, wallet: int, aim: str, yen: int, kind: str, reason: str, actor_id: int | None
) -> int:
    parts = rules.drawn(await lot_rows.open_stores(tx, wallet, await clock(tx)), yen)
    made = await _move(tx, wallet, (wallet, aim), yen, kind, reason, actor_id)
    await rows.drain(tx, wallet, made, parts)
    return made


async def _move(
    tx: Tx,
    wallet: int,
    way: tuple[int | str, int | str],
    yen: int,
    kind: str,
    reason: str,
    actor_id: int | None,
) -> int:
    """Write a transfer of a tab, under the next of its numbers."""
    number = await tx.scalar(_MOVES, {"wallet": wallet})
    made = await rows.transfer(
        tx,
        debit=way[0],
        credit=way[1],
        amount=yen,
        kind=kind,
        reason=reason,
        actor_id=actor_id,
        key=f"tab:{wallet}:{number}",
        points_wallet=wallet,
    )
    assert made is not None
    return made
