"""Reservations as each of their two people reads them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import MOST_COUNTED, Page, offset
from foundation.settings import Settings
from rooms.ground import refusals
from rooms.ground.kept_times import runs_until
from rooms.ground.live import Side
from rooms.lobby.by_medium import Medium

MOST_COMING = 100
# The banner leads to what is near.
NEAR = timedelta(hours=1)


@dataclass(frozen=True)
class Reservation:
    """A reservation for its reader: `other` is the person across.

    `points` is what the caller pays and `earning` the cast's part of it; `returned` went back.
    `opens_at` is when its talk can be entered. `caller_came_at` and `cast_came_at` are the first
    signs of presence within its time, `cast_last_at` the last one. By telephone both are `rung`,
    and `line_fee` of the rate is the line's.
    """

    id: int
    side: Side
    room_id: int
    room_title: str
    cast_id: int
    caller_id: int
    other_id: int
    other_name: str
    other_portrait: str | None
    starts_at: datetime
    ends_at: datetime
    minutes: int
    rate: int
    line_fee: int
    medium: Medium
    rung: int
    ring_at: datetime | None
    points: int
    earning: int
    returned: int
    message: str
    words: str | None
    state: str
    created_at: datetime
    kept_until: datetime | None
    booked_at: datetime | None
    cancel_until: datetime
    cancelled_at: datetime | None
    declined_at: datetime | None
    opens_at: datetime
    began_at: datetime | None
    caller_came_at: datetime | None
    cast_came_at: datetime | None
    cast_last_at: datetime | None
    stopped_at: datetime | None
    stopped_for: Side | None
    judged_at: datetime | None
    return_due_at: datetime | None
    returned_at: datetime | None
    called_off_at: datetime | None
    decide_by: datetime | None
    cast_early_at: datetime | None
    talk_id: int | None
    call_id: int | None
    runs_until: datetime
    may_cancel: bool
    may_call_off: bool
    may_decline: bool
    may_enter: bool
    # Whether it is paid afterwards; only its caller is told.
    on_tab: bool


# What may be done is said by the clock of the very statement that reads it.
_READ = f"""
SELECT r.id, r.room_id, o.title AS room_title, r.cast_id, r.caller_id,
  CASE WHEN r.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  u.id AS other_id, u.nickname AS other_name,
  CASE WHEN r.caller_id = :user THEN coalesce(o.portrait, u.portrait) ELSE u.portrait END
    AS other_portrait,
  r.starts_at, r.ends_at, r.minutes, r.rate, r.line_fee, r.medium,
  r.rung, r.ring_at, r.points, coalesce(r.share * r.minutes
    * (100 * h.points - (100 - h.gift_share) * h.given) / (100 * h.points), r.share * r.minutes)
    AS earning,
  coalesce(h.released, 0) AS returned, r.message, r.words, r.state, r.created_at, r.kept_until,
  r.booked_at, r.cancel_until, r.cancelled_at, r.declined_at, r.began_at,
  r.starts_at - :early * interval '1 minute' AS opens_at,
  r.caller_came_at, r.cast_came_at, r.cast_last_at, r.stopped_at, r.stopped_for,
  r.judged_at, r.return_due_at, r.returned_at,
  r.called_off_at, r.decide_by, r.cast_early_at,
  t.id AS talk_id, k.id AS call_id, {runs_until("r")} AS runs_until,
  r.state = 'booked' AND r.caller_id = :user AND now.at <= r.cancel_until AS may_cancel,
  r.state = 'booked' AND r.caller_id = :user AND now.at > r.cancel_until
    AND now.at < r.starts_at AS may_call_off,
  r.state = 'booked' AND r.cast_id = :user AND now.at < r.starts_at AS may_decline,
  r.state IN ('booked', 'running') AND r.caller_id = :user AND r.medium = 'browser'
    AND now.at >= r.starts_at - :early * interval '1 minute'
    AND now.at < {runs_until("r")} AS may_enter,
  r.caller_id = :user AND EXISTS (SELECT FROM wallets w
    WHERE w.id = h.wallet_id AND w.kind = 'tab') AS on_tab
FROM reservations r
CROSS JOIN (SELECT clock_timestamp() AS at OFFSET 0) now
JOIN rooms o ON o.id = r.room_id
JOIN users u ON u.id = CASE WHEN r.caller_id = :user THEN r.cast_id ELSE r.caller_id END
LEFT JOIN holds h ON h.id = r.hold_id
LEFT JOIN talks t ON t.reservation_id = r.id AND t.ended_at IS NULL
LEFT JOIN calls k ON k.reservation_id = r.id AND k.ended_at IS NULL
"""  # noqa: S608 - one fixed text within another
_ONE = sa.text(f"{_READ} WHERE r.id = :id AND :user IN (r.caller_id, r.cast_id)")
_COMING = {
    side: sa.text(
        f"{_READ} WHERE r.{side}_id = :user AND r.state IN ('booked', 'running')"
        " ORDER BY r.starts_at, r.id LIMIT :most"
    )
    for side in ("caller", "cast")
}
_OVER = (
    "('done', 'caller_missed', 'cast_missed', 'apart', 'line_failed', 'cancelled', 'called_off',"
    " 'declined', 'stopped')"
)
_PAST = {
    side: sa.text(
        f"{_READ} WHERE r.{side}_id = :user AND r.state IN {_OVER}"
        " ORDER BY r.starts_at DESC, r.id DESC OFFSET :skip LIMIT :most"
    )
    for side in ("caller", "cast")
}
_PAST_NUMBER = {
    side: sa.text(f"""
SELECT count(*) FROM (SELECT FROM reservations WHERE {side}_id = :user
  AND state IN {_OVER} LIMIT :most) few
""")  # noqa: S608 - one fixed text within another
    for side in ("caller", "cast")
}
_AHEAD = sa.text("""
SELECT count(*) FILTER (WHERE caller_id = :user) AS caller,
  count(*) FILTER (WHERE cast_id = :user) AS cast
FROM (SELECT caller_id, cast_id FROM reservations WHERE state IN ('booked', 'running')
    AND :user IN (caller_id, cast_id)
  UNION ALL SELECT caller_id, cast_id FROM reservation_requests WHERE state = 'open'
    AND :user IN (caller_id, cast_id)) ahead
""")
_NEXT = sa.text(
    f"{_READ} WHERE r.state IN ('booked', 'running')"
    " AND (r.caller_id = :user OR r.cast_id = :user)"
    f" AND {runs_until('r')} > now.at AND r.starts_at <= now.at + CAST(:near AS interval)"
    " ORDER BY r.starts_at, r.id LIMIT 1"
)


async def reservation(tx: Tx, settings: Settings, reservation_id: int, user_id: int) -> Reservation:
    """Return a reservation to one of its two people.

    Raises UserError `reservation_unknown` (404) for anyone else. To the cast, one that the caller
    has not confirmed is unknown.
    """
    bounds = {"id": reservation_id, "user": user_id, "early": settings.early_minutes}
    row = (await tx.execute(_ONE, bounds)).mappings().one_or_none()
    if row is None or (row["side"] == "cast" and row["state"] in ("kept", "lapsed")):
        raise refusals.reservation_unknown()
    return _of(row)


async def coming(tx: Tx, settings: Settings, user_id: int, side: Side) -> list[Reservation]:
    """Return a user's reservations to come and under way on one side, the next first."""
    rows = await tx.execute(
        _COMING[side],
        {"user": user_id, "early": settings.early_minutes, "most": MOST_COMING},
    )
    return [_of(row) for row in rows.mappings()]


async def past(
    tx: Tx, settings: Settings, user_id: int, side: Side, number: int, size: int
) -> Page[Reservation]:
    """Return a page of a user's reservations that are over or were called off, the latest first."""
    rows = await tx.execute(
        _PAST[side],
        {
            "user": user_id,
            "early": settings.early_minutes,
            "skip": offset(number, size),
            "most": size + 1,
        },
    )
    return Page.of([_of(row) for row in rows.mappings()], number, size)


async def number_past(tx: Tx, user_id: int, side: Side) -> int:
    """Return how many stand on those pages; beyond 99 the figure stays there."""
    return int(await tx.scalar(_PAST_NUMBER[side], {"user": user_id, "most": MOST_COUNTED}) or 0)


async def ahead(tx: Tx, user_id: int) -> dict[Side, int]:
    """Return how many reservations and open requests a user has before them on either side."""
    row = (await tx.execute(_AHEAD, {"user": user_id})).one()
    return {"caller": row.caller, "cast": row.cast}


async def next_of(tx: Tx, settings: Settings, user_id: int) -> Reservation | None:
    """Return the reservation that a user, on either side, is in or has within the next hour."""
    rows = await tx.execute(_NEXT, {"user": user_id, "early": settings.early_minutes, "near": NEAR})
    row = rows.mappings().one_or_none()
    return _of(row) if row else None


def _of(row: sa.RowMapping) -> Reservation:
    return Reservation(**row)


async def of_holds(tx: Tx, hold_ids: list[int]) -> dict[int, tuple[str, str]]:
    """Return of each hold the path of its reservation, request, letter or chat, and its cast's
    name, empty where nobody has taken it.

    As a caller's statement says them.
    """
    if not hold_ids:
        return {}
    rows = await tx.execute(_OF_HOLDS, {"ids": hold_ids})
    return {row.hold_id: (row.path, row.nickname) for row in rows}


_OF_HOLDS = sa.text("""
SELECT h.id AS hold_id, coalesce(u.nickname, '') AS nickname,
  coalesce('/reservations/' || r.id, '/requests/' || q.id, '/letters/' || m.id, '/chats/' || c.id)
    AS path
FROM holds h
LEFT JOIN reservations r ON r.hold_id = h.id
LEFT JOIN reservation_requests q ON q.hold_id = h.id
LEFT JOIN letters m ON m.hold_id = h.id
LEFT JOIN chat_days d ON d.hold_id = h.id LEFT JOIN chats c ON c.id = d.chat_id
LEFT JOIN users u ON u.id = coalesce(r.cast_id, q.cast_id, m.cast_id, d.member_id, c.member_id)
WHERE h.id = ANY (CAST(:ids AS bigint[]))
""")
