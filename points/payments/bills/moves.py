"""What a bank takes back of transfers, before or after they were taken over to the site.

A movement says whose account it left, never which transfer it was of. So all that left is counted
for each payer, and their transfers are brought to it: twice told, late, and in any order the end is
the same. What was refunded of a payment, and is then sent on to the payer's bank, was told as a
refund already, and counts once.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.language import N_, translate
from foundation.row_types import typed_all
from notify import inbox
from points.payments.bills import money_back
from points.payments.bills.bank import BankMove
from points.payments.bills.tables import tab_moves, tab_takings
from points.payments.provider import ProviderName
from points.payments.refunds import TooEarlyError
from points.tables import tab_payments
from record.alarms import alarm

TITLE = N_("お振り込みが取り消されました（%(yen)s円）")
TEXT = N_(
    "お振り込みのうち%(yen)s円が、銀行か決済会社からお客様へ戻されました。"
    "その分のご利用料金は、お支払いがまだの状態に戻っています。"
    "「後払い」のページから、もう一度お手続きください。"
)
_BACK = N_(
    "後払いの振込 %(yen)s円 が、会員の銀行へ戻りました。その分のご請求は未払いに戻っています。"
)


@dataclass(frozen=True)
class _Taking:
    """What arrived once: yen, and what of it is gone by now."""

    provider_ref: str
    yen: int
    gone: int
    waiting: bool


async def note(
    tx: Tx, provider: ProviderName, user_id: int, moved: BankMove, site: str | None
) -> bool:
    """Note what left a payer's account for their bank, once, and open the bills that it had paid.

    False where it is known. Raises TooEarlyError where more has left than ever arrived: then what
    arrived is still to be told.
    """
    mine = sa.select(tab_takings.c.provider_ref).where(
        tab_takings.c.user_id == user_id, tab_takings.c.provider == provider
    )
    await locks.lock(tx, mine)
    values = {"id": moved.id, "kind": moved.kind, "yen": moved.yen, "moved_at": moved.at}
    once = insert(tab_moves).values(user_id=user_id, provider=provider, **values)
    made = once.on_conflict_do_nothing().returning(tab_moves.c.id)
    if await tx.scalar(made) is None:
        return False
    more = await _level(tx, provider, user_id, moved)
    if more > 0:
        await alarm(tx, "bill_money_back", _BACK, moved.id, yen=more)
        await _tell(tx, user_id, moved.id, more, site)
    return True


_LEFT = sa.text("""
SELECT coalesce(sum(yen) FILTER (WHERE kind = 'reversed'), 0)
  + greatest(0, coalesce(sum(CASE kind WHEN 'returned' THEN yen WHEN 'reversed' THEN 0
    ELSE -yen END), 0))
FROM tab_moves WHERE user_id = :user AND provider = :provider
""")
# Most likely first: of just so much, not taken over yet, the latest.
_TAKINGS = sa.text("""
SELECT provider_ref, yen, gone, state = 'waiting' AS waiting FROM tab_takings
WHERE user_id = :user AND provider = :provider
ORDER BY yen - gone <> :yen, state <> 'waiting', noted_at DESC, provider_ref
""")


async def _level(tx: Tx, provider: ProviderName, user_id: int, moved: BankMove) -> int:
    """Bring what is gone of a payer's transfers to what left in all; return the difference."""
    whose = {"user": user_id, "provider": provider}
    rows = await tx.execute(_TAKINGS, whose | {"yen": moved.yen})
    takings = typed_all(_Taking, rows.mappings())
    more = int(await tx.scalar(_LEFT, whose) or 0) - sum(one.gone for one in takings)
    rest = more
    for one in takings:
        part = max(-one.gone, min(rest, one.yen - one.gone))
        if part:
            await _change(tx, provider, one, one.gone + part)
            rest -= part
    if rest:
        raise TooEarlyError(f"{moved.id}: {rest} yen have left that have not come yet")
    return more


async def _change(tx: Tx, provider: ProviderName, one: _Taking, gone: int) -> None:
    mine = tab_takings.c.provider_ref == one.provider_ref
    await tx.execute(sa.update(tab_takings).where(mine).values(gone=gone))
    query = sa.select(tab_payments.c.id).where(
        tab_payments.c.provider == provider, tab_payments.c.provider_ref == one.provider_ref
    )
    payment_id = await tx.scalar(query)
    assert payment_id is not None
    await money_back.level(tx, int(payment_id))


async def _tell(tx: Tx, user_id: int, name: str, yen: int, site: str | None) -> None:
    locale = await tx.scalar(_LOCALE, {"user": user_id})
    if locale is None:
        return
    words = {"yen": f"{yen:,}"}
    await inbox.tell(
        tx,
        user_id,
        kind="bill",
        key=f"bill_back:{name}",
        title=translate(str(locale), TITLE, **words),
        text=translate(str(locale), TEXT, **words),
        link="/tab",
        site=site,
    )


_LOCALE = sa.text("SELECT locale FROM users WHERE id = :user AND withdrawn_at IS NULL")
