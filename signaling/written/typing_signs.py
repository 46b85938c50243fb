"""What happens in a consultation while it is written in."""

import time

from foundation.errors import UserError
from signaling.door import Door
from signaling.guard import Ack, Connection
from signaling.protocol import ChatTyping
from writing.chat import saying

# Who writes on tells it every three seconds.
LEAST_SECONDS = 2.0


def add_handlers(door: Door) -> None:
    """Give the door its handlers."""
    door.on("chat:typing", ChatTyping, _typing)


async def _typing(door: Door, connection: Connection, asked: ChatTyping) -> Ack:
    """Tell the other that one writes; nothing of it is kept, and what comes too soon is dropped."""
    user_id, now = connection.signed_in(), time.monotonic()
    if now - connection.typed_at < LEAST_SECONDS:
        return {}
    connection.typed_at = now
    try:
        async with door.database.transaction() as tx:
            other_id = await saying.may_type(tx, asked.chat_id, user_id)
    except UserError:
        # Whether there is such a consultation is told to nobody who has nothing to do with it.
        return {}
    if other_id is not None:
        await door.push.typing(asked.chat_id, other_id)
    return {}
