"""A number that is somebody's, without the call that proves it."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from people.telephones import numbers
from people.telephones.tables import spoken_names, telephones


async def give_number(
    tx: Tx, settings: Settings, user_id: int, typed: str = "090-1234-5678"
) -> str:
    """Let a number be a member's; return it in E.164."""
    e164 = numbers.e164_of(typed)
    await tx.execute(
        sa.insert(telephones).values(
            user_id=user_id,
            sealed=numbers.sealed(settings, user_id, e164),
            mark=numbers.mark_of(settings, e164),
            tail=e164[-4:],
        )
    )
    return e164


async def give_name(tx: Tx, user_id: int, reading: str = "サクラ") -> None:
    """Let a cast have a name that is spoken, and that they have heard."""
    now = sa.func.clock_timestamp()
    told = {"reading": reading, "sound": bytes(160), "changed_at": now, "confirmed_at": now}
    await tx.execute(sa.insert(spoken_names).values(user_id=user_id, **told))
