"""docs/protocol.md names every event of the code, and the code knows every event it names."""

import re
from pathlib import Path

import pytest
import socketio
from pydantic import ValidationError

from foundation.database import Database
from foundation.settings import Settings
from signaling import presence_events, record_events, ring_events, talk_events
from signaling.door import Door
from signaling.guard import Guard
from signaling.protocol import TalkSignal
from signaling.pulse import Pulse
from signaling.push import Push
from signaling.relayed.counted import CountedBeats
from signaling.relayed.talks import RelayedTalks
from signaling.written import topic_events

ROOT = Path(__file__).resolve().parent.parent.parent
KINDS = "chat|connection|day|directory|inbox|letter|question|ring|standby|talk|topic|waiting"
EVENT = re.compile(f"`((?:{KINDS}):[a-z_]+)`")
EMITTED = re.compile(f'"((?:{KINDS}):[a-z_]+)"')
PUSHES = ("signaling/push.py", "signaling/written/pushes.py")


def test_the_page_names_every_event_and_no_other(settings: Settings) -> None:
    page = set(EVENT.findall((ROOT / "docs/protocol.md").read_text(encoding="utf-8")))
    code = "".join((ROOT / name).read_text(encoding="utf-8") for name in PUSHES)
    pushed = set(EMITTED.findall(code))
    assert page == _answered(settings) | pushed


def _answered(settings: Settings) -> set[str]:
    sio = socketio.AsyncServer(async_mode="aiohttp")
    database = Database("postgresql://nobody@localhost/nothing")
    push = Push(sio, database, settings)
    relayed = RelayedTalks(settings, database)
    pulse = Pulse(database, settings, push, CountedBeats(relayed))
    door = Door(sio, settings, database, database, Guard(settings), push, pulse, relayed)
    presence_events.add_handlers(door)
    talk_events.add_handlers(door)
    record_events.add_handlers(door)
    ring_events.add_handlers(door)
    topic_events.add_handlers(door)
    return set(sio.handlers["/"])


def test_a_null_candidate_is_a_signal_and_nothing_is_none() -> None:
    assert TalkSignal.model_validate({"talk_id": 1, "pair": 1, "candidate": None}).candidate is None
    with pytest.raises(ValidationError):
        TalkSignal.model_validate({"talk_id": 1, "pair": 1})
