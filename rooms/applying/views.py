"""Applications as each of their two people reads them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, count, offset
from foundation.row_types import typed_all, typed_one
from points.rules import Pays
from rooms.applying.answering import AGAIN_DAYS, MAY_BE_ASKED_AGAIN
from rooms.ground.applying_tables import LIVE_STATES
from rooms.ground.applying_tables import talk_applications as applications
from rooms.ground.live import Side
from rooms.ground.tables import rooms
from rooms.lobby.by_medium import Medium
from rooms.lobby.talk_applications import IS_LIVE, ApplicationState, unknown

MOST_LIVE = 200


@dataclass(frozen=True)
class ApplicationView:
    """An application for one of its people; `other` is the one across.

    `rate` is points a minute as it was when applying, `room_rate` as it is now; `seconds` are left
    of a ring, else None; `talked` counts the talks that the two have had. Moments are UTC.
    """

    id: int
    room_id: int
    room_title: str
    room_rate: int
    caller_id: int
    cast_id: int
    other_name: str
    other_portrait: str | None
    rate: int
    medium: Medium
    pays: Pays
    words: str
    minutes: int
    made_at: datetime
    wait_until: datetime
    state: ApplicationState
    seconds: int | None
    ended_at: datetime | None
    reply: str | None
    talk_id: int | None
    asked_again_at: datetime | None
    talked: int
    is_recent: bool
    may_apply: bool

    @property
    def is_live(self) -> bool:
        """Whether it waits, or the cast makes ready, or its caller is rung."""
        return self.state in LIVE_STATES

    @property
    def may_ask_again(self) -> bool:
        """Whether its cast may say once that there is time now."""
        over = self.state in MAY_BE_ASKED_AGAIN and self.is_recent
        return over and self.may_apply and self.asked_again_at is None


_READ = """
SELECT a.id, a.room_id, r.title AS room_title, r.rate AS room_rate, a.caller_id, a.cast_id,
  o.nickname AS other_name,
  CASE WHEN a.caller_id = :user THEN coalesce(r.portrait, o.portrait) ELSE o.portrait END
    AS other_portrait,
  a.rate, a.medium, a.pays, a.words, a.minutes, a.made_at, a.wait_until, a.state,
  CASE WHEN a.state = 'rung' THEN
    greatest(ceil(extract(epoch FROM a.due_at - clock_timestamp())), 0)::integer END AS seconds,
  a.ended_at, a.reply, a.talk_id, a.asked_again_at,
  (SELECT count(*) FROM (SELECT FROM talks t WHERE t.caller_id = a.caller_id
    AND t.cast_id = a.cast_id AND t.connected_ms > 0 LIMIT 1000) had) AS talked,
  coalesce(a.ended_at > clock_timestamp() - :days * interval '1 day', false) AS is_recent,
  r.published AND r.by_application AND o.withdrawn_at IS NULL AND NOT EXISTS (SELECT FROM blocks b
    WHERE (b.blocker_id, b.blocked_id) IN ((a.cast_id, a.caller_id), (a.caller_id, a.cast_id)))
    AS may_apply
FROM talk_applications a JOIN rooms r ON r.id = a.room_id
JOIN users o ON o.id = CASE WHEN a.caller_id = :user THEN a.cast_id ELSE a.caller_id END
"""
_ONE = {
    side: sa.text(f"{_READ} WHERE a.id = :id AND a.{side}_id = :user")
    for side in ("caller", "cast")
}
_LIVE = "a.state IN ('open', 'accepted', 'rung')"
_OF_CALLER = sa.text(f"{_READ} WHERE a.caller_id = :user AND {_LIVE}")
# Whom the cast has said to talk with, then whoever goes first.
_OF_CAST = sa.text(f"""
{_READ} WHERE a.cast_id = :user AND {_LIVE}
ORDER BY a.state <> 'rung', a.state <> 'accepted', a.wait_until, a.id LIMIT :most
""")
_OVER = {
    side: sa.text(f"""
{_READ} WHERE a.{side}_id = :user AND NOT ({_LIVE})
ORDER BY a.id DESC OFFSET :skip LIMIT :most
""")
    for side in ("caller", "cast")
}


async def one(tx: Tx, application_id: int, user_id: int, side: Side) -> ApplicationView:
    """Return an application to one of its people. Raises UserError `application_unknown` (404)."""
    found = await _read(tx, _ONE[side], user_id, id=application_id)
    if not found:
        raise unknown()
    return found[0]


async def live_of_caller(tx: Tx, user_id: int) -> ApplicationView | None:
    """Return a caller's application that isn't over, if there is one."""
    found = await _read(tx, _OF_CALLER, user_id)
    return found[0] if found else None


async def takes_applications(tx: Tx, room_id: int) -> bool:
    """Say whether one may apply to talk in a room."""
    return bool(await tx.scalar(sa.select(rooms.c.by_application).where(rooms.c.id == room_id)))


async def live_of_cast(tx: Tx, user_id: int) -> list[ApplicationView]:
    """Return a cast's applications that wait: whom they called first, then whoever leaves first."""
    return await _read(tx, _OF_CAST, user_id, most=MOST_LIVE)


async def promised_of(tx: Tx, user_id: int) -> ApplicationView | None:
    """Return the application that a cast has taken or rings in their browser, if there is one."""
    first = (await live_of_cast(tx, user_id))[:1]
    rings = ("accepted", "rung")
    return next((one for one in first if one.state in rings and one.medium == "browser"), None)


async def over(tx: Tx, user_id: int, side: Side, number: int, size: int) -> Page[ApplicationView]:
    """Return a page of a user's applications on one side that are over, the latest first."""
    found = await _read(tx, _OVER[side], user_id, skip=offset(number, size), most=size + 1)
    return Page.of(found, number, size)


async def number_over(tx: Tx, user_id: int, side: Side) -> int:
    """Return how many stand on those pages; beyond 99 the figure stays there."""
    mine = applications.c.caller_id if side == "caller" else applications.c.cast_id
    return await count(tx, sa.select(applications.c.id).where(mine == user_id, ~IS_LIVE))


async def _read(tx: Tx, query: sa.TextClause, user_id: int, **values: int) -> list[ApplicationView]:
    rows = await tx.execute(query, {"user": user_id, "days": AGAIN_DAYS} | values)
    return typed_all(ApplicationView, rows.mappings())


@dataclass(frozen=True)
class AppliedNow:
    """Applications that wait for a cast: how many, the latest, and who of them waits least long."""

    count: int
    latest_id: int
    name: str
    wait_until: datetime

    @property
    def key(self) -> str:
        """Its name, by which it is known on every page; one more comes with a name of its own."""
        return f"applied:{self.latest_id}"


@dataclass(frozen=True)
class OwnApplication:
    """A caller's own application: it waits, its ring has so many `seconds` left, or the cast who
    had no time then has some now (`asked_again`).
    """

    application_id: int
    room_id: int
    name: str
    state: ApplicationState
    wait_until: datetime
    rung_second: int | None
    seconds: int | None
    asked_again: bool


_APPLIED = sa.text("""
SELECT count(*) OVER () AS count, max(a.id) OVER () AS latest_id, u.nickname AS name, a.wait_until
FROM talk_applications a JOIN users u ON u.id = a.caller_id
WHERE a.cast_id = :user AND a.state = 'open' AND a.wait_until > clock_timestamp()
ORDER BY a.wait_until, a.id LIMIT 1
""")
# One that is over rings as long as the cast may still have the time.
_OWN = sa.text("""
SELECT a.id AS application_id, a.room_id, u.nickname AS name, a.state, a.wait_until,
  floor(extract(epoch FROM a.rung_at))::bigint AS rung_second,
  CASE WHEN a.state = 'rung'
    THEN ceil(extract(epoch FROM a.due_at - clock_timestamp()))::integer END AS seconds,
  a.ended_at IS NOT NULL AS asked_again
FROM talk_applications a JOIN users u ON u.id = a.cast_id
WHERE a.caller_id = :user AND (a.state IN ('open', 'accepted')
  OR a.state = 'rung' AND a.medium = 'browser' AND a.due_at > clock_timestamp()
  OR a.asked_again_at > clock_timestamp() - interval '1 hour'
    AND a.id = (SELECT max(id) FROM talk_applications WHERE caller_id = :user)
    AND u.withdrawn_at IS NULL
    AND EXISTS (SELECT FROM rooms r WHERE r.id = a.room_id AND r.published AND r.by_application)
    AND NOT EXISTS (SELECT FROM blocks b WHERE (b.blocker_id, b.blocked_id)
      IN ((a.cast_id, a.caller_id), (a.caller_id, a.cast_id))))
ORDER BY a.ended_at IS NOT NULL, a.id DESC LIMIT 1
""")


async def applied_now(tx: Tx, cast_id: int) -> AppliedNow | None:
    """Return the applications that wait for a cast's answer, if there are any."""
    return typed_one(AppliedNow, (await tx.execute(_APPLIED, {"user": cast_id})).mappings())


async def own_now(tx: Tx, caller_id: int) -> OwnApplication | None:
    """Return the application of a caller's that something may come of now, if there is one."""
    return typed_one(OwnApplication, (await tx.execute(_OWN, {"user": caller_id})).mappings())
