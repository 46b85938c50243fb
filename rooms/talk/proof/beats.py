"""Beats: what each side's browser tells, and what follows from it for the talk at once.

Each kind is told apart: what of it arrives here, and what the other's browser reports of what is
sent from here. The first is evidence for the meter. The second may stop or end a talk, never
charge: its teller could have invented it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from rooms.ground.tables import talks
from rooms.talk import meter, unproved
from rooms.talk.proof import clock_faults, darkness, disagreements, frozen

# What came so short a time ago counts as arriving also where nothing was counted since.
JUST_NOW_MS = 2000


@dataclass(frozen=True)
class Flow:
    """One kind of media as one side sees it, since its last beat that was acknowledged.

    `received` counts bytes of sound, or frames of the picture, that last grew `received_ago_ms`
    ago (None: never on this pair). `sent` counts bytes of one's own, about which a new receiver
    report of the other came `reported_ago_ms` ago (None: never on this pair). `on`: the own
    microphone or camera is live.
    """

    received: int
    received_ago_ms: int | None
    sent: int
    reported_ago_ms: int | None
    on: bool


@dataclass(frozen=True)
class Beat:
    """One report of one browser, `age_ms` after it was received.

    A kind that is None is told nothing of: the talk has none, or the page couldn't look.
    `counted`: a media process of the site's says so, in place of the browser.
    """

    talk_id: int
    side: str
    pair: int
    age_ms: int
    audio: Flow | None
    video: Flow | None
    packets: int
    lost: int
    rtt_ms: int
    hidden: bool
    counted: bool = False


# Of each side: `came` is the last moment at which something arrived by what it says now, `report`
# the last new report about what it really sends, `frame` the last new frame, `camera` whether its
# camera is on and sending. No moment lies before the pair was asked for, or in the future.
_STORE = sa.text("""
WITH told AS (
  SELECT b.talk_id, b.side, b.pair, t.pair_at,
    clock_timestamp() - b.age_ms * interval '1 ms' AS at,
    b.packets, b.lost, b.rtt_ms, b.hidden, b.counted,
    b.a_in, b.a_ago, b.a_out, b.a_rep, b.a_on, b.v_in, b.v_ago, b.v_out, b.v_rep, b.v_on,
    b.a_in IS NOT NULL OR b.v_in IS NOT NULL AS told,
    least(CASE WHEN b.a_in > 0 OR b.a_ago < :just_now THEN b.a_ago END,
      CASE WHEN b.v_in > 0 OR b.v_ago < :just_now THEN b.v_ago END) AS came_ago,
    least(CASE WHEN b.a_out > 0 THEN b.a_rep END,
      CASE WHEN b.v_out > 0 THEN b.v_rep END) AS report_ago,
    CASE WHEN b.v_in > 0 THEN b.v_ago END AS frame_ago,
    coalesce(b.v_on AND b.v_out > 0, false) AS camera
  FROM unnest(CAST(:talks AS bigint[]), CAST(:sides AS text[]), CAST(:pairs AS int[]),
    CAST(:ages AS int[]), CAST(:packets AS bigint[]), CAST(:lost AS bigint[]),
    CAST(:rtts AS int[]), CAST(:hidden AS boolean[]), CAST(:counted AS boolean[]),
    CAST(:a_in AS bigint[]), CAST(:a_ago AS int[]), CAST(:a_out AS bigint[]),
    CAST(:a_rep AS int[]), CAST(:a_on AS boolean[]),
    CAST(:v_in AS bigint[]), CAST(:v_ago AS int[]), CAST(:v_out AS bigint[]),
    CAST(:v_rep AS int[]), CAST(:v_on AS boolean[]))
    AS b (talk_id, side, pair, age_ms, packets, lost, rtt_ms, hidden, counted,
      a_in, a_ago, a_out, a_rep, a_on, v_in, v_ago, v_out, v_rep, v_on)
  JOIN talks t ON t.id = b.talk_id AND t.pair = b.pair AND t.ended_at IS NULL
), reported AS (
  SELECT *, greatest(at - came_ago * interval '1 ms',
      CASE WHEN came_ago IS NOT NULL THEN pair_at END) AS came,
    greatest(at - report_ago * interval '1 ms',
      CASE WHEN report_ago IS NOT NULL THEN pair_at END) AS report,
    at - frame_ago * interval '1 ms' AS frame
  FROM told
), stored AS (
  INSERT INTO beats (talk_id, side, at, media, packets, lost, rtt_ms, hidden, audio_received,
    audio_ago_ms, audio_sent, audio_report_ms, audio_on, video_received, video_ago_ms, video_sent,
    video_report_ms, video_on, counted)
  SELECT talk_id, side, at, came IS NOT NULL, packets, lost, rtt_ms, hidden, a_in, a_ago, a_out,
    a_rep, a_on, v_in, v_ago, v_out, v_rep, v_on, counted FROM reported
), latest AS (
  SELECT talk_id, min(pair) AS pair, min(least(came, report)) AS flow,
    max(greatest(came, report)) AS flow_to,
    max(at) FILTER (WHERE side = 'caller') AS caller_seen,
    max(at) FILTER (WHERE side = 'cast') AS cast_seen,
    max(at) FILTER (WHERE side = 'caller' AND told) AS caller_told,
    max(at) FILTER (WHERE side = 'cast' AND told) AS cast_told,
    max(came) FILTER (WHERE side = 'caller') AS caller_came,
    max(came) FILTER (WHERE side = 'cast') AS cast_came,
    max(report) FILTER (WHERE side = 'caller') AS caller_report,
    max(report) FILTER (WHERE side = 'cast') AS cast_report,
    max(frame) FILTER (WHERE side = 'caller') AS caller_frame,
    max(frame) FILTER (WHERE side = 'cast') AS cast_frame,
    (array_agg(hidden ORDER BY at DESC) FILTER (WHERE side = 'caller' AND told))[1]
      AS caller_hidden,
    (array_agg(hidden ORDER BY at DESC) FILTER (WHERE side = 'cast' AND told))[1] AS cast_hidden,
    (array_agg(camera ORDER BY at DESC) FILTER (WHERE side = 'caller' AND told))[1]
      AS caller_camera,
    (array_agg(camera ORDER BY at DESC) FILTER (WHERE side = 'cast' AND told))[1] AS cast_camera
  FROM reported GROUP BY talk_id
), seen AS (
  SELECT l.*,
    CASE WHEN l.caller_told IS NULL THEN t.caller_camera_at
      WHEN l.caller_camera THEN l.caller_told END AS caller_camera_at,
    CASE WHEN l.cast_told IS NULL THEN t.cast_camera_at
      WHEN l.cast_camera THEN l.cast_told END AS cast_camera_at
  FROM latest l JOIN talks t ON t.id = l.talk_id
)
UPDATE talks t SET
  caller_seen_at = greatest(t.caller_seen_at, l.caller_seen),
  cast_seen_at = greatest(t.cast_seen_at, l.cast_seen),
  caller_good_at = greatest(t.caller_good_at, l.caller_came),
  cast_good_at = greatest(t.cast_good_at, l.cast_came),
  caller_pair = CASE WHEN l.caller_seen IS NULL THEN t.caller_pair ELSE l.pair END,
  cast_pair = CASE WHEN l.cast_seen IS NULL THEN t.cast_pair ELSE l.pair END,
  pair_begun_at = CASE WHEN t.pair_begun_at IS NOT NULL THEN t.pair_begun_at
    WHEN (l.caller_seen IS NOT NULL OR t.caller_pair = l.pair)
      AND (l.cast_seen IS NOT NULL OR t.cast_pair = l.pair) THEN clock_timestamp() END,
  pair_flow_at = coalesce(t.pair_flow_at, l.flow),
  -- Once the meter stands, what comes after a gap says nothing of the time before it.
  flow_at = CASE WHEN t.lapse_at IS NOT NULL
      AND l.flow_to > greatest(t.flow_at, t.lapse_at) + :flow_gap * interval '1 ms'
    THEN t.flow_at ELSE greatest(t.flow_at, l.flow_to) END,
  caller_told_at = greatest(t.caller_told_at, l.caller_told),
  cast_told_at = greatest(t.cast_told_at, l.cast_told),
  caller_came_at = greatest(t.caller_came_at, l.caller_came),
  cast_came_at = greatest(t.cast_came_at, l.cast_came),
  caller_report_at = greatest(t.caller_report_at, l.caller_report),
  cast_report_at = greatest(t.cast_report_at, l.cast_report),
  caller_camera_at = l.caller_camera_at,
  cast_camera_at = l.cast_camera_at,
  -- Who looks away, or at one whose camera is off, has no claim to a frame.
  caller_frame_at = CASE WHEN l.caller_told IS NULL THEN t.caller_frame_at
    WHEN l.caller_hidden OR l.cast_camera_at IS NULL OR t.caller_frame_at IS NULL
      THEN greatest(t.caller_frame_at, l.caller_told)
    ELSE greatest(t.caller_frame_at, l.caller_frame) END,
  cast_frame_at = CASE WHEN l.cast_told IS NULL THEN t.cast_frame_at
    WHEN l.cast_hidden OR l.caller_camera_at IS NULL OR t.cast_frame_at IS NULL
      THEN greatest(t.cast_frame_at, l.cast_told)
    ELSE greatest(t.cast_frame_at, l.cast_frame) END
FROM seen l WHERE t.id = l.talk_id
""")


async def record(tx: Tx, settings: Settings, beats: Sequence[Beat]) -> set[int]:
    """Store beats of the talks' current pairs and let their talks run, stand and darken by them.

    Beats of an ended talk or an older pair are dropped. The talks are locked in id order. A gap
    in the evidence that no tick has noticed yet stays a gap. Returns the talks whose meters changed
    otherwise than by running on.
    """
    if not beats:
        return set()
    ids = sorted({beat.talk_id for beat in beats})
    # One talk that is held for long must not hold up the beats of all the others.
    await tx.execute(sa.text("SET LOCAL lock_timeout = '1s'"))
    await locks.lock(tx, sa.select(talks.c.id).where(talks.c.id.in_(ids)))
    changed = {*await clock_faults.mend(tx, ids), *await meter.interrupt(tx, settings, ids)}
    await tx.execute(_STORE, _arrays(beats))
    changed.update(await disagreements.find(tx, settings, ids))
    changed.update(await frozen.stop(tx, settings, ids))
    changed.update(await meter.start(tx, settings, ids))
    changed.update(await darkness.turn(tx, settings, ids))
    return changed


def _arrays(beats: Sequence[Beat]) -> dict[str, object]:
    return {
        "just_now": JUST_NOW_MS,
        "flow_gap": unproved.FLOW_GAP_MS,
        "talks": [beat.talk_id for beat in beats],
        "sides": [beat.side for beat in beats],
        "pairs": [beat.pair for beat in beats],
        "ages": [beat.age_ms for beat in beats],
        "packets": [beat.packets for beat in beats],
        "lost": [beat.lost for beat in beats],
        "rtts": [beat.rtt_ms for beat in beats],
        "hidden": [beat.hidden for beat in beats],
        "counted": [beat.counted for beat in beats],
        **_kind("a", [beat.audio for beat in beats]),
        **_kind("v", [beat.video for beat in beats]),
    }


def _kind(letter: str, flows: Sequence[Flow | None]) -> dict[str, object]:
    return {
        f"{letter}_in": [flow and flow.received for flow in flows],
        f"{letter}_ago": [flow and flow.received_ago_ms for flow in flows],
        f"{letter}_out": [flow and flow.sent for flow in flows],
        f"{letter}_rep": [flow and flow.reported_ago_ms for flow in flows],
        f"{letter}_on": [flow and flow.on for flow in flows],
    }
