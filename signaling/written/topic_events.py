"""Members who have a topic of the board open hear when something in it changes."""

from foundation.errors import ProtocolError
from signaling.door import Door
from signaling.guard import Ack, Connection
from signaling.memberships import TOPIC, topic_room
from signaling.protocol import TopicWatch
from writing.board import topics


def add_handlers(door: Door) -> None:
    """Give the door its handlers."""
    door.on("topic:watch", TopicWatch, _watch)


async def _watch(door: Door, connection: Connection, asked: TopicWatch) -> Ack:
    """Let a connection hear of one topic, which is there for its user, and of no other any more."""
    user_id = connection.signed_in()
    if not door.settings.board:
        raise ProtocolError("board_closed")
    async with door.database.transaction() as tx:
        await topics.find(tx, asked.topic_id, user_id)
    wanted = topic_room(asked.topic_id)
    now = {room for room in door.sio.rooms(connection.sid) if room.startswith(f"{TOPIC}:")}
    for room in now - {wanted}:
        await door.sio.leave_room(connection.sid, room)
    door.must_be_connected(connection)
    await door.sio.enter_room(connection.sid, wanted)
    return {}
