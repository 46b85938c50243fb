"""Events of those who look at rooms and of casts on stand-by."""

from rooms import directory, online, presence, talks, turns, waiting
from signaling.door import Door
from signaling.guard import Ack, Connection
from signaling.protocol import Nothing, StandbyOpen
from signaling.push import DIRECTORY, place_event


def register(door: Door) -> None:
    """Give the door its handlers."""
    door.on("directory:watch", Nothing, _watch_directory)
    door.on("standby:open", StandbyOpen, _open)
    door.on("standby:close", Nothing, _close)
    door.on("standby:watch", Nothing, _watch)
    door.on("standby:beat", Nothing, _beat)
    door.on("waiting:watch", Nothing, _watch_lists)


async def _watch_directory(door: Door, connection: Connection, _: Nothing) -> Ack:
    # Listen first: a change between the two is then told twice rather than never.
    await door.sio.enter_room(connection.sid, DIRECTORY)
    async with door.database.transaction() as tx:
        states = await directory.states(tx, door.settings)
    return {"rooms": {str(room_id): state for room_id, state in states.items()}}


async def _open(door: Door, connection: Connection, asked: StandbyOpen) -> Ack:
    cast_id = connection.signed_in()
    async with door.database.transaction() as tx:
        changed = await presence.open_standby(tx, cast_id, asked.room_id)
        await online.announce(tx, cast_id)
        standby = await presence.standby_of(tx, cast_id)
    await door.push.room_states(changed)
    since = standby.since.isoformat() if standby else None
    return {"room_id": asked.room_id, "since": since}


async def _close(door: Door, connection: Connection, _: Nothing) -> Ack:
    cast_id = connection.signed_in()
    async with door.database.transaction() as tx:
        changed = await presence.close_standby(tx, cast_id)
        waited = await turns.dissolve(tx, cast_id) if changed else []
    await door.push.room_states(changed)
    await door.push.turns(waited)
    return {}


async def _watch(door: Door, connection: Connection, _: Nothing) -> Ack:
    user_id = connection.signed_in()
    async with door.database.transaction() as tx:
        await presence.touch(tx, [user_id])
        standby = await presence.standby_of(tx, user_id)
        talk = await talks.live_talk(tx, user_id)
    return {
        "standby": standby and {"room_id": standby.room_id, "since": standby.since.isoformat()},
        "talk_id": talk.id if talk else None,
    }


async def _beat(door: Door, connection: Connection, _: Nothing) -> Ack:
    return {"open": await door.pulse.standby(connection.signed_in())}


async def _watch_lists(door: Door, connection: Connection, _: Nothing) -> Ack:
    user_id = connection.signed_in()
    async with door.database.transaction() as tx:
        places = await waiting.places_of(tx, user_id)
    return {"places": [place_event(place) for place in places]}
