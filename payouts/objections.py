"""What a cast has against a notice of payment, and what finance staff answer."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_all
from foundation.settings import Settings
from payouts import notices, refusals, words
from payouts.tables import payout_objections, payouts
from record.acts import log_act

MOST_TEXT = 1000
# Of the list that staff look at; nobody writes thousands.
MOST_OPEN = 500


@dataclass(frozen=True)
class OpenObjection:
    """An objection that nobody has answered. Amounts are yen."""

    payout_id: int
    user_id: int
    nickname: str
    text: str
    at: datetime
    gross: int
    net: int
    paid_at: datetime


def text_of(typed: str) -> str:
    """Return an objection, or an answer, as it is kept. Raises UserError `objection_malformed`."""
    text = typed.replace("\r\n", "\n").replace("\x00", "").strip()
    if not 1 <= len(text) <= MOST_TEXT:
        raise refusals.objection_malformed(MOST_TEXT)
    return text


async def object_to(tx: Tx, settings: Settings, user_id: int, payout_id: int, text: str) -> None:
    """Say as a cast what is wrong with a notice, once and in time. Raises UserError."""
    await locks.lock(tx, sa.select(payouts.c.id).where(payouts.c.id == payout_id))
    shown = await notices.notice(tx, settings, user_id, payout_id)
    if shown.objection is not None:
        raise refusals.objection_made_already()
    if not shown.can_object:
        raise refusals.objection_too_late()
    made = insert(payout_objections).values(payout_id=payout_id, text=text_of(text))
    await tx.execute(made)


async def answer(tx: Tx, settings: Settings, actor_id: int, payout_id: int, text: str) -> None:
    """Answer an objection as finance staff; logged, and told to the cast. Raises UserError."""
    o = payout_objections.c
    await locks.lock(tx, sa.select(o.payout_id).where(o.payout_id == payout_id))
    query = sa.select(o.answer, payouts.c.user_id).join(payouts).where(o.payout_id == payout_id)
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        raise refusals.objection_unknown()
    if row.user_id == actor_id:
        raise refusals.not_ones_own_objection()
    if row.answer is not None:
        raise refusals.objection_answered_already()
    kept = text_of(text)
    said = {"answer": kept, "answered_by": actor_id, "answered_at": sa.func.clock_timestamp()}
    await tx.execute(sa.update(payout_objections).where(o.payout_id == payout_id).values(said))
    await log_act(tx, actor_id, "answer_payout_objection", f"payout:{payout_id}", reason=kept[:500])
    await words.answered(tx, settings, row.user_id, payout_id)


_OPEN = sa.text("""
SELECT o.payout_id, p.user_id, u.nickname, o.text, o.at, p.gross, p.net, p.paid_at
FROM payout_objections o JOIN payouts p ON p.id = o.payout_id JOIN users u ON u.id = p.user_id
WHERE o.answer IS NULL ORDER BY o.at, o.payout_id LIMIT :most
""")


async def open_objections(tx: Tx) -> list[OpenObjection]:
    """Return what nobody has answered yet, the oldest first, up to 500."""
    found = await tx.execute(_OPEN, {"most": MOST_OPEN})
    return typed_all(OpenObjection, found.mappings())
