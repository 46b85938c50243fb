"""Making what casts' names sound like, when they change: a job, for the voice takes its time."""

import structlog

from media.speech import kana, voice
from media.speech.voice import VoiceFailedError
from people.telephones import spoken_names
from scheduler.errands import Tools

log = structlog.get_logger(__name__)


async def speak_name(tools: Tools, user_id: int) -> None:
    """Make the sound of a name, where its reading still has none."""
    async with tools.database.transaction() as tx:
        reading = await spoken_names.to_make(tx, user_id)
    if reading is None:
        return
    sound = await _sound(reading)
    async with tools.database.transaction() as tx:
        await spoken_names.keep(tx, user_id, reading, sound)


async def _sound(reading: str) -> bytes:
    """Return it by the site's voice; where there is none, or it fails, mora by mora."""
    if voice.has_voice():
        try:
            return await voice.speak(reading)
        except (VoiceFailedError, OSError):
            log.exception("speech.voice_failed")
    return kana.spelled(reading)
