"""What each side's browser told of a talk, gathered from its beats."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from rooms.ground.live import Side
from rooms.ground.tables import SIDES
from rooms.talk.proof import quality, reported
from rooms.talk.proof.quality import Quality

MOST_STRETCHES = 200
MOST_WORDS = 200


@dataclass(frozen=True)
class Stretch:
    """A time of one side: `good` media arrived, `no_media` only signs of life, `silent` nothing.

    Of the reports that it held of the other: `reported` the other received, `contradicted` it did
    while it said that nothing arrived.
    """

    state: str
    began_at: datetime
    ended_at: datetime


@dataclass(frozen=True)
class KindEvidence:
    """In how many of its beats a side received, and sent, one kind of media."""

    received: int
    sent: int


@dataclass(frozen=True)
class SideEvidence:
    """What one side's browser reported, and when it wrote (never what).

    `media`, `hidden` and `counted` (by the site's media processes, in place of the browser) count
    beats, `lost` and `packets` what the network carried; `rtt_ms` is
    the mean round trip. `silent_ms` and `no_media_ms` add up the stretches.
    """

    side: Side
    seen_at: datetime | None
    first_at: datetime | None
    last_at: datetime | None
    good_at: datetime | None
    beats: int
    media: int
    hidden: int
    packets: int
    lost: int
    rtt_ms: int | None
    silent_ms: int
    no_media_ms: int
    stretches: list[Stretch]
    wrote: int
    wrote_at: list[datetime]
    audio: KindEvidence
    video: KindEvidence
    reports: int
    reported: list[Stretch]
    contradicting_ms: int
    counted: int = 0
    quality: list[Quality] = field(default_factory=list)


async def of_beats(tx: Tx, settings: Settings, talk: Any, until: datetime) -> list[SideEvidence]:
    """Return what both sides of a talk (its row) told by their beats, up to a moment."""
    stretches = await _stretches(tx, settings, talk, until)
    reports, words = await _reports(tx, talk), await _words(tx, talk.id)
    held = await reported.of_talk(tx, talk.id)
    parts = await quality.of_talk(tx, talk.id, talk.entered_at, until)
    return [
        _side(
            side,
            talk,
            reports.get(side),
            stretches.get(side, []),
            words.get(side, (0, [])),
            [Stretch(*one) for one in held.get(side, [])],
            parts.get(side, []),
        )
        for side in SIDES
    ]


def _side(
    side: Any,
    talk: Any,
    report: Any,
    stretches: list[Stretch],
    words: tuple[int, list[datetime]],
    held: list[Stretch],
    parts: list[Quality],
) -> SideEvidence:
    return SideEvidence(
        side=side,
        seen_at=getattr(talk, f"{side}_seen_at"),
        first_at=report.first_at if report else None,
        last_at=report.last_at if report else None,
        good_at=report.good_at if report else None,
        beats=report.beats if report else 0,
        media=report.media if report else 0,
        hidden=report.hidden if report else 0,
        packets=report.packets if report else 0,
        lost=report.lost if report else 0,
        rtt_ms=report.rtt_ms if report else None,
        silent_ms=_total(stretches, "silent"),
        no_media_ms=_total(stretches, "no_media"),
        stretches=stretches,
        wrote=words[0],
        wrote_at=words[1],
        audio=KindEvidence(report.audio_in if report else 0, report.audio_out if report else 0),
        video=KindEvidence(report.video_in if report else 0, report.video_out if report else 0),
        reports=report.reports if report else 0,
        reported=held,
        contradicting_ms=_total(held, "contradicted"),
        counted=report.counted if report else 0,
        quality=parts,
    )


_REPORTS = sa.text("""
SELECT side, count(*) AS beats, min(at) AS first_at, max(at) AS last_at,
  max(at) FILTER (WHERE media) AS good_at, count(*) FILTER (WHERE media) AS media,
  count(*) FILTER (WHERE hidden) AS hidden, count(*) FILTER (WHERE counted) AS counted,
  sum(packets)::bigint AS packets,
  count(*) FILTER (WHERE audio_received > 0) AS audio_in,
  count(*) FILTER (WHERE audio_sent > 0) AS audio_out,
  count(*) FILTER (WHERE video_received > 0) AS video_in,
  count(*) FILTER (WHERE video_sent > 0) AS video_out,
  count(*) FILTER (WHERE audio_report_ms IS NOT NULL OR video_report_ms IS NOT NULL) AS reports,
  sum(lost)::bigint AS lost, round(avg(rtt_ms) FILTER (WHERE media))::int AS rtt_ms
FROM beats WHERE talk_id = :talk GROUP BY side
""")


async def _reports(tx: Tx, talk: Any) -> dict[str, Any]:
    rows = await tx.execute(_REPORTS, {"talk": talk.id})
    return {row.side: row for row in rows}


# A beat speaks of the time since the one before it; longer than `silence` without one is silence.
# Neighbouring times of one state are one stretch, so a long talk is told in few lines.
_STRETCHES = sa.text("""
WITH marks AS (
  SELECT side, greatest(at, CAST(:since AS timestamptz)) AS at, media FROM beats
  WHERE talk_id = :talk AND at < :until
    AND (media OR audio_received IS NOT NULL OR video_received IS NOT NULL)
  UNION ALL
  SELECT side, CAST(:until AS timestamptz), NULL FROM unnest(ARRAY['caller', 'cast']) AS side
), steps AS (
  SELECT side, coalesce(lag(at) OVER beside, :since) AS began_at, at AS ended_at,
    CASE WHEN at - coalesce(lag(at) OVER beside, :since) > :silence * interval '1 s'
        OR (media IS NULL AND lag(at) OVER beside IS NULL) THEN 'silent'
      WHEN coalesce(media, lag(media) OVER beside) THEN 'good'
      ELSE 'no_media' END AS state
  FROM marks WINDOW beside AS (PARTITION BY side ORDER BY at, media NULLS LAST)
), turns AS (
  SELECT *, state IS DISTINCT FROM lag(state) OVER (
    PARTITION BY side ORDER BY ended_at, began_at) AS turns FROM steps
), numbered AS (
  SELECT *, count(*) FILTER (WHERE turns) OVER (
    PARTITION BY side ORDER BY ended_at, began_at) AS number FROM turns
)
SELECT side, state, min(began_at) AS began_at, max(ended_at) AS ended_at
FROM numbered WHERE ended_at > began_at AND number <= :most
GROUP BY side, number, state ORDER BY side, number
""")


async def _stretches(
    tx: Tx, settings: Settings, talk: Any, until: datetime
) -> dict[str, list[Stretch]]:
    rows = await tx.execute(
        _STRETCHES,
        {
            "talk": talk.id,
            "since": talk.entered_at,
            "until": until,
            "silence": settings.silence_seconds,
            "most": MOST_STRETCHES,
        },
    )
    found: dict[str, list[Stretch]] = {}
    for row in rows:
        found.setdefault(row.side, []).append(Stretch(row.state, row.began_at, row.ended_at))
    return found


_WORDS = sa.text("""
SELECT side, count(*) AS wrote, (array_agg(at ORDER BY id))[1:CAST(:most AS int)] AS wrote_at
FROM messages WHERE talk_id = :talk GROUP BY side
""")


async def _words(tx: Tx, talk_id: int) -> dict[str, tuple[int, list[datetime]]]:
    rows = await tx.execute(_WORDS, {"talk": talk_id, "most": MOST_WORDS})
    return {row.side: (row.wrote, list(row.wrote_at)) for row in rows}


def _total(stretches: list[Stretch], state: str) -> int:
    lengths = [s.ended_at - s.began_at for s in stretches if s.state == state]
    return sum(int(length.total_seconds() * 1000) for length in lengths)
