"""A cast learns that the minute with which a talk was cut short went back to the caller."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_, translate
from notify import inbox

TITLE = N_("報酬が変わりました（−%(share)s pt）")
TEXT = N_(
    "%(name)sさんとの通話が途切れて終わったため、最後の1分の料金をお客様にお返ししました。"
    "この分の報酬（%(share)s pt）は含まれません。"
)
_BACK = sa.text("""
SELECT t.cast_id, b.share, u.nickname AS name, c.locale FROM charge_returns b
JOIN talks t ON t.id = b.talk_id JOIN users u ON u.id = t.caller_id JOIN users c ON c.id = t.cast_id
WHERE b.talk_id = :talk AND b.minute = :minute AND b.share > 0
""")


async def tell(tx: Tx, talk_id: int, minute: int) -> None:
    """Put it into the cast's inbox, where the minute had earned them anything; without a mail."""
    row = (await tx.execute(_BACK, {"talk": talk_id, "minute": minute})).one_or_none()
    if row is None:
        return
    words = {"name": row.name, "share": f"{row.share:,}"}
    await inbox.tell(
        tx,
        row.cast_id,
        kind="claim",
        key=f"cut_short:{talk_id}",
        title=translate(row.locale, TITLE, **words),
        text=translate(row.locale, TEXT, **words),
        link=f"/talks/{talk_id}",
        mail=False,
    )
