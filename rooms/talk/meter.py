"""The meter: it runs only while both sides report that media arrives.

Beats (beats.py) are the evidence. A minute is charged when both sides have proved that the talk
reached its beginning, never before; time without evidence is never billed. Every statement here
works on all talks at once, skips what another process holds, and uses the database's clock, so any
number of processes may run it.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from prometheus_client import Histogram

from foundation import locks
from foundation.database import Tx
from foundation.row_types import DbRow
from foundation.settings import Settings
from points import ledger
from record import faults
from record.faults import Work
from rooms.ground.tables import talks
from rooms.talk import ending, spans, unproved
from rooms.talk.scopes import scoped

MOST_TALKS = 1000
SETUP = Histogram(
    "hitotoki_talk_setup_seconds",
    "From when a pair of connections was asked for until both had proved it.",
    ["path"],
    buckets=(0.5, 1, 1.5, 2, 3, 4, 5, 7.5, 10, 15, 30, 60),
)
CHARGE = Work("charge", "talk", lambda due: due.talk_id)
END_SPENT = Work("end_spent", "talk")

# A meter that stands for a frozen picture goes on with new frames, or by voice.
_START = scoped(f"""
WITH ready AS (
  SELECT id, greatest(caller_good_at, cast_good_at, interrupted_at) AS since,
    state = 'connecting' OR stopped_by = 'reconnecting' AS first FROM talks
  WHERE ended_at IS NULL AND state IN ('connecting', 'interrupted')
    AND caller_good_at IS NOT NULL AND cast_good_at IS NOT NULL
    AND least(caller_good_at, cast_good_at) > clock_timestamp() - :silence * interval '1 s'
    AND (stopped_by IS DISTINCT FROM 'frozen' OR (caller_by_voice AND cast_by_voice) IS TRUE
      OR least(caller_frame_at, cast_frame_at) > clock_timestamp() - :frozen * interval '1 s')
    /* only */
  FOR NO KEY UPDATE SKIP LOCKED LIMIT :most
)
UPDATE talks t SET state = 'talking', running_since = r.since, interrupted_at = NULL,
  due_at = r.since + (free_ms + (next_minute - 1) * minute_ms - connected_ms) * interval '1 ms',
  stopped_by = NULL, dark = false, lit_at = NULL, lapse_at = NULL, pair_lights = false,
  unproved_ms = {unproved.USED_AT_START.format(since="r.since")},
  -- However far the clock itself was moved meanwhile, it was no longer than one may be away.
  interrupted_ms = interrupted_ms + CASE WHEN interrupted_at IS NULL THEN 0 ELSE
    greatest(0, least(:return_ms, floor(extract(epoch FROM r.since - interrupted_at) * 1000)))
    END::bigint,
  caller_frame_at = greatest(caller_frame_at, r.since),
  cast_frame_at = greatest(cast_frame_at, r.since)
FROM ready r WHERE t.id = r.id
RETURNING t.id, r.since AS at, t.connected_ms, t.media_path,
  CASE WHEN r.first THEN extract(epoch FROM r.since - t.pair_at)::float END AS setup
""")  # noqa: S608 - fixed fragments

_INTERRUPT = scoped("""
WITH silent AS (
  SELECT id, greatest(least(caller_good_at, cast_good_at), running_since) AS as_of,
    CASE WHEN :reason <> '' THEN :reason
      WHEN caller_seen_at < moment - :silence * interval '1 s'
        AND cast_seen_at < moment - :silence * interval '1 s'
        THEN 'both_lost'
      WHEN caller_seen_at < moment - :silence * interval '1 s' THEN 'caller_lost'
      WHEN cast_seen_at < moment - :silence * interval '1 s' THEN 'cast_lost'
      ELSE 'no_media' END AS reason
  FROM talks, clock_timestamp() AS moment
  WHERE state = 'talking'
    AND least(caller_good_at, cast_good_at) < moment - (CASE WHEN :reason = ''
      THEN :silence ELSE 0 END) * interval '1 s'
    /* only */
  FOR NO KEY UPDATE OF talks SKIP LOCKED LIMIT :most
)
UPDATE talks t SET state = 'interrupted', interrupted_at = s.as_of,
  connected_ms = connected_ms + floor(extract(epoch
    FROM s.as_of - t.running_since) * 1000)::bigint,
  running_since = NULL, due_at = NULL, caller_good_at = NULL, cast_good_at = NULL,
  stopped_by = s.reason, lapse_at = s.as_of
FROM silent s WHERE t.id = s.id
RETURNING t.id, s.as_of AS at, s.reason, t.connected_ms
""")

_DUE = scoped("""
SELECT id AS talk_id, next_minute AS minute, payer_wallet, cast_wallet, rate AS price,
  share, gift_share FROM talks
WHERE due_at <= least(caller_good_at, cast_good_at) AND state = 'talking'
  AND (must_end_at IS NULL OR due_at < must_end_at)
  AND (spend_cap_minutes IS NULL OR next_minute <= spend_cap_minutes)
  /* only */
ORDER BY due_at FOR NO KEY UPDATE SKIP LOCKED LIMIT :most
""")

_PAID = sa.text("""
UPDATE talks SET next_minute = next_minute + 1, due_at = due_at + minute_ms * interval '1 ms'
WHERE id = ANY (CAST(:ids AS bigint[]))
""")

# The paid time is over and no further minute may or can be paid: it ends also for a silent side.
# The seconds count up to the last proof, unless that reaches to within a beat of the end.
_SPENT = scoped(
    """
SELECT t.id, CASE WHEN least(t.caller_good_at, t.cast_good_at) > t.due_at - :margin * interval '1 s'
    THEN t.due_at ELSE least(t.caller_good_at, t.cast_good_at) END AS as_of,
  CASE WHEN t.spend_cap_minutes < t.next_minute
    THEN 'spend_cap' ELSE 'points_exhausted' END AS reason
FROM talks t
WHERE t.state = 'talking' AND t.due_at <= clock_timestamp()
  AND (t.must_end_at IS NULL OR t.due_at < t.must_end_at)
  AND least(t.caller_good_at, t.cast_good_at) > clock_timestamp() - :silence * interval '1 s'
  AND (t.spend_cap_minutes < t.next_minute OR t.rate > (
    SELECT coalesce(sum(l.remaining), 0) FROM lots l
    WHERE l.wallet_id = t.payer_wallet AND NOT l.closed AND l.expires_at > clock_timestamp()))
  /* only */
ORDER BY t.id FOR NO KEY UPDATE OF t SKIP LOCKED LIMIT :most
""",
    "t.id",
)


async def start(tx: Tx, settings: Settings, only: Sequence[int] | None = None) -> list[int]:
    """Start or go on with the talks for which both sides have fresh evidence; return their ids."""
    rows = (await tx.execute(_START.of(only), _bounds(settings, only))).all()
    _note(tx, rows)
    for row in rows:
        if row.setup is not None:
            SETUP.labels(row.media_path).observe(max(0.0, row.setup))
    await spans.turn(tx, "connected", rows)
    return [row.id for row in rows]


async def interrupt(
    tx: Tx, settings: Settings, only: Sequence[int] | None = None, reason: str = ""
) -> list[int]:
    """Stop the meters that have had no evidence for `silence_seconds`, as of the last; their ids.

    With a `reason`, the talks in `only` are interrupted now, as of their last evidence.
    """
    bounds = _bounds(settings, only) | {"reason": reason}
    rows = (await tx.execute(_INTERRUPT.of(only), bounds)).all()
    _note(tx, rows)
    await spans.turn(tx, "interrupted", rows)
    return [row.id for row in rows]


async def charge(tx: Tx, settings: Settings, only: Sequence[int] | None = None) -> list[int]:
    """Charge one due minute of up to 1,000 talks; return the talks charged.

    Call it again while it returns any. Who can't pay is left for `end_spent`; who fails, for later.
    """
    rows = (await tx.execute(_DUE.of(only), _bounds(settings, only))).mappings().all()
    dues = sorted((ledger.DueMinute(**row) for row in rows), key=lambda due: due.payer_wallet)
    locks.note(tx, talks, [due.talk_id for due in dues], waited=False)
    charged: set[int] = set()

    async def pay(some: Sequence[ledger.DueMinute]) -> None:
        paid = await ledger.charge(tx, some)
        if paid:
            await tx.execute(_PAID, {"ids": sorted(paid)})
        charged.update(paid)

    await faults.together(tx, CHARGE, dues, pay, forgets=False)
    return sorted(charged)


async def end_spent(tx: Tx, settings: Settings, only: Sequence[int] | None = None) -> list[int]:
    """End the talks whose paid time is over and whose next minute won't be paid; their ids."""
    bounds = _bounds(settings, only) | {"margin": 1.5 * settings.beat_seconds}
    rows = (await tx.execute(_SPENT.of(only), bounds)).all()
    _note(tx, rows)
    done = await faults.each(
        tx,
        END_SPENT,
        rows,
        lambda row: ending.end(tx, settings, row.id, row.reason, as_of=row.as_of),
    )
    return [row.id for row in done]


async def bring_up_to_date(tx: Tx, settings: Settings, only: Sequence[int]) -> None:
    """Bring these talks up to date: charge every minute that has its evidence."""
    while await charge(tx, settings, only):
        pass
    await end_spent(tx, settings, only)


def _note(tx: Tx, rows: Sequence[DbRow]) -> None:
    """The statements of this file lock the talks that nobody holds, and leave the others."""
    locks.note(tx, talks, [row.id for row in rows], waited=False)


def _bounds(settings: Settings, only: Sequence[int] | None) -> dict[str, object]:
    return {
        "silence": settings.silence_seconds,
        "frozen": settings.frozen_seconds,
        "return_ms": settings.return_seconds * 1000,
        "only": list(only) if only is not None else None,
        "most": MOST_TALKS,
    }
