"""The two of a reservation by telephone, a gateway on a fake line, and time that passes."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from rooms.booking import timetable
from rooms.booking.views import Reservation
from rooms.calling import promised
from rooms.ground.calling_tables import calls, telephone_gateways
from tests.people.telephones.owned import give_name, give_number
from tests.rooms.booked import ALWAYS, Booked
from tests.telephone.scene import Rung

POINTS = 10_000


@dataclass
class Promised(Rung):
    """A caller who has booked a call with the cast. `books` is what one does with reservations."""

    books: Booked = field(init=False)
    reservation: int = 0

    @classmethod
    async def of_two(cls, database: Database, owner: Database, settings: Settings) -> "Promised":
        """Both have numbers, the cast a spoken name and an open timetable."""
        made = await Rung.ready(database, settings, points=POINTS)
        world = cls(**{name: getattr(made, name) for name in Rung.__dataclass_fields__})
        world.books = Booked(database, world.settings, world.caller, world.cast, world.room)
        world.books.owner = owner
        async with database.transaction() as tx:
            # Processes of other tests are gone.
            gone = telephone_gateways.c.id != world.gateway
            await tx.execute(sa.delete(telephone_gateways).where(gone))
            await give_number(tx, settings, world.caller, "090-1111-2222")
            await give_number(tx, settings, world.cast, "080-3333-4444")
            await give_name(tx, world.cast)
        async with database.transaction() as tx:
            await timetable.set_hours(tx, world.room, world.cast, ALWAYS)
            taking = timetable.set_booking
            await taking(tx, world.room, world.cast, booking="direct", shortest=10, longest=120)
        return world

    async def booked(self, minutes: int = 30) -> Reservation:
        """Booked by telephone, and its time has just come."""
        kept = await self.books.keep(minutes=minutes, medium="telephone")
        booked = await self.books.confirm(kept)
        self.reservation = booked.id
        return await self.books.until_start(booked, seconds=1)

    async def ring(self) -> int:
        """What the ticker does: ring whose time it is; how often this one was."""
        rung: list[int] = []
        while found := await self.do(promised.ring_due, self.settings):
            rung += found
        return rung.count(self.reservation)

    async def calls_of(self, booked: Reservation) -> list[str]:
        """How the calls of a reservation ended, in order; "" for one that lives."""
        async with self.database.transaction() as tx:
            query = sa.select(calls.c.id, calls.c.why).where(calls.c.reservation_id == booked.id)
            found = list(await tx.execute(query.order_by(calls.c.id)))
        self.call = found[-1].id if found else 0
        return [row.why or "" for row in found]

    async def tried(self, booked: Reservation, times: int) -> list[str]:
        """Wait until so many calls of a reservation are over; how they ended."""

        async def over() -> list[str]:
            ends = await self.calls_of(booked)
            return ends if len(ends) == times and all(ends) else []

        found: list[str] = await self.wait_for(over)
        return found

    async def twice(self, booked: Reservation) -> list[str]:
        """Both tries, the second a minute after the first."""
        assert await self.ring() == 1
        await self.tried(booked, 1)
        await self.books.pass_time(self.settings.telephone_again_seconds + 1)
        assert await self.ring() == 1
        return await self.tried(booked, 2)

    async def judged(self, booked: Reservation) -> Reservation:
        """What the timetable makes of it, and what is due goes back."""
        await self.books.sweep()
        await self.books.pass_time(60 * (self.settings.no_show_minutes + 1))
        await self.books.sweep()
        return await self.books.read(booked)

    async def calls_of_application(self, application_id: int) -> None:
        """Look at the call that was made for an application."""
        async with self.database.transaction() as tx:
            query = sa.select(sa.func.max(calls.c.id))
            mine = query.where(calls.c.application_id == application_id)
            self.call = int(await tx.scalar(mine) or 0)
