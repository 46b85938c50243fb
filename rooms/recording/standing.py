"""How it stands with the recording of a talk: what both of its pages show, at every moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all
from foundation.settings import Settings
from rooms.ground.live import Side

State = Literal["none", "asked", "declined", "lapsed", "agreed", "running", "halted", "ended"]


@dataclass(frozen=True)
class RecordingStanding:
    """The latest recording of a talk, or that there is none. Times in milliseconds.

    `allowed`: one may ask for one in this talk. `left_ms` are left to answer, `elapsed_ms` is what
    has been recorded. `by` asked, `ended_by` declined or stopped it.
    """

    talk_id: int
    allowed: bool
    recording_id: int | None
    state: State
    by: Side | None
    left_ms: int | None
    elapsed_ms: int
    ended_by: Side | None
    end_reason: str | None

    def for_side(self, side: Side) -> dict[str, bool | int | str | None]:
        """Return what the page of one side is told."""
        return {
            "talk_id": self.talk_id,
            "allowed": self.allowed,
            "recording_id": self.recording_id,
            "state": self.state,
            "by": _whose(self.by, side),
            "left_ms": self.left_ms,
            "elapsed_ms": self.elapsed_ms,
            "ended_by": _whose(self.ended_by, side),
            "end_reason": self.end_reason,
        }


def _whose(whose: Side | None, side: Side) -> Literal["mine", "other"] | None:
    return None if whose is None else "mine" if whose == side else "other"


# A question whose time is over is over, whether or not the clock has come by.
_STANDING = sa.text("""
SELECT t.id AS talk_id,
  :on AND coalesce(m.recording_since <= t.entered_at, false) AND t.ended_at IS NULL AS allowed,
  r.id AS recording_id,
  CASE WHEN r.id IS NULL THEN 'none'
    WHEN r.state = 'asked' AND r.lapses_at <= clock_timestamp() THEN 'lapsed'
    ELSE r.state END AS state,
  r.asked_by AS by,
  CASE WHEN r.state = 'asked' THEN greatest(0, floor(extract(epoch
    FROM r.lapses_at - clock_timestamp()) * 1000))::bigint END AS left_ms,
  coalesce(r.run_ms + CASE WHEN r.running_since IS NULL THEN 0 ELSE floor(extract(epoch
    FROM clock_timestamp() - r.running_since) * 1000) END, 0)::bigint AS elapsed_ms,
  r.ended_by, r.end_reason
FROM talks t JOIN rooms m ON m.id = t.room_id
LEFT JOIN LATERAL (
  SELECT * FROM recordings WHERE talk_id = t.id ORDER BY id DESC LIMIT 1) r ON true
WHERE t.id = ANY (CAST(:ids AS bigint[]))
""")


async def of_talks(tx: Tx, settings: Settings, talk_ids: Sequence[int]) -> list[RecordingStanding]:
    """Return how it stands with the recordings of these talks; unknown ones are left out."""
    if not talk_ids:
        return []
    rows = await tx.execute(_STANDING, {"ids": list(talk_ids), "on": settings.recording})
    return typed_all(RecordingStanding, rows.mappings())


async def of_talk(tx: Tx, settings: Settings, talk_id: int) -> RecordingStanding:
    """Return how it stands with the recording of a talk that is there."""
    (found,) = await of_talks(tx, settings, [talk_id])
    return found
