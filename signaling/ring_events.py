"""What rings for a person: their pages ask when they connect, and when they are told to."""

from typing import Any

from rooms.applying.views import OwnApplication
from rooms.lobby.application_notices import ring_key
from rooms.talk.rings import Rings, rings_for
from signaling.door import Door
from signaling.guard import Ack, Connection
from signaling.protocol import Nothing


def add_handlers(door: Door) -> None:
    """Give the door its handlers."""
    door.on("ring:watch", Nothing, _watch)


async def _watch(door: Door, connection: Connection, _: Nothing) -> Ack:
    user_id = connection.signed_in()
    async with door.database.transaction() as tx:
        return rings_event(await rings_for(tx, door.settings, user_id))


def rings_event(rings: Rings) -> dict[str, Any]:
    """What rings for a person, as their pages are told of it."""
    entered, asked, applied = rings.entered, rings.asked, rings.applied
    return {
        "live": rings.live,
        "talking": rings.talking,
        "entered": entered
        and {name: getattr(entered, name) for name in ("key", "talk_id", "name", "seconds")},
        "places": [place.as_event() for place in rings.places],
        "asked": asked
        and {
            "key": asked.key,
            "request_id": asked.request_id,
            "name": asked.name,
            "count": asked.count,
            "lapses_at": asked.lapses_at.isoformat(),
        },
        "applied": applied
        and {
            "key": applied.key,
            "name": applied.name,
            "count": applied.count,
            "wait_until": applied.wait_until.isoformat(),
        },
        "application": _own(rings.own_application) if rings.own_application else None,
    }


def _own(application: OwnApplication) -> dict[str, Any]:
    number, second = application.application_id, application.rung_second
    ring = ring_key(number, second) if second is not None else None
    return {
        "key": ring if application.seconds is not None else f"own:{number}:{application.state}",
        "application_id": number,
        "room_id": application.room_id,
        "name": application.name,
        "seconds": application.seconds,
        "wait_until": application.wait_until.isoformat(),
        "asked_again": application.asked_again,
    }
