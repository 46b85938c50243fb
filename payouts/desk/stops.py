"""Stops: what a cast has earned is held until finance staff lift it; both are told to them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all
from foundation.settings import Settings
from payouts import book, words
from payouts.desk.cast_files import must_be_cast
from payouts.runs.locking import own_payout
from payouts.tables import payout_stops
from record.acts import log_act, reason_of

# So many are shown at once.
MOST_SHOWN = 200


@dataclass(frozen=True)
class PayoutStop:
    """A stop; lifted where `lifted_at` says when."""

    id: int
    user_id: int
    nickname: str
    reason: str
    made_by_name: str
    made_at: datetime
    lifted_by_name: str | None
    lifted_at: datetime | None
    lifted_why: str | None


_STOPS = """
SELECT s.id, s.user_id, u.nickname, s.reason, m.nickname AS made_by_name, s.made_at,
  l.nickname AS lifted_by_name, s.lifted_at, s.lifted_why
FROM payout_stops s JOIN users u ON u.id = s.user_id JOIN users m ON m.id = s.made_by
LEFT JOIN users l ON l.id = s.lifted_by
"""
_OPEN = sa.text(f"{_STOPS} WHERE s.lifted_at IS NULL ORDER BY s.id LIMIT {MOST_SHOWN}")
_OF = sa.text(f"{_STOPS} WHERE s.user_id = :user ORDER BY s.id DESC LIMIT {MOST_SHOWN}")


async def stop(tx: Tx, settings: Settings, actor_id: int, user_id: int, reason: str) -> None:
    """Hold what a cast has earned, with a reason that they are told.

    A run that the bank may have been told of goes on: only dissolving it keeps it back; any other
    comes no further with them in it. Raises UserError
    `reason_needed` (400), `own_payout` (403), `cast_unknown` (404), `payouts_stopped_already`.
    """
    why = reason_of(reason)
    if actor_id == user_id:
        raise own_payout()
    await must_be_cast(tx, user_id)
    await book.lock(tx, [user_id])
    if await _open(tx, user_id) is not None:
        raise UserError("payouts_stopped_already", N_("このキャストの振込は、もう保留中です。"))
    made = sa.insert(payout_stops).values(user_id=user_id, reason=why, made_by=actor_id)
    await tx.execute(made)
    await log_act(tx, actor_id, "payout.stop", f"user:{user_id}", reason=why)
    await words.stopped(tx, settings, user_id, why)


async def lift(tx: Tx, settings: Settings, actor_id: int, user_id: int, reason: str) -> None:
    """Lift a cast's stop, with a reason that they are told.

    Raises UserError `reason_needed` (400), `own_payout` (403), `payouts_not_stopped`.
    """
    why = reason_of(reason)
    if actor_id == user_id:
        raise own_payout()
    await must_be_cast(tx, user_id)
    await book.lock(tx, [user_id])
    found = await _open(tx, user_id)
    if found is None:
        raise UserError("payouts_not_stopped", N_("このキャストの振込は、保留していません。"))
    lifted = {"lifted_by": actor_id, "lifted_at": sa.func.clock_timestamp(), "lifted_why": why}
    await tx.execute(sa.update(payout_stops).where(payout_stops.c.id == found).values(**lifted))
    await log_act(tx, actor_id, "payout.lift", f"user:{user_id}", reason=why)
    await words.lifted(tx, settings, user_id, why)


async def _open(tx: Tx, user_id: int) -> int | None:
    query = sa.select(payout_stops.c.id).where(
        payout_stops.c.user_id == user_id, payout_stops.c.lifted_at.is_(None)
    )
    found: int | None = await tx.scalar(query)
    return found


async def open_stops(tx: Tx) -> list[PayoutStop]:
    """Return the stops that hold, the oldest first."""
    return typed_all(PayoutStop, (await tx.execute(_OPEN)).mappings())


async def of_cast(tx: Tx, user_id: int) -> list[PayoutStop]:
    """Return all stops of a cast, the latest first."""
    return typed_all(PayoutStop, (await tx.execute(_OF, {"user": user_id})).mappings())
