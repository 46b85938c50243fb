"""What leaves a cast's earnings, and what comes back to them. See `points.ledger`.

No wallet of earnings keeps a balance, so nothing here is locked: who calls holds the lock on the
payout, or on the person, and each movement is booked once by its key.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from foundation.database import Tx
from points.ledger import many_rows, rows


@dataclass(frozen=True)
class Leaving:
    """A payout whose `amount` of yen leaves a cast's earnings."""

    payout_id: int
    cast_id: int
    amount: int


async def pay_out(tx: Tx, payout_id: int, cast_id: int, amount: int) -> bool:
    """Book that a payout of `amount` yen has left a cast's earnings; False if it was before."""
    earnings = await rows.open_wallet(tx, cast_id, "earnings")
    made = await rows.transfer(
        tx,
        debit=earnings,
        credit="paid_out",
        amount=amount,
        kind="payout",
        reason="payout",
        key=f"payout:{payout_id}",
    )
    return made is not None


async def pay_out_many(tx: Tx, leaving: Sequence[Leaving]) -> int:
    """Book that many payouts have left their casts' earnings, as `pay_out` does; return how many.

    What was booked before is passed over.
    """
    if not leaving:
        return 0
    wallets = await many_rows.wallets_of(tx, [one.cast_id for one in leaving], "earnings")
    return await many_rows.transfer_many(
        tx,
        debits=[wallets[one.cast_id] for one in leaving],
        credit="paid_out",
        amounts=[one.amount for one in leaving],
        kind="payout",
        keys=[f"payout:{one.payout_id}" for one in leaving],
    )


async def return_payout(
    tx: Tx, payout_id: int, cast_id: int, amount: int, *, reason: str, actor_id: int | None
) -> bool:
    """Book that the bank rejected a payout: all of it is the cast's again; False if it was before.

    What the site kept of it (the bank's fee, the tax that was withheld) comes back with it.
    """
    earnings = await rows.open_wallet(tx, cast_id, "earnings")
    made = await rows.transfer(
        tx,
        debit="paid_out",
        credit=earnings,
        amount=amount,
        kind="payout_return",
        reason=reason,
        key=f"payout_return:{payout_id}",
        actor_id=actor_id,
    )
    return made is not None


async def give_up_earnings(
    tx: Tx, cast_id: int, amount: int, *, key: str, reason: str, actor_id: int | None = None
) -> bool:
    """Book that a cast's earnings are the site's: given up by their own word, or decided by two.

    The same key again books nothing and returns False.
    """
    earnings = await rows.open_wallet(tx, cast_id, "earnings")
    made = await rows.transfer(
        tx,
        debit=earnings,
        credit="given_up",
        amount=amount,
        kind="earnings_given_up",
        reason=reason,
        key=key,
        actor_id=actor_id,
    )
    return made is not None
