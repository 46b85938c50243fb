"""Rows of calls, as they are passed on; each locked with its two people."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_locked
from people.accounts import locking
from points.rules import Pays
from rooms.ground import refusals
from rooms.ground.applying_tables import talk_applications as applications
from rooms.ground.booking_tables import reservations
from rooms.ground.calling_tables import calls
from rooms.ground.live import Side


@dataclass(frozen=True)
class CallRow:
    """A call by telephone. `rate` is points a minute in all, of which `line_fee` is the line's."""

    id: int
    room_id: int
    caller_id: int
    cast_id: int
    asked_at: datetime
    state: str
    ring: str
    answer: str
    rate: int
    line_fee: int
    pays: Pays
    spend_cap_minutes: int | None
    reservation_id: int | None
    application_id: int | None
    caller_leg: str
    cast_leg: str
    gateway: int | None
    standby_until: datetime | None
    standby_misses: int
    stop_asked_by: str | None
    talk_id: int | None
    why: str | None

    @property
    def is_over(self) -> bool:
        """Whether nobody is rung or talks by it any more."""
        return self.state == "ended"

    def side_of(self, user_id: int) -> Side:
        """Return the side of one of its people; UserError `call_unknown` (404) for others."""
        if user_id not in (self.caller_id, self.cast_id):
            raise refusals.call_unknown()
        return "caller" if user_id == self.caller_id else "cast"


async def people_of(tx: Tx, call_id: int) -> tuple[int, int]:
    """Return a call's caller and cast. Raises `call_unknown`."""
    people = sa.select(calls.c.caller_id, calls.c.cast_id).where(calls.c.id == call_id)
    found = (await tx.execute(people)).one_or_none()
    if found is None:
        raise refusals.call_unknown()
    return found.caller_id, found.cast_id


async def locked(tx: Tx, call_id: int) -> CallRow:
    """Lock a call, its people and what it was promised for, so that stand-by and entry wait.

    Raises `call_unknown`.
    """
    await locking.lock_people(tx, *await people_of(tx, call_id))
    await lock_promise(tx, call_id)
    return await locked_alone(tx, call_id)


async def lock_promise(tx: Tx, call_id: int) -> None:
    """Lock the reservation or the application that a call is of, as everybody does before it."""
    whose = sa.select(calls.c.reservation_id, calls.c.application_id).where(calls.c.id == call_id)
    found = (await tx.execute(whose)).one_or_none()
    if found and found.reservation_id:
        mine = reservations.c.id == found.reservation_id
        await locks.lock(tx, sa.select(reservations.c.id).where(mine))
    elif found and found.application_id:
        mine = applications.c.id == found.application_id
        await locks.lock(tx, sa.select(applications.c.id).where(mine))


async def locked_alone(tx: Tx, call_id: int) -> CallRow:
    """Lock a call alone: for what concerns its telephones and nobody's presence."""
    rows = await locks.lock(tx, sa.select(calls).where(calls.c.id == call_id))
    if not rows:
        raise refusals.call_unknown()
    return typed_locked(CallRow, rows)[0]


async def change(tx: Tx, call_id: int, **values: object) -> None:
    """Change a locked call."""
    await tx.execute(sa.update(calls).where(calls.c.id == call_id).values(values))
