"""Events of the two who are in a talk."""

from foundation.errors import ProtocolError
from rooms.booking import going_on
from rooms.ground.live import other_side
from rooms.talk import caps, messages, readings, seats
from rooms.talk.past import history
from rooms.talk.proof import frozen
from signaling import seating
from signaling.door import Door
from signaling.guard import Ack, Connection, Seated
from signaling.memberships import talk_room
from signaling.protocol import (
    TalkBeat,
    TalkByVoice,
    TalkCap,
    TalkGoOn,
    TalkJoin,
    TalkLeave,
    TalkSay,
    TalkSignal,
)
from signaling.signals import passed


def add_handlers(door: Door) -> None:
    """Give the door its handlers."""
    door.on("talk:join", TalkJoin, seating.sit)
    door.on("talk:signal", TalkSignal, _signal)
    door.on("talk:beat", TalkBeat, _beat)
    door.on("talk:say", TalkSay, _say)
    door.on("talk:leave", TalkLeave, _leave)
    door.on("talk:cap", TalkCap, _cap)
    door.on("talk:go_on", TalkGoOn, _go_on)
    door.on("talk:by_voice", TalkByVoice, _by_voice)


def seated_in(door: Door, connection: Connection, talk_id: int) -> Seated:
    """Return the seat from which an event comes.

    Raises ProtocolError `not_in_talk` or `displaced` where it is not this connection's any more.
    """
    seated = connection.seated
    if seated is None or seated.talk_id != talk_id:
        raise ProtocolError("not_in_talk")
    if talk_room(talk_id, seated.side) not in door.sio.rooms(connection.sid):
        raise ProtocolError("displaced")
    return seated


async def _signal(door: Door, connection: Connection, asked: TalkSignal) -> Ack:
    seated = seated_in(door, connection, asked.talk_id)
    way = await door.relayed.way(asked.talk_id, asked.pair)
    if way is None:
        return {}
    if way.host is not None:
        # It is the media process that answers; nothing of it passes to the other side.
        answer = await door.relayed.signal(way.host, seated.side, asked)
        if answer is not None:
            await door.push.signal(asked.talk_id, seated.side, answer)
        return {}
    signal = passed(asked, hides=seated.hides, own=connection.address)
    if signal is not None:
        await door.push.signal(asked.talk_id, other_side(seated.side), signal)
    return {}


async def _beat(door: Door, connection: Connection, asked: TalkBeat) -> Ack:
    seated = seated_in(door, connection, asked.talk_id)
    reading = await door.pulse.beat(seated, asked)
    if reading is None:
        raise ProtocolError("not_in_talk")
    return {"meter": reading.for_side(seated.side)}


async def _say(door: Door, connection: Connection, asked: TalkSay) -> Ack:
    seated_in(door, connection, asked.talk_id)
    async with door.talking() as tx:
        message = await messages.say(
            tx, door.settings, asked.talk_id, connection.signed_in(), asked.key, asked.text
        )
    await door.push.said(asked.talk_id, message.as_event())
    return {"message": message.as_event()}


async def _leave(door: Door, connection: Connection, asked: TalkLeave) -> Ack:
    user_id = connection.signed_in()
    # The last beats must be in the books before the talk ends.
    await door.pulse.flush(asked.talk_id)
    async with door.talking() as tx:
        ended = await history.leave(tx, door.settings, asked.talk_id, user_id)
    if ended:
        await door.push.talks([asked.talk_id])
    return {}


async def _cap(door: Door, connection: Connection, asked: TalkCap) -> Ack:
    user_id = connection.signed_in()
    async with door.talking() as tx:
        await caps.set_cap(tx, asked.talk_id, user_id, asked.minutes)
        meters = await readings.read(tx, door.settings, [asked.talk_id])
    await door.push.talks([asked.talk_id])
    return {"meter": meters[asked.talk_id].for_side("caller")}


async def _go_on(door: Door, connection: Connection, asked: TalkGoOn) -> Ack:
    seated = seated_in(door, connection, asked.talk_id)
    async with door.talking() as tx:
        await going_on.go_on(tx, door.settings, asked.talk_id, connection.signed_in(), asked.agree)
        meters = await readings.read(tx, door.settings, [asked.talk_id])
    await door.push.talks([asked.talk_id])
    return {"meter": meters[asked.talk_id].for_side(seated.side)}


async def _by_voice(door: Door, connection: Connection, asked: TalkByVoice) -> Ack:
    seated = seated_in(door, connection, asked.talk_id)
    async with door.talking() as tx:
        await frozen.answer(tx, door.settings, asked.talk_id, seated.side, asked.agree)
        meters = await readings.read(tx, door.settings, [asked.talk_id])
    await door.push.talks([asked.talk_id])
    return {"meter": meters[asked.talk_id].for_side(seated.side)}


async def disconnected(door: Door, connection: Connection) -> None:
    """Tell the other side when a seat lost its connection; the talk itself waits for a return."""
    seated = connection.seated
    if seated is None:
        return
    async with door.talking() as tx:
        left = await seats.vacate(tx, seated.talk_id, seated.side, seated.seat)
    if left:
        await door.push.peer(seated.talk_id, other_side(seated.side), 0, None)
