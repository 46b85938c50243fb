"""Decisions on claims and reports wait some seconds before anything is paid or told.

Until then who decided can undo them. A decision is tried at once, in a savepoint that is rolled
back: what can't be done is refused at the press. The row is the lock: whoever has it deletes it,
to undo or to carry out, so a decision is carried out once or not at all, by the database's clock.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all, typed_one
from foundation.settings import Settings
from people.accounts.tables import users
from record import faults
from record.faults import Work
from rooms.care import claim_rules, claims, decisions, report_list, reports
from rooms.care.decisions import Decided
from rooms.care.desk import owners
from rooms.care.desk.owners import Case
from rooms.ground.desk_tables import due_decisions as table

Act = Literal["return", "agree", "decline", "close"]

CARRY_OUT = Work("decide", "due_decision")


@dataclass(frozen=True)
class DueDecision:
    """What one of the staff has decided on a claim or a report; `points` None: all of them."""

    id: int
    claim_id: int | None
    report_id: int | None
    actor_id: int
    act: Act
    points: int | None
    reason: str
    at_once: str
    failed: str | None


@dataclass(frozen=True)
class Undoable:
    """A decision as who made it still sees it: `left_ms` until it is carried out."""

    id: int
    claim_id: int | None
    report_id: int | None
    act: Act
    left_ms: int
    failed: str | None


@dataclass(frozen=True)
class DueOn:
    """That a decision on a case is under way, by whom; `failed`: why it could not be done."""

    actor_id: int
    actor_name: str
    failed: str | None


async def decide(
    tx: Tx,
    settings: Settings,
    claim_id: int,
    actor_id: int,
    act: Act,
    *,
    points: int | None = None,
    reason: str = "",
    at_once: str = "",
) -> Decided:
    """Decide on a claim; return what will become of it.

    Raises what the verbs of `rooms.care.decisions` do, and UserError `case_taken`.
    """
    await owners.must_not_be_anothers(tx, "claim", claim_id, actor_id)
    made = DueDecision(0, claim_id, None, actor_id, act, points, reason, at_once, None)
    decided = await _tried(tx, lambda: _on_claim(tx, settings, made))
    if not await _put(tx, settings, made):
        raise claim_rules.decided()
    return decided


async def close(tx: Tx, settings: Settings, report_id: int, actor_id: int, words: str) -> None:
    """Close a report with words. Raises what `rooms.care.reports.close` does, and `case_taken`."""
    await owners.must_not_be_anothers(tx, "report", report_id, actor_id)
    made = DueDecision(0, None, report_id, actor_id, "close", None, words, "", None)
    await _tried(tx, lambda: reports.close(tx, settings, report_id, actor_id, words))
    if not await _put(tx, settings, made):
        raise report_list.is_closed()


async def undo(tx: Tx, case: Case, case_id: int, actor_id: int) -> None:
    """Take one's own decision on a case back. Raises UserError `undo_too_late`."""
    mine = table.c[f"{case}_id"] == case_id, table.c.actor_id == actor_id
    if not await locks.delete(tx, table, *mine):
        raise UserError("undo_too_late", N_("すでに実行されたため、取り消せません。"))


async def of_actor(tx: Tx, actor_id: int) -> list[Undoable]:
    """Return what a member of staff can still undo, and what could not be done, latest first."""
    left = sa.func.greatest(
        sa.extract("epoch", table.c.due_at - sa.func.clock_timestamp()) * 1000, 0
    )
    found = await tx.execute(
        sa.select(table, sa.cast(left, sa.Integer).label("left_ms"))
        .where(table.c.actor_id == actor_id)
        .order_by(table.c.id.desc())
    )
    return typed_all(Undoable, found.mappings())


async def on_case(tx: Tx, case: Case, case_id: int) -> DueOn | None:
    """Return what is decided on a case and not carried out yet, or could not be."""
    found = await tx.execute(
        sa.select(table.c.actor_id, users.c.nickname.label("actor_name"), table.c.failed)
        .join(users, users.c.id == table.c.actor_id)
        .where(table.c[f"{case}_id"] == case_id)
    )
    return typed_one(DueOn, found.mappings())


async def carry_out(tx: Tx, settings: Settings) -> list[list[int]]:
    """Carry out one decision that is due; return whom it concerns, a list for each looked at.

    Call it again, in a new transaction, while it returns any. One that is refused by now is kept
    with its reason for who made it, and the case is open again.
    """
    concerned: list[list[int]] = []
    due = sa.text(
        "failed IS NULL AND due_at <= clock_timestamp() AND " + CARRY_OUT.is_due("due_decisions.id")
    )
    query = sa.select(table).where(due).order_by(table.c.due_at).limit(1)

    async def carry(row: DueDecision) -> None:
        concerned.append(await _carry(tx, settings, row))

    looked_at = await faults.each_locked(tx, CARRY_OUT, DueDecision, query, carry)
    return concerned or [[]] * looked_at


async def _carry(tx: Tx, settings: Settings, row: DueDecision) -> list[int]:
    mine = table.c.id == row.id
    try:
        async with locks.savepoint(tx):
            people = await _do(tx, settings, row)
    except UserError as error:
        await tx.execute(sa.update(table).where(mine).values(failed=error.code))
        return []
    await tx.execute(sa.delete(table).where(mine))
    return people


async def _do(tx: Tx, settings: Settings, row: DueDecision) -> list[int]:
    if row.report_id is not None:
        await owners.let_go(tx, "report", row.report_id)
        await reports.close(tx, settings, row.report_id, row.actor_id, row.reason)
        return []
    assert row.claim_id is not None
    await owners.let_go(tx, "claim", row.claim_id)
    await _on_claim(tx, settings, row)
    return [(await claims.claim(tx, row.claim_id)).cast_id]


async def _on_claim(tx: Tx, settings: Settings, row: DueDecision) -> Decided:
    assert row.claim_id is not None
    of = (tx, settings, row.claim_id, row.actor_id)
    if row.act == "return":
        return await decisions.return_points(*of, row.points, row.reason, row.at_once)
    if row.act == "agree":
        return await decisions.agree(*of)
    return await decisions.decline(*of, row.reason)


async def _tried(tx: Tx, verb: Callable[[], Awaitable[Decided | None]]) -> Decided:
    """Do something and take it back; return what would have come of it."""
    would: Decided | None = None
    try:
        async with locks.savepoint(tx):
            would = await verb()
            raise _EnoughError
    except _EnoughError:
        return would or Decided(0, "closed", 0)


async def _put(tx: Tx, settings: Settings, made: DueDecision) -> bool:
    """Keep a decision until it is due; False where another was made meanwhile."""
    now = await clock(tx)
    values = {
        name: getattr(made, name)
        for name in ("claim_id", "report_id", "actor_id", "act", "points", "reason", "at_once")
    }
    values |= {"made_at": now, "due_at": now + timedelta(seconds=settings.undo_seconds)}
    of = "claim_id" if made.claim_id else "report_id"
    put = insert(table).values(values)
    again = put.on_conflict_do_update(
        index_elements=[of], set_=values | {"failed": None}, where=table.c.failed.is_not(None)
    )
    return await tx.scalar(again.returning(table.c.id)) is not None


class _EnoughError(Exception):
    """A decision could be made; what it did is taken back."""
