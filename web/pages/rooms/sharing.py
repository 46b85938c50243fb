"""What messengers show of a link to a room: its address, a sentence and a picture."""

from dataclasses import dataclass

from aiohttp.web import Request

from foundation.language import N_, translate
from foundation.settings import Settings
from people.meeting.profiles import Profile
from rooms.lobby.directory import RoomDetail
from rooms.talk.free_time import free_words
from web.http.keys import SETTINGS
from web.http.visit import reader_locale

# Messengers cut a description off at about so many characters.
MOST_WORDS = 90
FREE = N_("1分%(rate)sポイント、%(free)s。%(words)s")
NOT_FREE = N_("1分%(rate)sポイント。%(words)s")


@dataclass(frozen=True)
class LinkPreview:
    """A room's one address and what stands beside it. `site` is the address before every path."""

    site: str
    url: str
    text: str
    card: str | None


def link_preview(request: Request, room: RoomDetail, profile: Profile) -> LinkPreview | None:
    """Return what a link to a room shows; nothing for a room that isn't published."""
    if not room.card.published:
        return None
    settings = request.app[SETTINGS]
    site = settings.public_url or f"{request.scheme}://{request.host}"
    return LinkPreview(
        site,
        f"{site}/rooms/{room.card.id}",
        _text(settings, reader_locale(request), room),
        f"{site}{profile.card}" if profile.card else None,
    )


def _text(settings: Settings, locale: str, room: RoomDetail) -> str:
    words = " ".join(room.text.split())
    if len(words) > MOST_WORDS:
        words = f"{words[: MOST_WORDS - 1]}…"
    told = {"rate": f"{room.card.rate:,}", "words": words}
    if not settings.free_seconds:
        return translate(locale, NOT_FREE, **told)
    return translate(locale, FREE, free=free_words(settings, locale), **told)
