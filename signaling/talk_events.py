"""Events of the two who are in a talk."""

from prometheus_client import Counter

from foundation.errors import ProtocolError
from media import hosts
from rooms.booking import going_on
from rooms.recording import standing
from rooms.talk import caps, history, messages, readings, seats
from rooms.talk.proof import frozen
from rooms.talk.seats import Seat
from signaling.door import Door
from signaling.guard import Ack, Connection, Seated
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
from signaling.push import other_side, talk_room
from signaling.relayed.talks import PairWay
from signaling.signals import passed
from signaling.ways import IceWays, ways_of

RECONNECTS = Counter(
    "hitotoki_talk_reconnects", "Pairs of connections that a side asked for anew.", ["path"]
)


def add_handlers(door: Door) -> None:
    """Give the door its handlers."""
    door.on("talk:join", TalkJoin, _join)
    door.on("talk:signal", TalkSignal, _signal)
    door.on("talk:beat", TalkBeat, _beat)
    door.on("talk:say", TalkSay, _say)
    door.on("talk:leave", TalkLeave, _leave)
    door.on("talk:cap", TalkCap, _cap)
    door.on("talk:go_on", TalkGoOn, _go_on)
    door.on("talk:by_voice", TalkByVoice, _by_voice)


async def _join(door: Door, connection: Connection, asked: TalkJoin) -> Ack:
    user_id = connection.signed_in()
    if asked.fresh:
        # What was told of the pair that ends with this must be in the books before.
        await door.pulse.flush(asked.talk_id)
    async with door.talking() as tx:
        seat = await seats.join(
            tx,
            door.settings,
            asked.talk_id,
            user_id,
            asked.tab,
            connection.sid,
            fresh=asked.fresh,
            take_over=asked.take_over,
        )
        host = await hosts.find(tx, seat.host) if seat.host is not None else None
        ways = await ways_of(tx, door.settings, asked.talk_id)
        told = await messages.latest(tx, asked.talk_id)
        meters = await readings.read(tx, door.settings, [asked.talk_id])
        recording = await standing.of_talk(tx, door.settings, asked.talk_id)
        # Whoever went meanwhile leaves the seat as it was; whoever goes from here on vacates it.
        door.must_be_connected(connection)
        name = seats.seat_of(asked.tab, connection.sid)
        connection.seated = Seated(asked.talk_id, seat.side, name, ways[seat.side].hides)
    door.relayed.learn(asked.talk_id, PairWay(seat.pair, host))
    await _take_seat(door, connection, asked.talk_id, seat, ways[other_side(seat.side)])
    return {
        "side": seat.side,
        "polite": seat.side == "cast",
        "pair": seat.pair,
        "peer": seat.peer,
        "video": seat.video,
        **ways[seat.side].as_event(),
        "meter": meters[asked.talk_id].for_side(seat.side),
        "recording": recording.for_side(seat.side),
        "messages": [message.as_event() for message in told],
        "beat_seconds": door.settings.beat_seconds,
    }


async def _take_seat(
    door: Door, connection: Connection, talk_id: int, seat: Seat, others: IceWays
) -> None:
    """Let this connection, and no other of its side, hear what is said to the seat."""
    await door.push.displace(talk_id, seat.side, connection.sid, seat.displaced)
    door.must_be_connected(connection)
    await door.sio.enter_room(connection.sid, talk_room(talk_id, seat.side))
    await door.push.peer(talk_id, other_side(seat.side), seat.pair, others)
    if seat.side == "cast":
        # Answered: it rings no more, on whichever of their devices.
        await door.push.rings([connection.signed_in()])
    if seat.anew:
        RECONNECTS.labels(others.path).inc()
    if seat.new_pair:
        await door.push.talks([talk_id])


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
