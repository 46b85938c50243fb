"""Writing down what members of staff did, with their reasons. The log is added to, never changed.

The verb that does the act writes it, in the transaction of the act: so it stands in the log by
whichever door the verb is called. A page, a socket, the clock and the command line write nothing
here (a contract of imports holds that); `record.act_list` is what they read.
"""

from typing import Any

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from record.tables import staff_acts

MOST_REASON = 500


async def log_act(
    tx: Tx, actor_id: int | None, act: str, subject: str, *, reason: str, **detail: Any
) -> None:
    """Write an act into the log, in the transaction that does it. `subject` is `kind:id`.

    `actor_id` is null for an operator at the console.
    """
    await tx.execute(
        sa.insert(staff_acts).values(
            actor_id=actor_id, act=act, subject=subject, detail=detail, reason=reason
        )
    )


def reason_of(text: str) -> str:
    """Return a reason as it is kept. Raises UserError (400) `reason_needed` where there is none."""
    kept = " ".join(text.replace("\x00", "").split())
    if not 1 <= len(kept) <= MOST_REASON:
        raise UserError("reason_needed", N_("理由は1〜500文字で入力してください。"), status=400)
    return kept
