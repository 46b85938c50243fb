"""Payments that arrive while nobody watches: at a convenience store one pays days later."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_, translate
from notify import inbox
from points.reminders import last_day

TITLE = N_("コンビニでのお支払いを確認しました")
TEXT = N_(
    "%(points)sポイントをお届けしました。有効期限は%(day)sの終わり（日本時間）です。"
    "ご利用ありがとうございます。"
)

# How it was paid is what the charge says: somebody may ask for a number to pay with at a store, and
# then take a card.
_ARRIVED = sa.text("""
SELECT p.user_id, p.points + p.bonus AS points, u.locale, l.expires_at
FROM purchases p JOIN users u ON u.id = p.user_id JOIN lots l ON l.id = p.paid_lot
WHERE p.id = :purchase AND p.state = 'paid' AND EXISTS (
  SELECT FROM payment_events e WHERE e.intent = p.intent AND e.type = 'charge.succeeded'
    AND e.payload #>> '{data,object,payment_method_details,type}' = 'konbini')
""")


async def tell(tx: Tx, purchase_id: int, site: str | None) -> bool:
    """Tell the buyer, by inbox and mail, that their payment at a convenience store has arrived.

    Told once, as soon as the provider has said both that it was paid and how, in either order.
    False where it isn't so, or was told before.
    """
    row = (await tx.execute(_ARRIVED, {"purchase": purchase_id})).one_or_none()
    if row is None:
        return False
    words = {"points": f"{row.points:,}", "day": last_day(row.expires_at, row.locale)}
    return await inbox.tell(
        tx,
        row.user_id,
        kind="purchase",
        key=f"purchase:{purchase_id}",
        title=translate(row.locale, TITLE),
        text=translate(row.locale, TEXT, **words),
        link=f"/points/purchases/{purchase_id}",
        site=site,
    )
