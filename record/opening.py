"""Whether the site is open to everyone, and what was tried or ticked on the way there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from record.acts import log_act, reason_of
from record.tables import opening_steps, site_opening

StepState = Literal["asked", "done", "failed"]
MOST_NOTE = 500


@dataclass(frozen=True)
class OpeningStep:
    """What became of a step: it was asked for, done or failed, when, and what there is to say."""

    step: str
    state: StepState
    note: str
    at: datetime


_COLUMNS = tuple(opening_steps.c[name] for name in OpeningStep.__dataclass_fields__)


async def is_open(tx: Tx) -> bool:
    """Say whether the site is open to everyone."""
    return await tx.scalar(sa.select(site_opening.c.id)) is not None


async def open_site(tx: Tx, reason: str, *, actor_id: int | None) -> bool:
    """Open the site to everyone, for good; False where it was open already.

    `actor_id` is null for an operator at the console. Raises UserError `reason_needed` (400).
    """
    why = reason_of(reason)
    made = await tx.scalar(
        insert(site_opening).values(id=1).on_conflict_do_nothing().returning(site_opening.c.id)
    )
    if made is not None:
        await log_act(tx, actor_id, "site.open", "site:1", reason=why)
    return made is not None


async def steps(tx: Tx) -> dict[str, OpeningStep]:
    """Return what was tried and ticked, by the names of the steps."""
    rows = await tx.execute(sa.select(*_COLUMNS).limit(100))
    return {row["step"]: OpeningStep(**row) for row in rows.mappings()}


async def note(tx: Tx, step: str, state: StepState, said: str = "") -> None:
    """Keep what became of a step, in place of what was known of it."""
    kept = {"state": state, "note": said[:MOST_NOTE], "at": sa.func.clock_timestamp()}
    await tx.execute(
        insert(opening_steps)
        .values(step=step, **kept)
        .on_conflict_do_update(index_elements=["step"], set_=kept)
    )


async def answer(tx: Tx, step: str, asked: str) -> bool:
    """Note as done a step that waits for this very answer; False where none does."""
    answered = await tx.scalar(
        sa.update(opening_steps)
        .where(opening_steps.c.step == step, opening_steps.c.note == asked)
        .values(state="done", at=sa.func.clock_timestamp())
        .returning(opening_steps.c.step)
    )
    return answered is not None


async def tick(tx: Tx, step: str, *, ticked: bool, actor_id: int) -> None:
    """Keep that an administrator ticked a step off, or took the tick away, and log the act."""
    await note(tx, step, "done" if ticked else "failed")
    act = "opening.tick" if ticked else "opening.untick"
    await log_act(tx, actor_id, act, f"opening:{step}", reason=step)
