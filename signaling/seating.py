"""Sitting down in a talk: by an event of the page, or together with the entry that began it."""

import asyncio

import structlog
from aiohttp.web import AppKey
from prometheus_client import Counter
from pydantic import ValidationError

from foundation.errors import ProtocolError, UserError
from foundation.log import note_failure
from media import hosts
from rooms.ground.live import other_side
from rooms.recording import standing
from rooms.talk import messages, readings, seats
from rooms.talk.seats import Seat
from signaling.door import Door
from signaling.guard import Ack, Connection, Seated
from signaling.memberships import talk_room
from signaling.protocol import TalkJoin
from signaling.relayed.talks import PairWay
from signaling.ways import IceWays, ways_of

log = structlog.get_logger(__name__)

# The answer to an entry waits no longer for its seat: the page then sits down by itself.
ENTRY_SECONDS = 3

RECONNECTS = Counter(
    "hitotoki_talk_reconnects", "Pairs of connections that a side asked for anew.", ["path"]
)


async def sit(door: Door, connection: Connection, asked: TalkJoin) -> Ack:
    """Give a connection its side's seat; return what `talk:join` is answered.

    Raises UserError and ProtocolError as docs/protocol.md names them.
    """
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
    # Whoever sits down needn't wait for these.
    if seat.side == "cast":
        # Answered: it rings no more, on whichever of their devices.
        await door.push.soon(door.push.rings([connection.signed_in()]))
    if seat.anew:
        RECONNECTS.labels(others.path).inc()
    if seat.new_pair:
        await door.push.soon(door.push.talks([talk_id]))


class Seating:
    """Seats the caller of a talk that has just begun, where the entry names its page."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def at_entry(self, talk_id: int, caller_id: int, tab: str, socket: str) -> Ack | None:
        """Give the page that entered its seat; return what `talk:join` would have answered it.

        `socket` is the page's connection. None where it is not one of this process's, or not the
        caller's, or anything else stands against it: the page then joins by itself.
        """
        connection = self._door.guard.connections.get(socket)
        if connection is None or connection.user_id != caller_id:
            return None
        try:
            asked = TalkJoin(talk_id=talk_id, tab=tab, fresh=True)
            async with asyncio.timeout(ENTRY_SECONDS):
                return await sit(self._door, connection, asked)
        except (ValidationError, ProtocolError, UserError):
            return None
        except Exception as error:
            # The talk has begun all the same: its page must learn that, if not of its seat.
            note_failure(log, "signaling.not_seated", error)
            return None


SEATING = AppKey("seating", Seating)
