"""The call of a proof, as the telephone's process makes it: what is said, and what came of it."""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
import structlog

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from people.accounts.tables import users
from people.telephones import numbers, proof_rows
from people.telephones.tables import telephone_proofs

log = structlog.get_logger(__name__)

# What became of a call, as the telephone's process tells it.
Outcome = Literal["spoken", "missed", "failed"]

# Longer than the code takes to be told twice.
CALL_MINUTES = 1


@dataclass(frozen=True)
class SpokenCode:
    """What the telephone's process rings and says."""

    e164: str
    code: str
    locale: str

    def __repr__(self) -> str:
        return "SpokenCode(…)"


async def to_speak(tx: Tx, settings: Settings, proof_id: int) -> SpokenCode | None:
    """Return what is to be rung and said, once: the call is under way from now on.

    None where it is void, too late, or was made before.
    """
    mine = sa.select(telephone_proofs).where(telephone_proofs.c.id == proof_id, proof_rows.OPEN)
    row = await locks.lock_row(tx, mine)
    if row is None or row.state != "waiting":
        return None
    told = proof_rows.opened(settings, row.user_id, row.sealed)
    if told is None or not numbers.may_dial(settings, told["number"]):
        await proof_rows.change(tx, proof_id, state="void", sealed=None)
        return None
    yen = numbers.minute_yen(settings, told["number"]) * CALL_MINUTES
    await proof_rows.change(tx, proof_id, state="calling", cost_yen=yen)
    log.info("telephone.proof_call", proof=proof_id, user=row.user_id, yen=yen)
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == row.user_id))
    return SpokenCode(told["number"], told["code"], locale or "ja")


async def note(tx: Tx, proof_id: int, outcome: Outcome) -> int | None:
    """Note what became of a call; return whose it was, None where it was over by then.

    The code of a call that nobody took up stays good: it may be heard by an answering machine.
    """
    changed: int | None = await tx.scalar(
        sa.update(telephone_proofs)
        .where(telephone_proofs.c.id == proof_id, telephone_proofs.c.state == "calling")
        .values(state=outcome)
        .returning(telephone_proofs.c.user_id)
    )
    locks.note(tx, telephone_proofs, [proof_id])
    return changed
