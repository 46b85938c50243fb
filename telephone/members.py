"""How members are rung: at which number, in which language, and by which name they are told of."""

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from people.accounts.tables import users
from people.telephones import numbers, spoken_names
from telephone.desk import Reachable


async def reachable(tx: Tx, settings: Settings, user_id: int) -> Reachable:
    """Return how a member is rung now; without a number where none may be rung."""
    language = await tx.scalar(sa.select(users.c.locale).where(users.c.id == user_id)) or "ja"
    names = await spoken_names.speech_of(tx, [user_id])
    name = names.get(user_id, b"")
    dialled = await numbers.number_of(tx, settings, user_id)
    # What may be rung may have changed since it was proved.
    if dialled is None or not numbers.may_dial(settings, dialled.e164):
        return Reachable(None, language, name)
    yen = numbers.minute_yen(settings, dialled.e164)
    return Reachable(dialled.e164, language, name, yen)
