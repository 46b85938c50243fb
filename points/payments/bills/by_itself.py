"""「通話後に自動でお支払い」: the saved card is charged once for each bill, nobody being there.

The order is committed before the provider is asked, under a press made of the bill: cut off
anywhere, the next round finds it and asks the same question again. A card that is refused, or whose
bank wants its owner, leaves the bill open, and its owner is told; it is not tried again by itself.
"""

from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Database, Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.log import note_failure
from foundation.row_types import typed_all
from notify import inbox
from points.payments.bills import orders, starting
from points.payments.bills.asking import SENT, open_order
from points.payments.bills.orders import BillOrder
from points.payments.bills.starting import PayBy
from points.payments.bills.tables import tab_auto_pays
from points.payments.provider import Provider, ProviderError

log = structlog.get_logger(__name__)

AT_ONCE = 50
# What was not answered for so long is looked up in the provider's list, at night.
ASKED_HOURS = 24

TITLE = N_("自動のお支払いができませんでした")
DECLINED = N_(
    "ご利用料金 %(yen)s円を、保存したカードでお支払いいただけませんでした。料金はかかっていません。"
    "「後払い」のページから、別のカードか銀行振込でお支払いください。"
)
AUTHENTICATION = N_(
    "ご利用料金 %(yen)s円のお支払いには、カード会社のご本人確認が必要です。"
    "料金はまだかかっていません。「後払い」のページからお手続きください。"
)
_ASKS = ("authentication_required", "requires_action")


@dataclass(frozen=True)
class ToCharge:
    """A bill whose payer lets their saved card be charged for it, and what is owed of it."""

    id: int
    user_id: int
    owed: int


async def wants(tx: Tx, user_id: int) -> bool:
    """Say whether a member lets the saved card be charged after each talk."""
    query = sa.select(tab_auto_pays.c.wanted).where(tab_auto_pays.c.user_id == user_id)
    return bool(await tx.scalar(query))


async def choose(tx: Tx, user_id: int, *, wanted: bool) -> None:
    """Write down whether a member lets the saved card be charged after each talk."""
    said = insert(tab_auto_pays).values(user_id=user_id, wanted=wanted)
    changed = {"wanted": wanted, "changed_at": sa.func.clock_timestamp()}
    await tx.execute(said.on_conflict_do_update(index_elements=["user_id"], set_=changed))


# Bills from after it was wanted alone: what was owed before is not taken by surprise. One that was
# asked for is asked again only while its answer is missing.
_DUE = sa.text("""
SELECT b.id, b.user_id, b.yen - b.paid - b.written_off AS owed FROM tab_bills b
JOIN tab_auto_pays a ON a.user_id = b.user_id AND a.wanted AND a.changed_at <= b.made_at
JOIN payers p ON p.user_id = b.user_id AND p.provider = :provider AND p.card IS NOT NULL
LEFT JOIN tab_orders o ON o.user_id = b.user_id AND o.press = 'bill:' || b.id
WHERE b.state IN ('open', 'paying') AND b.yen - b.paid - b.written_off >= :least
  AND (o.id IS NULL OR o.state = 'created' AND o.intent IS NULL
    AND o.created_at > clock_timestamp() - :hours * interval '1 hour')
ORDER BY b.id LIMIT :most
""")


async def collect(database: Database, provider: Provider, site: str | None) -> int:
    """Charge the saved cards of those who want it for their new bills; return how many were."""
    bounds = {
        "provider": provider.name,
        "least": orders.LEAST_YEN,
        "hours": ASKED_HOURS,
        "most": AT_ONCE,
    }
    async with database.transaction() as tx:
        found = typed_all(ToCharge, (await tx.execute(_DUE, bounds)).mappings())
    charged = 0
    for bill in found:
        try:
            charged += await _charge(database, provider, bill, site)
        except ProviderError:
            # Staff were told; the next round asks the same again.
            log.warning("bills.unanswered", bill=bill.id)
        except Exception as error:
            note_failure(log, "bills.uncharged", error)
    return charged


async def _charge(database: Database, provider: Provider, bill: ToCharge, site: str | None) -> bool:
    by = PayBy(provider.name, provider.site, saved_card=True, by_itself=True)
    async with database.transaction() as tx:
        try:
            order = await _order(tx, bill, by)
        except UserError as refusal:
            # Paid meanwhile, or the card was let go: then it is their own matter.
            log.info("bills.not_charged", bill=bill.id, why=refusal.code)
            return False
    try:
        intent = await open_order(database, provider, order)
    except UserError as refusal:
        if isinstance(refusal, ProviderError) and refusal.problem != "payer":
            raise
        async with database.transaction() as tx:
            await _refused(tx, order, refusal.code, site)
        return False
    if intent.status in SENT:
        return True
    async with database.transaction() as tx:
        await _refused(tx, order, intent.problem or intent.status, site)
    return False


async def _order(tx: Tx, bill: ToCharge, by: PayBy) -> BillOrder:
    return await starting.start(
        tx, bill.user_id, [bill.id], f"bill:{bill.id}", shown=bill.owed, by=by
    )


async def _refused(tx: Tx, order: BillOrder, problem: str, site: str | None) -> None:
    """Note that a card was not charged, and tell its owner what to do."""
    if problem in ("bills_changed", "bill_being_paid"):
        return
    await orders.note_state(tx, order.id, "failed", problem[:100])
    locale = str(await tx.scalar(_LOCALE, {"user": order.user_id}))
    text = AUTHENTICATION if problem in _ASKS else DECLINED
    await inbox.tell(
        tx,
        order.user_id,
        kind="bill",
        key=f"bill_uncharged:{order.id}",
        title=translate(locale, TITLE),
        text=translate(locale, text, yen=f"{order.yen:,}"),
        link="/tab",
        site=site,
    )


_LOCALE = sa.text("SELECT locale FROM users WHERE id = :user")
