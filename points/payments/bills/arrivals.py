"""Money for bills that came: put into the books, and its payer told of it, in one transaction."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_, translate
from notify import inbox
from points.payments.provider import ProviderName
from points.tab import bills, closing
from points.tab.bills import TabPayment
from points.tables import tab_bills, tab_payments

TITLE = N_("お支払いを確認しました（%(yen)s円）")
ALL = N_("ご利用料金 %(yen)s円のお支払いを確認しました。ご利用ありがとうございます。")
REST = N_(
    "%(yen)s円のお支払いを確認しました。お支払いいただく残りは%(left)s円です。"
    "「後払い」のページからお手続きください。"
)
OVER = N_("%(yen)s円のお支払いを確認しました。ご請求より%(over)s円多いため、次のご請求に充てます。")


@dataclass(frozen=True)
class MoneyIn:
    """A payment as the provider told it: its name there, yen, how, when, and for which bills."""

    provider: ProviderName
    reference: str
    yen: int
    kind: Literal["card", "transfer"]
    at: datetime
    bills: tuple[int, ...] = ()


async def settle(tx: Tx, user_id: int, paid: MoneyIn, site: str | None) -> bool:
    """Let a payment pay its bills, then the oldest; what is over waits for the next bill.

    Once for each: the same again changes nothing, tells nobody and returns False.
    """
    payment = TabPayment(paid.provider, paid.reference, paid.kind, paid.yen, paid.at)
    if not await bills.settle(tx, user_id, payment, paid.bills):
        return False
    left, over = await _left(tx, user_id), await _over(tx, paid)
    if over:
        await closing.came_late(tx, user_id, paid.reference, over)
    locale = str(await tx.scalar(_LOCALE, {"user": user_id}))
    text = OVER if over else REST if left else ALL
    words = {"yen": f"{paid.yen:,}", "left": f"{left:,}", "over": f"{over:,}"}
    await inbox.tell(
        tx,
        user_id,
        kind="bill",
        key=f"bill_paid:{paid.provider}:{paid.reference}",
        title=translate(locale, TITLE, **words),
        text=translate(locale, text, **words),
        link="/tab",
        site=site,
    )
    return True


_LOCALE = sa.text("SELECT locale FROM users WHERE id = :user")


async def _left(tx: Tx, user_id: int) -> int:
    owed = sa.func.sum(tab_bills.c.yen - tab_bills.c.paid - tab_bills.c.written_off)
    mine = tab_bills.c.user_id == user_id, tab_bills.c.state.in_(("open", "paying"))
    return int(await tx.scalar(sa.select(owed).where(*mine)) or 0)


async def _over(tx: Tx, paid: MoneyIn) -> int:
    """What of a payment found no bill."""
    rest = tab_payments.c.yen - tab_payments.c.taken_back - tab_payments.c.placed
    mine = (
        tab_payments.c.provider == paid.provider,
        tab_payments.c.provider_ref == paid.reference,
    )
    return int(await tx.scalar(sa.select(rest).where(*mine)) or 0)
