"""What rings for a person on whichever page they look at: an entry, a turn, who asks for them."""

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from rooms.applying import views
from rooms.applying.views import AppliedNow, OwnApplication
from rooms.lobby import waiting
from rooms.lobby.waiting import Place
from rooms.talk import unanswered
from rooms.talk.unanswered import Unanswered


@dataclass(frozen=True)
class Asked:
    """Requests that wait for a cast's answer: how many, and the one whose term ends first."""

    count: int
    request_id: int
    name: str
    lapses_at: datetime

    @property
    def key(self) -> str:
        """Its name, by which it is known on every page."""
        return f"request:{self.request_id}"


@dataclass(frozen=True)
class Rings:
    """All that rings for one person. `talking`: in a talk, where nothing shall disturb them.

    `live`: something may ring at any moment, for which their pages listen.
    """

    live: bool = False
    talking: bool = False
    entered: Unanswered | None = None
    places: list[Place] = field(default_factory=list)
    asked: Asked | None = None
    applied: AppliedNow | None = None
    own_application: OwnApplication | None = None


# One question for every page of a member: each part looks at one index, and nearly all say no.
_ANY = sa.text("""
SELECT EXISTS (SELECT FROM standbys WHERE cast_id = :user) AS standing_by,
  EXISTS (SELECT FROM waiting_turns WHERE user_id = :user) AS waits,
  EXISTS (SELECT FROM talks WHERE cast_id = :user AND ended_at IS NULL AND cast_seat IS NULL)
    AS awaited,
  EXISTS (SELECT FROM talks WHERE ended_at IS NULL AND (caller_id = :user
    OR cast_id = :user AND cast_seat IS NOT NULL)) AS talking,
  EXISTS (SELECT FROM reservation_requests WHERE cast_id = :user AND state = 'open') AS asked,
  EXISTS (SELECT FROM rooms WHERE cast_id = :user AND published AND by_application)
    AS may_be_applied_to,
  EXISTS (SELECT FROM talk_applications WHERE cast_id = :user
    AND state IN ('open', 'accepted', 'rung')) AS applied,
  EXISTS (SELECT FROM talk_applications WHERE caller_id = :user
    AND state IN ('open', 'accepted', 'rung')) AS applies,
  EXISTS (SELECT FROM talk_applications WHERE caller_id = :user
    AND asked_again_at > clock_timestamp() - interval '1 hour') AS asked_again
""")


async def rings_for(tx: Tx, settings: Settings, user_id: int) -> Rings:
    """Return what rings for a user now."""
    found = (await tx.execute(_ANY, {"user": user_id})).one()
    return Rings(
        found.standing_by
        or found.waits
        or found.awaited
        or found.may_be_applied_to
        or found.applies,
        found.talking,
        await unanswered.of_cast(tx, settings, user_id) if found.awaited else None,
        await waiting.places_of(tx, settings, user_id) if found.waits else [],
        await _asked(tx, user_id) if found.asked else None,
        await views.applied_now(tx, user_id) if found.applied else None,
        await views.own_now(tx, user_id) if found.applies or found.asked_again else None,
    )


# Counted up to what a page would call "many".
_ASKED = sa.text("""
SELECT q.id AS request_id, u.nickname AS name, q.lapses_at, (SELECT count(*) FROM (
    SELECT FROM reservation_requests WHERE cast_id = :user AND state = 'open' LIMIT 100) o) AS count
FROM reservation_requests q JOIN users u ON u.id = q.caller_id
WHERE q.cast_id = :user AND q.state = 'open' AND q.lapses_at > clock_timestamp()
ORDER BY q.lapses_at, q.id LIMIT 1
""")


async def _asked(tx: Tx, cast_id: int) -> Asked | None:
    row = (await tx.execute(_ASKED, {"user": cast_id})).mappings().one_or_none()
    return Asked(**row) if row else None
