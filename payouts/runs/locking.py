"""A run under its lock, and what keeps somebody from acting on it."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_locked
from payouts import refusals
from payouts.tables import payout_runs, payouts


@dataclass(frozen=True)
class LockedRun:
    """A run, as it stays until the transaction ends. `total` is in yen."""

    id: int
    way: str
    state: str
    pay_on: date
    payouts: int
    total: int
    made_by: int
    filed_at: datetime | None


_RUN = tuple(payout_runs.c[name] for name in LockedRun.__dataclass_fields__)


async def lock(tx: Tx, run_id: int, actor_id: int, *states: str) -> LockedRun:
    """Lock a run that is in one of these states and pays nothing to who acts.

    Raises UserError `payout_run_unknown` (404), `payout_run_moved`, `own_payout` (403).
    """
    found = typed_locked(
        LockedRun, await locks.lock(tx, sa.select(*_RUN).where(payout_runs.c.id == run_id))
    )
    if not found:
        raise refusals.payout_run_unknown()
    if found[0].state not in states:
        raise run_moved()
    await must_not_pay(tx, run_id, actor_id)
    return found[0]


async def must_not_pay(tx: Tx, run_id: int, actor_id: int) -> None:
    """Refuse who would act on money of their own: UserError `own_payout` (403)."""
    own = sa.exists().where(payouts.c.run_id == run_id, payouts.c.user_id == actor_id)
    if await tx.scalar(sa.select(own)):
        raise own_payout()


def run_moved() -> UserError:
    """Somebody else was quicker."""
    return UserError(
        "payout_run_moved",
        N_("この振込は、もう先に進んでいます。画面を読み込み直してください。"),
    )


def own_payout() -> UserError:
    """Nobody of the staff pays themselves."""
    return UserError(
        "own_payout",
        N_("ご自分への振込が入っているため、ほかのスタッフにお願いしてください。"),
        status=403,
    )
