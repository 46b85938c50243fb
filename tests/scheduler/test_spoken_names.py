"""A name that changes gets its sound from a job: by the voice, or mora by mora without one."""

import pytest

from foundation.database import Database
from foundation.settings import Settings
from media.speech import kana, voice
from media.speech.voice import VoiceFailedError
from notify.senders import leave_in_mailbox
from people.telephones import spoken_names
from scheduler import tasks
from scheduler.errands import Tools
from tests.world import new_user


async def made(database: Database, settings: Settings, typed: str = "はるか") -> bytes | None:
    """Let a cast say how their name is read, and the jobs run; what there is to hear."""
    async with database.transaction() as tx:
        user = await new_user(tx, "遥")
        await spoken_names.change(tx, user, typed)
    tools = Tools(settings, database, leave_in_mailbox)
    await tasks.work(tasks.clockwork(tools, lines=()), until_idle=True)
    async with database.transaction() as tx:
        return await spoken_names.heard(tx, user)


async def test_without_a_voice_it_is_composed_of_morae(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "has_voice", lambda: False)
    assert await made(database, settings) == kana.spelled("ハルカ")


async def test_with_a_voice_it_speaks_and_where_it_fails_nobody_waits(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def speak(reading: str) -> bytes:
        if reading == "ハルカ":
            return b"spoken"
        raise VoiceFailedError("it ended with 1")

    monkeypatch.setattr(voice, "has_voice", lambda: True)
    monkeypatch.setattr(voice, "speak", speak)
    assert await made(database, settings) == b"spoken"
    assert await made(database, settings, "ゆき") == kana.spelled("ユキ")
