"""What the site recorded of a talk, for staff to read beside a claim. No word of the chat."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.row_types import DbRow
from foundation.settings import Settings
from rooms.ground.tables import talks
from rooms.talk import rules, spans
from rooms.talk.proof import digests, sides
from rooms.talk.proof.sides import SideEvidence
from rooms.talk.rules import AccountLine


@dataclass(frozen=True)
class Evidence:
    """The record of one talk. Times in milliseconds, `rate` in points a minute."""

    talk_id: int
    state: str
    end_reason: str | None
    entered_at: datetime
    until: datetime
    connected_ms: int
    charged_minutes: int
    rate: int
    with_video: bool
    lines: list[AccountLine]
    sides: list[SideEvidence]
    # What both sides told has been swept for good: there is nothing to be read from the sides.
    forgotten: bool


async def of_talk(tx: Tx, settings: Settings, talk_id: int) -> Evidence:
    """Return what was recorded of a talk, up to its end or this moment.

    Of a talk whose beats were swept, the sides are those of its digest.
    """
    talk = (await tx.execute(sa.select(talks).where(talks.c.id == talk_id))).one()
    now = await clock(tx)
    until = max(talk.ended_at or now, talk.entered_at)
    kept = await digests.of_talk(tx, talk_id)
    return Evidence(
        talk_id=talk_id,
        state=talk.state,
        end_reason=talk.end_reason,
        entered_at=talk.entered_at,
        until=until,
        connected_ms=talk.connected_ms,
        charged_minutes=talk.next_minute - 1,
        rate=talk.rate,
        with_video=talk.with_video,
        lines=await _lines(tx, talk, until),
        sides=kept or await sides.of_beats(tx, settings, talk, until),
        forgotten=kept is None and until < now - timedelta(days=digests.DIGEST_DAYS),
    )


async def _lines(tx: Tx, talk: DbRow, until: datetime) -> list[AccountLine]:
    found = await spans.of_talk(tx, talk.id, until)
    charged = [talk.rate] * (talk.next_minute - 1)
    reserved = talk.reservation_id is not None
    return rules.account_lines(found, talk.free_ms, talk.minute_ms, charged, reserved=reserved)
