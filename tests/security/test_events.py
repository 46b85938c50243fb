"""A realtime event with the id of somebody else's talk or room does nothing."""

from typing import Any

import pytest

from foundation.database import Database
from foundation.settings import Settings
from signaling import presence_events, talk_events
from signaling.protocol import Payload
from tests.security.everything import fingerprint
from tests.signaling.browser import FakeBrowser, flow
from tests.signaling.conftest import Connect, connect, server
from tests.world import World, new_user

__all__ = ["connect", "server"]

# What each field may hold, so that nothing but the id is wrong.
FIELDS: dict[str, Any] = {
    "tab": "tab-one-0001", "fresh": True, "take_over": True, "pair": 1, "candidate": None,
    "audio": flow(), "video": None, "packets": 1, "lost": 0, "rtt_ms": 1, "hidden": False,
    "key": "message-1", "text": "x", "agree": True, "minutes": 1,
}  # fmt: skip
REFUSED = {"talk_unknown", "not_in_talk", "not_reserved", "room_unknown", "cast_only"}


class Registry:
    """Stands in for the door, and keeps which events there are."""

    def __init__(self) -> None:
        self.payloads: dict[str, type[Payload]] = {}

    def on(self, event: str, payload: type[Payload], _: object) -> None:
        """Keep an event."""
        self.payloads[event] = payload


def events() -> dict[str, type[Payload]]:
    """Every event with an id, and its payload."""
    registry = Registry()
    presence_events.add_handlers(registry)  # type: ignore[arg-type]
    talk_events.add_handlers(registry)  # type: ignore[arg-type]
    named = {"talk_id", "room_id"}
    return {e: p for e, p in registry.payloads.items() if named & p.model_fields.keys()}


@pytest.mark.parametrize("event", sorted(events()))
async def test_an_event_about_anothers_talk_or_room_is_refused(
    database: Database, settings: Settings, connect: Connect, event: str
) -> None:
    world = await World.of(database, settings)
    await world.enter()
    await world.beat()
    async with database.transaction() as tx:
        stranger = await new_user(tx)
    browser: FakeBrowser = await connect(stranger)
    wanted = events()[event].model_fields.keys() - {"description"}
    payload = {name: value for name, value in FIELDS.items() if name in wanted}
    payload |= {"talk_id": world.talk} if "talk_id" in wanted else {"room_id": world.room}
    before = await fingerprint(database)
    answer = await browser.ask(event, payload)
    assert answer.get("code") in REFUSED, answer
    assert await fingerprint(database) == before
