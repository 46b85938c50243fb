"""What becomes of a tab whose member withdraws: bills are settled first. See `rooms.care`."""

from datetime import timedelta

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from points.ledger import credit
from points.tab import bills, limits, placing, refusals
from points.tab.grounds import LEAST_YEN
from points.tables import tab_bills, tab_payments, wallets
from record.alarms import alarm

OVER = N_("退会した会員から、ご利用料金より%(yen)s円多く受け取っています。返金してください。")

_HELD = sa.text("""
SELECT EXISTS (SELECT FROM holds h JOIN wallets w ON w.id = h.wallet_id AND w.kind = 'tab'
  WHERE w.user_id = :user AND h.released + h.share + h.fee < h.points)
""")


async def must_be_settled(tx: Tx, user_id: int) -> None:
    """Refuse to let go who has a reservation on the tab, or owes enough to be collected.

    Raises UserError `tab_reserved` or `bills_open`.
    """
    mine = sa.select(wallets.c.id, wallets.c.balance)
    found = await tx.execute(mine.where(wallets.c.user_id == user_id, wallets.c.kind == "tab"))
    wallet = found.one_or_none()
    if wallet is None:
        return
    if await tx.scalar(_HELD, {"user": user_id}):
        raise UserError(
            "tab_reserved",
            N_(
                "後払いのご予約かリクエストがあります。取り消すか、終わってから手続きしてください。"
            ),
        )
    used = await credit.issued(tx, wallet.id) - wallet.balance
    if used >= LEAST_YEN:
        raise refusals.bills_open(used)


async def close(tx: Tx, user_id: int) -> None:
    """Close the tab of who goes for good: too little to be collected is given up.

    What they paid too much is told to staff, once.
    """
    if await limits.is_open(tx, user_id):
        wallet = await credit.lock_tab(tx, user_id)
        rest = await bills.waiting(tx, user_id)
        if rest:
            await bills.put_on_a_bill(tx, user_id, rest, timedelta(days=1))
            await placing.level(tx, user_id, wallet)
        owed = sa.select(
            tab_bills.c.id, tab_bills.c.yen - tab_bills.c.paid - tab_bills.c.written_off
        )
        for bill_id, yen in await tx.execute(owed.where(tab_bills.c.user_id == user_id)):
            if yen:
                await placing.write_off(tx, wallet, bill_id, yen)
        await limits.close_tab(tx, user_id, reason="withdrawn")
        await _tell_of_rest(tx, user_id)


async def came_late(tx: Tx, user_id: int, reference: str, yen: int) -> None:
    """Tell staff of so many yen of a payment that found no bill, where its payer has gone."""
    if await tx.scalar(_GONE, {"user": user_id}):
        await alarm(tx, "tab_over", OVER, reference, yen=yen)


_GONE = sa.text("SELECT withdrawn_at IS NOT NULL FROM users WHERE id = :user")


async def _tell_of_rest(tx: Tx, user_id: int) -> None:
    over = sa.func.sum(tab_payments.c.yen - tab_payments.c.taken_back - tab_payments.c.placed)
    yen = int(await tx.scalar(sa.select(over).where(tab_payments.c.user_id == user_id)) or 0)
    if yen:
        await alarm(tx, "tab_over", OVER, f"user:{user_id}", yen=yen)
