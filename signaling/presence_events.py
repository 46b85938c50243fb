"""Events of those who look at rooms and of casts on stand-by."""

from rooms.calling import standing
from rooms.ground import live
from rooms.lobby import (
    identified,
    online,
    pauses,
    presence,
    room_states,
    turns,
    waiting,
)
from signaling.door import Door
from signaling.guard import Ack, Connection
from signaling.memberships import DIRECTORY, directory_room
from signaling.protocol import Nothing, StandbyBeat, StandbyOpen


def add_handlers(door: Door) -> None:
    """Give the door its handlers."""
    door.on("directory:watch", Nothing, _watch_directory)
    door.on("standby:open", StandbyOpen, _open)
    door.on("standby:close", Nothing, _close)
    door.on("standby:watch", Nothing, _watch)
    door.on("standby:beat", StandbyBeat, _beat)
    door.on("waiting:watch", Nothing, _watch_lists)


async def _watch_directory(door: Door, connection: Connection, _: Nothing) -> Ack:
    async with door.database.transaction() as tx:
        # Listen first: a change between the two is then told twice rather than never.
        await _listen(door, connection, await room_states.watchable(tx, connection.user_id))
        states = await room_states.states(tx, door.settings, viewer_id=connection.user_id)
        rests = await pauses.seconds_of(tx)
        rung = await room_states.rung_in(tx, list(states))
    return {
        "rooms": {str(room_id): state for room_id, state in states.items()},
        # Of those alone that are told of.
        "pauses": {str(room_id): rests[room_id] for room_id in rests.keys() & states.keys()},
        "media": {str(room_id): "telephone" for room_id in sorted(rung)},
    }


async def _listen(door: Door, connection: Connection, room_ids: list[int] | None) -> None:
    """Let a connection hear of all rooms, or of those alone that aren't hidden from its user."""
    wanted = {DIRECTORY} if room_ids is None else {directory_room(one) for one in room_ids}
    now = {room for room in door.sio.rooms(connection.sid) if room.startswith(DIRECTORY)}
    for room in now - wanted:
        await door.sio.leave_room(connection.sid, room)
    for room in wanted - now:
        door.must_be_connected(connection)
        await door.sio.enter_room(connection.sid, room)


async def _open(door: Door, connection: Connection, asked: StandbyOpen) -> Ack:
    cast_id = connection.signed_in()
    async with door.talking() as tx:
        changed = await identified.stand_by(tx, door.settings, cast_id, asked.room_id)
        await online.announce(tx, cast_id)
        standby = await presence.standby_of(tx, cast_id)
    await door.push.room_states(changed)
    since = standby.since.isoformat() if standby else None
    return {"room_id": asked.room_id, "since": since}


async def _close(door: Door, connection: Connection, _: Nothing) -> Ack:
    cast_id = connection.signed_in()
    async with door.talking() as tx:
        changed = await presence.close_standby(tx, cast_id) + await pauses.end(tx, cast_id)
        waited = await turns.dissolve(tx, cast_id) if changed else []
        await turns.tell(tx, door.settings, waited)
    await door.push.room_states(changed)
    await door.push.turns(waited)
    return {}


async def _watch(door: Door, connection: Connection, _: Nothing) -> Ack:
    user_id = connection.signed_in()
    async with door.talking() as tx:
        await presence.touch(tx, [user_id])
        standby = await presence.standby_of(tx, user_id)
        pause = await pauses.of(tx, user_id)
        talk = await live.live_talk(tx, user_id)
        if pause and await standing.resumes(tx, user_id):
            pause = None
    # One by telephone is no browser's to keep up.
    here = standby if standby and standby.until is None else None
    return {
        "standby": here and {"room_id": here.room_id, "since": here.since.isoformat()},
        "talk_id": talk.id if talk else None,
        "pause": pause and pause.as_event(),
    }


async def _beat(door: Door, connection: Connection, asked: StandbyBeat) -> Ack:
    kept = await door.pulse.standby(connection.signed_in(), works=asked.works)
    return {"open": kept.open, "closes_in": kept.closes_in}


async def _watch_lists(door: Door, connection: Connection, _: Nothing) -> Ack:
    user_id = connection.signed_in()
    async with door.database.transaction() as tx:
        places = await waiting.places_of(tx, door.settings, user_id)
    return {"places": [place.as_event() for place in places]}
