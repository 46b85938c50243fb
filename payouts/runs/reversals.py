"""What one person of finance proposed to let go back to casts, until another has agreed.

From the moment that a run's file was taken, the bank may move its money: that it did not, or that
it sent some back, is never believed of one person alone. Amounts are yen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.pages import count
from foundation.row_types import typed_all
from payouts.runs.locking import LockedRun
from payouts.tables import payout_reversal_lines, payout_reversals
from record.acts import log_act

Kind = Literal["rejection", "dissolution"]
# So many are shown at once; what has waited longest comes first.
MOST_SHOWN = 50


@dataclass(frozen=True)
class Returned:
    """A payout that the bank is said to have rejected, and why."""

    payout_id: int
    why: str


@dataclass(frozen=True)
class Reversal:
    """What was proposed about a run, and what became of it. `total` is of `payouts` transfers."""

    id: int
    run_id: int
    kind: Kind
    payouts: int
    total: int
    reason: str
    state: str
    proposed_by: int
    proposed_by_name: str
    proposed_at: datetime
    decided_by_name: str | None
    decided_at: datetime | None
    answer: str | None


@dataclass(frozen=True)
class ReversalLine:
    """A payout of a rejection; its account is masked."""

    reversal_id: int
    payout_id: int
    user_id: int
    nickname: str
    net: int
    why: str
    bank: str
    branch: str
    tail: str


_REVERSALS = """
SELECT v.id, v.run_id, v.kind, v.payouts, v.total, v.reason, v.state, v.proposed_by,
  p.nickname AS proposed_by_name, v.proposed_at, d.nickname AS decided_by_name, v.decided_at,
  v.answer
FROM payout_reversals v JOIN users p ON p.id = v.proposed_by
LEFT JOIN users d ON d.id = v.decided_by
"""
_ONE = sa.text(f"{_REVERSALS} WHERE v.id = :id")
_WAITING = sa.text(
    f"{_REVERSALS} WHERE v.state = 'waiting_second'"
    " AND (CAST(:run AS bigint) IS NULL OR v.run_id = :run) ORDER BY v.id LIMIT :most"
)
_DECIDED = sa.text(
    f"{_REVERSALS} WHERE v.run_id = :run AND v.state <> 'waiting_second'"
    " ORDER BY v.id DESC LIMIT :most"
)
_LINES = sa.text("""
SELECT l.reversal_id, l.payout_id, p.user_id, u.nickname, p.net, l.why, a.bank, a.branch, a.tail
FROM payout_reversal_lines l JOIN payouts p ON p.id = l.payout_id JOIN users u ON u.id = p.user_id
JOIN bank_accounts a ON a.id = p.account_id
WHERE l.reversal_id = ANY (CAST(:ids AS bigint[])) ORDER BY l.reversal_id, l.payout_id
""")
_SPOKEN_FOR = sa.text("""
SELECT l.payout_id FROM payout_reversal_lines l JOIN payout_reversals v ON v.id = l.reversal_id
WHERE v.run_id = :run AND v.state = 'waiting_second'
""")


async def waiting(tx: Tx, run_id: int | None = None) -> list[Reversal]:
    """Return up to `MOST_SHOWN` proposals that wait, of one run where one is named."""
    found = await tx.execute(_WAITING, {"run": run_id, "most": MOST_SHOWN})
    return typed_all(Reversal, found.mappings())


async def count_waiting(tx: Tx) -> int:
    """Return how many proposals wait."""
    open_ones = payout_reversals.c.state == "waiting_second"
    return await count(tx, sa.select(payout_reversals.c.id).where(open_ones))


async def decided(tx: Tx, run_id: int) -> list[Reversal]:
    """Return what was decided about a run, the latest first."""
    found = await tx.execute(_DECIDED, {"run": run_id, "most": MOST_SHOWN})
    return typed_all(Reversal, found.mappings())


async def lines(tx: Tx, ids: Sequence[int]) -> list[ReversalLine]:
    """Return the payouts of these proposals."""
    return typed_all(ReversalLine, (await tx.execute(_LINES, {"ids": list(ids)})).mappings())


async def spoken_for(tx: Tx, run_id: int) -> set[int]:
    """Return the payouts of a run about which a proposal waits."""
    return set((await tx.execute(_SPOKEN_FOR, {"run": run_id})).scalars())


async def must_not_dissolve(tx: Tx, run_id: int) -> None:
    """Refuse to go on with a run that somebody wants dissolved: `payout_dissolution_waits`."""
    if any(one.kind == "dissolution" for one in await waiting(tx, run_id)):
        raise UserError(
            "payout_dissolution_waits",
            N_("この振込をやめる提案が、同意を待っています。先に、同意するか差し戻してください。"),
        )


async def propose(
    tx: Tx, run: LockedRun, kind: Kind, total: int, returned: Sequence[Returned], reason: str,
    actor_id: int,
) -> None:  # fmt: skip
    """Write a proposal about a locked run down; without `returned` it is about all of it."""
    values = {"run_id": run.id, "kind": kind, "total": total, "reason": reason}
    made = await tx.scalar(
        sa.insert(payout_reversals)
        .values(**values, payouts=len(returned) or run.payouts, proposed_by=actor_id)
        .returning(payout_reversals.c.id)
    )
    rows = [{"reversal_id": made, "payout_id": one.payout_id, "why": one.why} for one in returned]
    if rows:
        await tx.execute(sa.insert(payout_reversal_lines), rows)
    known = {"reversal": made, "payouts": len(returned) or run.payouts, "total": total}
    await log_act(tx, actor_id, f"payout.propose_{kind}", f"run:{run.id}", reason=reason, **known)


async def run_of(tx: Tx, reversal_id: int) -> int:
    """Return the run of a proposal. Raises UserError `payout_reversal_unknown` (404)."""
    which = payout_reversals.c.id == reversal_id
    found: int | None = await tx.scalar(sa.select(payout_reversals.c.run_id).where(which))
    if found is None:
        raise UserError("payout_reversal_unknown", N_("この提案は見つかりません。"), status=404)
    return found


async def lock(tx: Tx, reversal_id: int) -> Reversal:
    """Lock a proposal that still waits, after its run. Raises UserError `payout_reversal_decided`.

    What follows reads what others left.
    """
    which = payout_reversals.c.id == reversal_id
    await locks.lock(tx, sa.select(payout_reversals.c.id).where(which))
    found = typed_all(Reversal, (await tx.execute(_ONE, {"id": reversal_id})).mappings())[0]
    if found.state != "waiting_second":
        raise UserError("payout_reversal_decided", N_("この提案は、もう処理されています。"))
    return found


async def note_outcome(
    tx: Tx, reversal_id: int, state: str, actor_id: int, answer: str | None = None
) -> None:
    """Write down what became of a locked proposal: `done`, or `sent_back` with an answer."""
    now = sa.func.clock_timestamp()
    values = {"state": state, "decided_by": actor_id, "decided_at": now, "answer": answer}
    await tx.execute(
        sa.update(payout_reversals).where(payout_reversals.c.id == reversal_id).values(**values)
    )
