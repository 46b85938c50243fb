"""Being told of a purchase: by inbox and mail, in the transaction in which its points are made."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_, translate
from notify import inbox
from points.reminders import last_day

TITLE = N_("ポイントの購入が完了しました")
TEXT = N_(
    "¥%(price)s のお支払いを確認し、%(points)sポイントを追加しました。"
    "有効期限は%(day)sの終わり（日本時間）です。ご利用ありがとうございます。"
)

_PAID = sa.text("""
SELECT p.user_id, p.points + p.bonus AS points, p.price_yen, u.locale, l.expires_at
FROM purchases p JOIN users u ON u.id = p.user_id JOIN lots l ON l.id = p.paid_lot
WHERE p.id = :purchase AND p.state = 'paid'
""")


async def tell(tx: Tx, purchase_id: int, site: str | None) -> bool:
    """Tell the buyer that a purchase is paid and its points are there, whichever way they paid.

    Told once. False where it isn't paid, or was told before.
    """
    row = (await tx.execute(_PAID, {"purchase": purchase_id})).one_or_none()
    if row is None:
        return False
    words = {
        "price": f"{row.price_yen:,}",
        "points": f"{row.points:,}",
        "day": last_day(row.expires_at, row.locale),
    }
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
