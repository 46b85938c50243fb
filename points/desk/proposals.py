"""Points that one member of staff proposes to give or correct, until another has agreed.

The proposal's row is the lock: it is decided once, by one of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from points import refusals
from points.tables import adjustments

Kind = Literal["give", "correct"]

# So many are shown at once; who has waited longest comes first.
MOST_SHOWN = 50


@dataclass(frozen=True)
class Proposal:
    """What somebody proposed for a user, whose language is `locale`. `points` may be negative."""

    id: int
    user_id: int
    nickname: str
    locale: str
    kind: Kind
    points: int
    reason: str
    state: str
    proposed_by: int
    proposed_by_name: str
    proposed_at: datetime


_PROPOSAL = """
SELECT a.id, a.user_id, u.nickname, u.locale, a.kind, a.points, a.reason, a.state, a.proposed_by,
  by.nickname AS proposed_by_name, a.proposed_at
FROM adjustments a JOIN users u ON u.id = a.user_id JOIN users by ON by.id = a.proposed_by
"""
_BY_ID = sa.text(f"{_PROPOSAL} WHERE a.id = :id")
_BY_PRESS = sa.text(
    f"{_PROPOSAL} WHERE a.proposed_by = :actor AND a.kind = :kind AND a.press = :press"
)
_WAITING = sa.text(
    f"{_PROPOSAL} WHERE a.state = 'waiting_second'"
    " AND (CAST(:user AS bigint) IS NULL OR a.user_id = :user) ORDER BY a.id LIMIT :most"
)


async def propose(
    tx: Tx, user_id: int, kind: Kind, points: int, reason: str, *, actor_id: int, press: str
) -> int | None:
    """Write a proposal down; return its id, or None for a press that wrote one before."""
    made = await tx.scalar(
        insert(adjustments)
        .values(
            user_id=user_id,
            kind=kind,
            points=points,
            reason=reason,
            proposed_by=actor_id,
            press=press,
        )
        .on_conflict_do_nothing(index_elements=["proposed_by", "kind", "press"])
        .returning(adjustments.c.id)
    )
    return None if made is None else int(made)


async def of_press(tx: Tx, actor_id: int, kind: Kind, press: str) -> Proposal | None:
    """Return what this press of a member of staff proposed, if anything."""
    row = await tx.execute(_BY_PRESS, {"actor": actor_id, "kind": kind, "press": press})
    found = row.mappings().one_or_none()
    return Proposal(**found) if found else None


async def waiting(tx: Tx, user_id: int | None = None) -> list[Proposal]:
    """Return up to `MOST_SHOWN` proposals that wait, of one user where one is named."""
    rows = await tx.execute(_WAITING, {"user": user_id, "most": MOST_SHOWN})
    return [Proposal(**row) for row in rows.mappings()]


async def count_waiting(tx: Tx) -> int:
    """Return how many proposals wait."""
    query = sa.select(sa.func.count()).where(adjustments.c.state == "waiting_second")
    return int(await tx.scalar(query) or 0)


async def lock(tx: Tx, proposal_id: int, actor_id: int) -> Proposal:
    """Lock a proposal that still waits. What follows reads what others left.

    Raises UserError `proposal_unknown` (404), `own_points` (403), `proposal_decided`.
    """
    await locks.lock(tx, sa.select(adjustments.c.id).where(adjustments.c.id == proposal_id))
    row = (await tx.execute(_BY_ID, {"id": proposal_id})).mappings().one_or_none()
    if row is None:
        raise UserError("proposal_unknown", N_("この提案は見つかりません。"), status=404)
    found = Proposal(**row)
    if found.user_id == actor_id:
        raise own_points()
    if found.state != "waiting_second":
        raise refusals.proposal_decided()
    return found


async def note_outcome(
    tx: Tx, proposal_id: int, state: str, actor_id: int, answer: str | None = None
) -> None:
    """Write down what became of a locked proposal: `done`, or `sent_back` with an answer."""
    await tx.execute(
        sa.update(adjustments)
        .where(adjustments.c.id == proposal_id)
        .values(
            state=state,
            decided_by=actor_id,
            decided_at=sa.func.clock_timestamp(),
            answer=answer,
        )
    )


def own_points() -> UserError:
    """Nobody decides about points of their own."""
    return UserError("own_points", N_("ご自分のポイントは変えられません。"), status=403)
