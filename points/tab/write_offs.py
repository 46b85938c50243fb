"""Bills that are lost: one member of staff proposes to write one off, another agrees."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed, typed_one
from points import refusals as points_refusals
from points.ledger import credit
from points.tab import limits, placing, refusals
from points.tab.bills import Bill
from points.tables import tab_bills, tab_write_offs
from record.acts import log_act, reason_of

# So many are shown at once; who has waited longest comes first.
MOST_SHOWN = 50


@dataclass(frozen=True)
class WriteOff:
    """What somebody proposed to give up: `yen` of a bill, by then or when it was agreed to."""

    id: int
    bill_id: int
    user_id: int
    nickname: str
    yen: int
    reason: str
    state: str
    proposed_by: int
    proposed_by_name: str
    proposed_at: datetime


_WRITE_OFF = """
SELECT o.id, o.bill_id, o.user_id, u.nickname, o.yen, o.reason, o.state, o.proposed_by,
  by.nickname AS proposed_by_name, o.proposed_at
FROM tab_write_offs o JOIN users u ON u.id = o.user_id JOIN users by ON by.id = o.proposed_by
"""
_BY_ID = sa.text(f"{_WRITE_OFF} WHERE o.id = :id")
_BY_PRESS = sa.text(f"{_WRITE_OFF} WHERE o.proposed_by = :actor AND o.press = :press")
_WAITING = sa.text(f"{_WRITE_OFF} WHERE o.state = 'waiting_second' ORDER BY o.id LIMIT :most")


async def propose(tx: Tx, bill_id: int, reason: str, *, actor_id: int, press: str) -> WriteOff:
    """Propose to give up what is owed of a bill. The same press again finds the same proposal.

    Raises UserError `bill_unknown`, `own_tab`, `bill_settled`, `reason_needed`, and
    `write_off_waits` where somebody has proposed it.
    """
    why = reason_of(reason)
    before = await _found(tx, _BY_PRESS, actor=actor_id, press=press)
    if before is not None:
        return before
    bill, _ = await _locked_bill(tx, bill_id, actor_id)
    values = {"bill_id": bill_id, "user_id": bill.user_id, "yen": bill.owed, "reason": why}
    values |= {"proposed_by": actor_id, "press": press}
    once = insert(tab_write_offs).values(values).on_conflict_do_nothing()
    made = await tx.scalar(once.returning(tab_write_offs.c.id))
    if made is None:
        raise UserError("write_off_waits", N_("この請求の償却は、すでに提案されています。"))
    await _log(tx, actor_id, "tab.propose_write_off", bill, bill.owed, why)
    found = await _found(tx, _BY_ID, id=made)
    assert found is not None
    return found


async def agree(tx: Tx, write_off_id: int, *, actor_id: int) -> WriteOff:
    """Agree, as a second member: what is owed by now is given up, and the tab is closed.

    Raises UserError `write_off_unknown`, `proposal_decided`, `proposal_second_is_first`, `own_tab`,
    `bill_settled` where it was paid meanwhile, and `write_off_grown` where more is owed by now than
    the first member proposed and the second was shown.
    """
    found = await _waiting(tx, write_off_id)
    if found.proposed_by == actor_id:
        raise points_refusals.proposal_second_is_first()
    bill, wallet = await _locked_bill(tx, found.bill_id, actor_id)
    found = await _waiting(tx, write_off_id)
    if bill.owed > found.yen:
        raise refusals.write_off_grown(bill.owed, found.yen)
    await placing.write_off(tx, wallet, bill.id, bill.owed)
    await limits.close_tab(tx, bill.user_id, reason=f"bill {bill.id} written off")
    await _note(tx, write_off_id, "done", actor_id, yen=bill.owed)
    await _log(tx, actor_id, "tab.write_off", bill, bill.owed, found.reason)
    return found


async def send_back(tx: Tx, write_off_id: int, reason: str, *, actor_id: int) -> WriteOff:
    """Send a proposal back: the bill stays owed. Also the one who proposed it may.

    Raises UserError `reason_needed`, `write_off_unknown`, `proposal_decided`, `own_tab`.
    """
    why = reason_of(reason)
    found = await _waiting(tx, write_off_id)
    if found.user_id == actor_id:
        raise refusals.own_tab()
    await credit.lock_tab(tx, found.user_id)
    found = await _waiting(tx, write_off_id)
    await _note(tx, write_off_id, "sent_back", actor_id, answer=why)
    bill = await _bill(tx, found.bill_id)
    await _log(tx, actor_id, "tab.send_back_write_off", bill, found.yen, why)
    return found


async def waiting(tx: Tx) -> list[WriteOff]:
    """Return up to `MOST_SHOWN` proposals that wait for a second member."""
    rows = await tx.execute(_WAITING, {"most": MOST_SHOWN})
    return [typed(WriteOff, row) for row in rows.mappings()]


async def _waiting(tx: Tx, write_off_id: int) -> WriteOff:
    found = await _found(tx, _BY_ID, id=write_off_id)
    if found is None:
        raise UserError("write_off_unknown", N_("この提案は見つかりません。"), status=404)
    if found.state != "waiting_second":
        raise points_refusals.proposal_decided()
    return found


async def _found(tx: Tx, query: sa.TextClause, **values: object) -> WriteOff | None:
    return typed_one(WriteOff, (await tx.execute(query, values)).mappings())


async def _locked_bill(tx: Tx, bill_id: int, actor_id: int) -> tuple[Bill, int]:
    """Return a bill of which something is owed, under the lock of its tab, and the tab's wallet."""
    bill = await _bill(tx, bill_id)
    if bill.user_id == actor_id:
        raise refusals.own_tab()
    wallet = await credit.lock_tab(tx, bill.user_id)
    bill = await _bill(tx, bill_id)
    if not bill.owed:
        raise refusals.bill_settled()
    return bill, wallet


async def _bill(tx: Tx, bill_id: int) -> Bill:
    columns = (tab_bills.c[name] for name in Bill.__dataclass_fields__)
    found = await tx.execute(sa.select(*columns).where(tab_bills.c.id == bill_id))
    bill = typed_one(Bill, found.mappings())
    if bill is None:
        raise refusals.bill_unknown()
    return bill


async def _note(tx: Tx, write_off_id: int, state: str, actor_id: int, **values: object) -> None:
    decided = {"state": state, "decided_by": actor_id, "decided_at": sa.func.clock_timestamp()}
    mine = tab_write_offs.c.id == write_off_id
    await tx.execute(sa.update(tab_write_offs).where(mine).values(decided | values))


async def _log(tx: Tx, actor_id: int, act: str, bill: Bill, yen: int, why: str) -> None:
    await log_act(tx, actor_id, act, f"user:{bill.user_id}", reason=why, bill=bill.id, yen=yen)
