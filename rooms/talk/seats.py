"""The two seats of a talk: which tab of which side sits there, and in which pair of connections."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from rooms.ground import refusals
from rooms.ground.live import Side
from rooms.ground.tables import talks
from rooms.talk import pairs

# Asking for a new pair once in so long is a recovery.
RENEWED_SECONDS = 60


@dataclass(frozen=True)
class Seat:
    """A side's seat after it sat down. `pair` numbers the peer connection both are to make.

    `host`: the media process through which it goes; None: from browser to browser. `anew`: this
    side had made a pair before, and asks for another.
    """

    side: Side
    pair: int
    new_pair: bool
    peer: bool
    video: bool
    displaced: bool
    host: int | None = None
    anew: bool = False


async def side_of(tx: Tx, talk_id: int, user_id: int) -> Side:
    """Return the side that a user has in a talk; UserError `talk_unknown` (404) for anyone else."""
    row = (
        await tx.execute(sa.select(talks.c.caller_id, talks.c.cast_id).where(talks.c.id == talk_id))
    ).one_or_none()
    if row is None or user_id not in (row.caller_id, row.cast_id):
        raise refusals.talk_unknown()
    return "caller" if user_id == row.caller_id else "cast"


async def join(
    tx: Tx,
    settings: Settings,
    talk_id: int,
    user_id: int,
    tab: str,
    connection: str,
    *,
    fresh: bool,
    take_over: bool,
) -> Seat:
    """Sit down in a live talk with a tab's connection, and open a new pair where one is needed.

    A side is there while its seat has a connection, whatever media or beats arrive. It sits in one
    tab: another that still gives signs of life is told `talk_elsewhere`, unless it takes over. A
    new pair stops the meter as of its last evidence until both prove media again.
    Raises UserError `talk_unknown`, `talk_over`, `talk_elsewhere`, `talk_by_telephone`.
    """
    side = await side_of(tx, talk_id, user_id)
    talk = await _lock_live(tx, settings, talk_id)
    held, alive = getattr(talk, f"{side}_seat"), getattr(talk, f"{side}_alive")
    own_tab = tab_of(held)
    elsewhere = own_tab not in (None, tab) and is_there(held) and alive
    if elsewhere and not take_over:
        raise UserError("talk_elsewhere", N_("この通話は別のタブで開いています。"))
    other: Side = "cast" if side == "caller" else "caller"
    new_pair = fresh or own_tab != tab or talk.pair == 0
    # Of a talk whose meter has never run there is nothing to bring up to date.
    if new_pair and talk.state != "connecting":
        await pairs.stop(tx, settings, talk_id)
        await tx.execute(_FLOWED, {"talk": talk_id, "other": other, "beat": settings.beat_seconds})
    # Of the pairs asked for anew, the second within a minute begins dark.
    anew = new_pair and getattr(talk, f"{side}_pair") > 0
    lights = not (anew and talk.renewed_lately)
    renewal = await pairs.renewal(tx, settings, talk_id, lights=lights) if new_pair else {}
    sat = await _sit(tx, talk_id, side, seat_of(tab, connection), renewal, anew)
    peer = is_there(getattr(talk, f"{other}_seat"))
    return Seat(side, sat.pair, new_pair, peer, talk.with_video, elsewhere, sat.media_host, anew)


def seat_of(tab: str, connection: str) -> str:
    """Name a seat: the tab, which survives a reload, and its present connection."""
    return f"{tab}/{connection}"


def tab_of(seat: str | None) -> str | None:
    """Return the tab of a seat, also of one whose connection has gone."""
    return seat.split("/")[0] if seat else None


def is_there(seat: str | None) -> bool:
    """Say whether somebody sits in a seat: its connection is not known to have gone."""
    return seat is not None and not seat.endswith("/")


async def _lock_live(tx: Tx, settings: Settings, talk_id: int) -> Any:
    silence = sa.func.make_interval(0, 0, 0, 0, 0, 0, settings.silence_seconds)
    since = sa.func.clock_timestamp() - silence
    minute = sa.func.make_interval(0, 0, 0, 0, 0, 0, RENEWED_SECONDS)
    query = sa.select(
        talks,
        sa.func.coalesce(talks.c.caller_seen_at > since, sa.false()).label("caller_alive"),
        sa.func.coalesce(talks.c.cast_seen_at > since, sa.false()).label("cast_alive"),
        sa.func.coalesce(talks.c.renewed_at > sa.func.clock_timestamp() - minute, sa.false()).label(
            "renewed_lately"
        ),
    )
    talk = await locks.lock_row(tx, query.where(talks.c.id == talk_id))
    assert talk is not None
    if talk.ended_at is not None:
        raise refusals.talk_over()
    if talk.medium == "telephone":
        raise refusals.talk_by_telephone()
    return talk


# What one side was just seeing and hearing went on until the other asked for a new pair.
_FLOWED = sa.text("""
UPDATE talks SET flow_at = clock_timestamp() WHERE id = :talk AND lapse_at IS NOT NULL AND CASE
  WHEN :other = 'caller' THEN
    greatest(caller_told_at, lapse_at) > clock_timestamp() - (:beat + 2) * interval '1 s'
    AND greatest(caller_came_at, caller_report_at) > caller_told_at - :beat * interval '1 s'
  ELSE greatest(cast_told_at, lapse_at) > clock_timestamp() - (:beat + 2) * interval '1 s'
    AND greatest(cast_came_at, cast_report_at) > cast_told_at - :beat * interval '1 s' END
""")


async def _sit(
    tx: Tx, talk_id: int, side: Side, seat: str, renewal: dict[str, object], anew: bool
) -> Any:
    now = sa.func.clock_timestamp()
    values: dict[str, object] = renewal | {f"{side}_seat": seat, f"{side}_seen_at": now}
    if anew:
        values["renewed_at"] = now
    sat = await tx.execute(
        sa.update(talks)
        .where(talks.c.id == talk_id, talks.c.ended_at.is_(None))
        .values(values)
        .returning(talks.c.pair, talks.c.media_host)
    )
    row = sat.one_or_none()
    if row is None:
        raise refusals.talk_over()
    return row


async def vacate(tx: Tx, talk_id: int, side: Side, seat: str) -> bool:
    """Leave a seat when its connection ended; return whether that one still sat there.

    The tab is kept: when it comes back its pair may still be carrying media.
    """
    left = await tx.scalar(
        sa.update(talks)
        .where(talks.c.id == talk_id, talks.c.ended_at.is_(None), talks.c[f"{side}_seat"] == seat)
        .values({f"{side}_seat": seat_of(tab_of(seat) or "", "")})
        .returning(talks.c.id)
    )
    return left is not None


async def people_of(tx: Tx, talk_ids: Sequence[int]) -> list[Any]:
    """Return id, room_id, caller_id, cast_id, seats, pair and its host, state, end_reason."""
    rows = await tx.execute(
        sa.select(
            talks.c.id,
            talks.c.room_id,
            talks.c.caller_id,
            talks.c.cast_id,
            talks.c.caller_seat,
            talks.c.cast_seat,
            talks.c.pair,
            talks.c.media_host,
            talks.c.state,
            talks.c.end_reason,
        ).where(talks.c.id.in_(talk_ids))
    )
    return list(rows)
