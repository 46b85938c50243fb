"""Who hides their IP address from the other side of a talk, behind a TURN server or the relay."""

from collections.abc import Sequence

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from people.accounts.tables import users


def hides(settings: Settings, *, is_cast: bool, wish: bool | None) -> bool:
    """Say whether somebody hides: as the site demands, else as they wish, else as it suggests."""
    if not settings.may_hide:
        return False
    if settings.hide_addresses == "all":
        return True
    return wish if wish is not None else is_cast and settings.hide_addresses == "casts"


async def hides_address(tx: Tx, settings: Settings, user_id: int) -> bool:
    """Say whether a user hides their address just now."""
    return user_id in await hiders(tx, settings, [user_id])


async def hiders(tx: Tx, settings: Settings, user_ids: Sequence[int]) -> set[int]:
    """Return which of these users hide their address just now."""
    if not settings.may_hide:
        return set()
    columns = users.c.id, users.c.is_cast, users.c.hides_address
    rows = await tx.execute(sa.select(*columns).where(users.c.id.in_(user_ids)))
    return {row.id for row in rows if hides(settings, is_cast=row.is_cast, wish=row.hides_address)}


async def set_hiding(tx: Tx, user_id: int, wish: bool) -> None:
    """Remember whether a user wants to hide; it holds from their next connection on."""
    await tx.execute(sa.update(users).where(users.c.id == user_id).values(hides_address=wish))
