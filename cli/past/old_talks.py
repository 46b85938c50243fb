"""Talks that the demo site's people had before anybody looked at it, charged minute by minute."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from points import ledger
from points.ledger import DueMinute
from points.rules import share_of
from rooms.ground.tables import rooms, talks

MINUTE = timedelta(minutes=1)

_OF_A_MINUTE = ("payer_wallet", "cast_wallet", "rate", "share", "gift_share")
_DATE_CHARGES = sa.text("""
UPDATE charges c
SET at = t.entered_at + (t.free_ms + (c.minute - 1) * t.minute_ms) * interval '1 ms'
FROM talks t WHERE t.id = c.talk_id AND t.id = ANY (CAST(:talks AS bigint[]))
""")


@dataclass(frozen=True)
class OldTalk:
    """A caller's talk with a cast: a free minute and so many paid ones, from `entered_at` on."""

    caller_id: int
    cast_id: int
    minutes: int
    entered_at: datetime


async def have(tx: Tx, settings: Settings, wanted: Sequence[OldTalk]) -> list[int]:
    """Write talks that are over, and charge their minutes now; return their ids.

    The talks of one caller are charged one after the other, in their order.
    """
    made, waiting = [], dict[int, list[DueMinute]]()
    for one in sorted(wanted, key=lambda one: one.entered_at):
        row = await _row(tx, settings, one)
        talk_id = int(await tx.scalar(sa.insert(talks).values(row).returning(talks.c.id)) or 0)
        made.append(talk_id)
        waiting.setdefault(one.caller_id, []).extend(
            DueMinute(talk_id, minute, *(row[name] for name in _OF_A_MINUTE))
            for minute in range(1, one.minutes + 1)
        )
    for dues in zip_longest(*waiting.values()):
        at_once = [due for due in dues if due is not None]
        if len(await ledger.charge(tx, at_once)) < len(at_once):
            raise RuntimeError("a caller of the demo's past has too few points")
    return made


async def date_charges(tx: Tx, talk_ids: Sequence[int]) -> None:
    """As the owner of the tables: let each minute have been charged when it began."""
    await tx.execute(_DATE_CHARGES, {"talks": list(talk_ids)})


async def _row(tx: Tx, settings: Settings, one: OldTalk) -> dict[str, Any]:
    room = (
        await tx.execute(
            sa.select(rooms).where(rooms.c.cast_id == one.cast_id).order_by(rooms.c.id).limit(1)
        )
    ).one()
    long = MINUTE * (one.minutes + 1)
    return {
        "room_id": room.id,
        "caller_id": one.caller_id,
        "cast_id": one.cast_id,
        "payer_wallet": await ledger.open_wallet(tx, one.caller_id),
        "cast_wallet": await ledger.open_wallet(tx, one.cast_id, "earnings"),
        "rate": room.rate,
        "share": share_of(room.rate, settings.fee_percent),
        "gift_share": settings.gift_share,
        "free_ms": MINUTE // timedelta(milliseconds=1),
        "minute_ms": MINUTE // timedelta(milliseconds=1),
        "with_video": room.allows_video,
        "state": "ended",
        "end_reason": "caller_left",
        "entered_at": one.entered_at,
        "ended_at": one.entered_at + long,
        "connected_ms": long // timedelta(milliseconds=1),
        "next_minute": one.minutes + 1,
    }
