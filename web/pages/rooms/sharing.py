"""What messengers show of a link to a room: its address, a sentence and a picture."""

from dataclasses import dataclass

from aiohttp.web import Request

from foundation.language import N_, translate
from foundation.settings import Settings
from rooms.lobby.directory import RoomDetail
from rooms.talk.free_time import free_words
from web.http.keys import SETTINGS, SITE
from web.http.visit import reader_locale
from web.pages.casts.share_links import ShareLinks, share_links, site_of
from web.pages.rooms.room_cards import card_path

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
    card: str
    links: ShareLinks | None


def link_preview(request: Request, room: RoomDetail, code: str | None) -> LinkPreview | None:
    """Return what a link to a room shows; nothing for a room that isn't published.

    `code` is that of its short address.
    """
    card = room.card
    if not card.published:
        return None
    site, locale = site_of(request), reader_locale(request)
    return LinkPreview(
        site,
        f"{site}/rooms/{card.id}",
        _text(request.app[SETTINGS], locale, room),
        f"{site}{card_path(card, locale, request.app[SITE].now)}",
        share_links(request, code, card.title, card.rate),
    )


def _text(settings: Settings, locale: str, room: RoomDetail) -> str:
    told = {"rate": f"{room.card.rate:,}", "words": shortened(room.text, MOST_WORDS)}
    if not settings.free_seconds:
        return translate(locale, NOT_FREE, **told)
    return translate(locale, FREE, free=free_words(settings, locale), **told)


def shortened(text: str, most: int) -> str:
    """Return a text on one line, cut off behind so many characters."""
    words = " ".join(text.split())
    return words if len(words) <= most else f"{words[: most - 1]}…"
