"""Whether something new may begin: a site that rests lets nothing, a door that is shut lets in no
more of its own. What runs goes on and comes to its end.

The verb that begins something asks here, in its own transaction: so it is refused by whichever door
of the house it is called, and from the very moment of the change.
"""

from datetime import datetime
from typing import Any, Literal, get_args

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from record.site.tables import site_particulars

Door = Literal[
    "video", "voice", "telephone", "applications", "reservations", "board", "chat", "letters",
    "recording", "tab",
]  # fmt: skip
DOORS: tuple[Door, ...] = get_args(Door)

_KEPT = sa.select(site_particulars.c.kind, site_particulars.c.value).where(
    site_particulars.c.kind.in_(("maintenance", "doors")), site_particulars.c.value.is_not(None)
)


async def must_be_open(tx: Tx, *doors: Door) -> None:
    """Refuse to begin something while the site rests, or that passes a door that is shut.

    Raises UserError `site_rests` (503; until), and `door_shut` (door).
    """
    kept: dict[str, Any] = {row.kind: row.value for row in await tx.execute(_KEPT)}
    if "maintenance" in kept and await _rests(tx, kept["maintenance"]):
        raise rests()
    for door in doors:
        if door in kept.get("doors", {}).get("shut", ()):
            raise shut(door)


async def _rests(tx: Tx, kept: dict[str, str]) -> bool:
    return datetime.fromisoformat(kept["from"]) <= await clock(tx)


def rests() -> UserError:
    """Return the refusal of what would begin while the site rests."""
    return UserError(
        "site_rests",
        N_(
            "ただいまメンテナンス中のため、新しくはじめることはできません。"
            "終わりの予定は、ページの上に表示しています。"
        ),
        status=503,
    )


def shut(door: Door) -> UserError:
    """Return the refusal of what passes a door that is shut."""
    return UserError(
        "door_shut", N_("この機能は、いまお休みしています。再開までお待ちください。"), door=door
    )


def lacks(settings: Settings, door: Door) -> str | None:
    """Return the environment's setting without which a door can't be open; None where it can."""
    switches = {
        "telephone": settings.telephone,
        "board": settings.board,
        "chat": settings.chat,
        "letters": settings.letters,
        "recording": settings.recording,
        "tab": settings.tab,
    }
    return None if switches.get(door, True) else f"HITOTOKI_{door.upper()}"
