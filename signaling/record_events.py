"""Recording a talk: asked for, agreed to and stopped by its two people."""

from rooms.recording import asking, standing, way
from signaling.door import Door
from signaling.guard import Ack, Connection
from signaling.protocol import TalkRecord
from signaling.relayed.moves import tell_pairs
from signaling.talk_events import seated_in


def add_handlers(door: Door) -> None:
    """Give the door its handler."""
    door.on("talk:record", TalkRecord, _record)


async def _record(door: Door, connection: Connection, asked: TalkRecord) -> Ack:
    seated = seated_in(door, connection, asked.talk_id)
    talk_id, user_id = asked.talk_id, connection.signed_in()
    agreed = False
    async with door.talking() as tx:
        if asked.act == "ask":
            agreed = await asking.ask(tx, door.settings, talk_id, user_id, asked.seen)
        elif asked.act == "agree":
            await asking.agree(tx, door.settings, talk_id, user_id, asked.seen)
            agreed = True
        elif asked.act == "stop":
            await asking.stop(tx, talk_id, user_id)
        now = await standing.of_talk(tx, door.settings, talk_id)
    if asked.act != "look":
        await door.push.recordings([talk_id])
    if agreed:
        await _make_way(door, talk_id)
    if now.state == "ended" and now.recording_id is not None and asked.act == "stop":
        await door.relayed.hurry(talk_id, now.recording_id)
    return {"recording": now.for_side(seated.side)}


async def _make_way(door: Door, talk_id: int) -> None:
    """Move the talk to a media process; both know by now what for."""
    # What was told of the pair that ends with this must be in the books before.
    await door.pulse.flush(talk_id)
    async with door.talking() as tx:
        moved = await way.make(tx, door.settings, talk_id)
    if moved:
        await tell_pairs(door.push, door.live, door.settings, [talk_id])
