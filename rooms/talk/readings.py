"""Reading the meter: the figures that both sides see, as of this moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from points.rules import affordable_minutes
from rooms.ground.live import Side
from rooms.talk import rules, unproved
from rooms.talk.rules import EndsBy, Whose, Why

WARNED_MINUTES = 5


@dataclass(frozen=True)
class Reading:
    """A talk's meter now. Times are milliseconds of meter time, amounts are points.

    `ends_ms` is the position at which the caller's points or cap, or a reservation, end the talk,
    and `return_ms` the real time that is left to come back while it is interrupted. `reserved`: it
    runs within its reservation, `prepaid` in points, `reserved_left_ms` of whose time are left.
    `earned` is what the minutes charged and kept have earned the cast, `minute_earned` the last one
    that was charged (None before the first); `unearned_minutes` earned nothing, for they were paid
    by points that had been given, not bought.
    `dark`: both sides are to send silence and black. `why` it stands, `whose` doing that is.
    `frozen_ask`: whether to go on by voice is asked; `by_voice`: both agreed; `pays`: from where.
    """

    talk_id: int
    state: str
    connected_ms: int
    running: bool
    free_ms: int
    minute_ms: int
    rate: int
    charged_minutes: int
    earned: int
    minute_earned: int | None
    unearned_minutes: int
    returned: int
    spendable: int
    paid_until_ms: int
    ends_ms: int
    ends_by: str
    return_ms: int | None
    end_reason: str | None
    cap_minutes: int | None
    reserved: bool
    reserved_left_ms: int | None
    prepaid: int
    caller_goes_on: bool
    cast_goes_on: bool
    dark: bool
    why: Why | None
    whose: Whose
    beat_ms: int
    frozen_ask: bool
    by_voice: bool
    pays: str

    def for_side(self, side: Side) -> dict[str, Any]:
        """Return what one side may see: the caller the points left, the cast the points earned."""
        caller = side == "caller"
        # How long the caller could still pay is the caller's own affair until both are warned.
        near = self.ends_ms - self.connected_ms <= WARNED_MINUTES * self.minute_ms
        by_reservation = self.ends_by == "reservation"
        ends = caller or near or by_reservation
        return {
            "state": self.state,
            "connected_ms": self.connected_ms,
            "running": self.running,
            "free_ms": self.free_ms,
            "minute_ms": self.minute_ms,
            "rate": self.rate,
            "charged_minutes": self.charged_minutes,
            "cost": self.charged_minutes * self.rate - self.returned,
            "earned": None if caller else self.earned,
            "minute_earned": None if caller else self.minute_earned,
            "unearned_minutes": None if caller else self.unearned_minutes,
            "points_left": self.spendable if caller else None,
            "pays": self.pays if caller else None,
            "paid_until_ms": self.paid_until_ms,
            "ends_ms": self.ends_ms if ends else None,
            "ends_by": self.ends_by if caller or by_reservation else None,
            "return_ms": self.return_ms,
            "end_reason": self.end_reason,
            "cap_minutes": self.cap_minutes if caller else None,
            "reserved": self.reserved,
            "reserved_left_ms": self.reserved_left_ms,
            "prepaid": self.prepaid,
            "go_on": self._go_on(caller) if self.reserved else None,
            "dark": self.dark,
            "why": self.why,
            "whose": self._whose(side),
            "beat_ms": self.beat_ms,
            "frozen_ask": self.frozen_ask,
            "by_voice": self.by_voice,
        }

    def _whose(self, side: Side) -> str | None:
        if self.whose in (None, "both"):
            return self.whose
        return "mine" if self.whose == side else "other"

    def _go_on(self, caller: bool) -> dict[str, bool]:
        both = (self.caller_goes_on, self.cast_goes_on)
        mine, other = both if caller else both[::-1]
        return {"mine": mine, "other": other}


_READ = sa.text(f"""
SELECT t.id, {unproved.USED} AS used_ms, t.state, t.free_ms, t.minute_ms, t.rate,
  t.next_minute - 1 AS charged,
  e.earned - b.share AS earned, e.minute_earned, e.unearned,
  t.spend_cap_minutes, t.pays, t.end_reason, t.state = 'talking' AS running,
  t.connected_ms + CASE WHEN t.state = 'talking'
    THEN floor(extract(epoch
      FROM clock_timestamp() - t.running_since) * 1000)::bigint ELSE 0 END AS connected_ms,
  CASE WHEN t.state = 'interrupted' THEN greatest(0, floor(extract(epoch
    FROM clock_timestamp() - t.interrupted_at) * 1000))::bigint END AS standing_ms,
  t.connected_ms AS proved_ms, t.interrupted_ms, t.stopped_by, t.dark,
  t.pair_begun_at IS NOT NULL AS begun,
  coalesce(t.caller_seat LIKE '%/' OR t.caller_seen_at < clock_timestamp()
    - :silence * interval '1 s', true) AS caller_silent,
  coalesce(t.cast_seat LIKE '%/' OR t.cast_seen_at < clock_timestamp()
    - :silence * interval '1 s', true) AS cast_silent,
  coalesce(t.caller_good_at >= clock_timestamp() - :silence * interval '1 s', false)
    AS caller_receives,
  coalesce(t.cast_good_at >= clock_timestamp() - :silence * interval '1 s', false)
    AS cast_receives,
  coalesce(t.caller_told_at - t.caller_frame_at > :frozen * interval '1 s', false)
    AS caller_frozen,
  coalesce(t.cast_told_at - t.cast_frame_at > :frozen * interval '1 s', false) AS cast_frozen,
  t.caller_by_voice, t.cast_by_voice,
  (SELECT coalesce(sum(l.remaining), 0)::bigint FROM lots l
    WHERE l.wallet_id = t.payer_wallet AND NOT l.closed
      AND l.expires_at > clock_timestamp()) AS spendable,
  b.gross AS returned,
  t.reservation_id IS NOT NULL AND t.went_on_at IS NULL AS reserved, t.caller_goes_on,
  t.cast_goes_on, coalesce(r.points, 0) AS prepaid,
  CASE WHEN t.ended_at IS NULL AND t.must_end_at IS NOT NULL THEN greatest(0, extract(epoch
    FROM t.must_end_at - clock_timestamp()) * 1000)::bigint END AS must_end_ms
FROM talks t LEFT JOIN reservations r ON r.id = t.reservation_id
CROSS JOIN LATERAL (
  SELECT coalesce(sum(c.share), 0)::bigint AS earned,
    max(c.share) FILTER (WHERE c.minute = t.next_minute - 1) AS minute_earned,
    count(*) FILTER (WHERE c.share = 0 AND t.share > 0) AS unearned
  FROM charges c WHERE c.talk_id = t.id) e
CROSS JOIN LATERAL (
  SELECT coalesce(sum(r.gross), 0)::bigint AS gross, coalesce(sum(r.share), 0)::bigint AS share
  FROM charge_returns r WHERE r.talk_id = t.id) b
WHERE t.id = ANY (CAST(:ids AS bigint[]))
""")  # noqa: S608 - fixed fragments


async def read(tx: Tx, settings: Settings, talk_ids: Sequence[int]) -> dict[int, Reading]:
    """Return the meters of talks by their id; unknown ids are left out."""
    if not talk_ids:
        return {}
    rows = await tx.execute(
        _READ,
        {
            "ids": list(talk_ids),
            "silence": settings.silence_seconds,
            "frozen": settings.frozen_seconds,
        },
    )
    return {row.id: _reading(settings, row) for row in rows}


def _reading(settings: Settings, row: Any) -> Reading:
    ends_ms, ends_by = _end(row)
    why, whose = _why(row)
    left = unproved.left_ms(settings.unproved_seconds, row.used_ms)
    return Reading(
        talk_id=row.id,
        state=row.state,
        connected_ms=max(row.connected_ms, 0),
        running=row.running,
        free_ms=row.free_ms,
        minute_ms=row.minute_ms,
        rate=row.rate,
        charged_minutes=row.charged,
        earned=row.earned,
        minute_earned=row.minute_earned,
        unearned_minutes=row.unearned,
        returned=row.returned,
        spendable=row.spendable,
        paid_until_ms=rules.paid_until(row.free_ms, row.minute_ms, row.charged),
        ends_ms=ends_ms,
        ends_by=ends_by,
        return_ms=rules.interruption_left_ms(
            settings.return_seconds,
            settings.interruption_seconds,
            row.proved_ms,
            row.interrupted_ms,
            row.standing_ms,
        ),
        end_reason=row.end_reason,
        cap_minutes=row.spend_cap_minutes,
        reserved=row.reserved,
        reserved_left_ms=row.must_end_ms if row.reserved else None,
        prepaid=row.prepaid,
        caller_goes_on=row.caller_goes_on,
        cast_goes_on=row.cast_goes_on,
        dark=row.dark,
        why=why,
        whose=whose,
        beat_ms=unproved.beat_ms(settings.beat_seconds, left),
        frozen_ask=rules.asks_by_voice(
            row.state, row.stopped_by, row.caller_by_voice, row.cast_by_voice
        ),
        by_voice=row.caller_by_voice is True and row.cast_by_voice is True,
        pays=row.pays,
    )


def _why(row: Any) -> tuple[Why | None, Whose]:
    if row.state == "connecting" and row.stopped_by == "disagree":
        return "disagree", None
    if row.state != "interrupted":
        return None, None
    return rules.why_it_stands(
        row.stopped_by,
        row.begun,
        silent=(row.caller_silent, row.cast_silent),
        receives=(row.caller_receives, row.cast_receives),
        frozen=(row.caller_frozen, row.cast_frozen),
    )


def _end(row: Any) -> tuple[int, EndsBy]:
    """Where a talk ends: one that goes on after its reservation is counted from there."""
    if row.must_end_ms is None:
        return _own_end(row, row.free_ms)
    reserved_end = max(row.connected_ms, 0) + row.must_end_ms
    if not row.reserved:
        return rules.bounded(*_own_end(row, row.free_ms), reserved_end)
    if row.caller_goes_on and row.cast_goes_on:
        return _own_end(row, reserved_end)
    return reserved_end, "reservation"


def _own_end(row: Any, free_ms: int) -> tuple[int, Literal["points", "cap"]]:
    most = affordable_minutes(row.spendable, row.rate)
    return rules.ends_at(free_ms, row.minute_ms, row.charged, most, row.spend_cap_minutes)
