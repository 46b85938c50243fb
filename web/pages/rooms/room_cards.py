"""A room's card for messengers: drawn when first asked for, anew when the room has changed."""

import hashlib
import re
from collections import OrderedDict

from aiohttp.web import HTTPServiceUnavailable, Request, Response

from foundation.language import N_, translate
from foundation.threads import CrowdedError, Threads
from people.meeting import photos
from record.site.particulars import Particulars
from rooms.lobby import directory
from rooms.lobby.directory import RoomCard
from web.http.headers import YEAR_SECONDS
from web.http.keys import DATABASE, SETTINGS, SITE
from web.http.paths import id_in_path
from web.pages.rooms import card_drawing
from web.pages.rooms.card_drawing import CardWords

PRICE, NAME = N_("1分 ¥%(rate)s"), N_("%(name)sさん")
# Changed with the drawing: then every card has a new address.
LAYOUT = "1"
# Of some 50 kilobytes each.
MOST_KEPT = 100
HOUR_SECONDS = 3600
_PHOTO = re.compile(r"/photos/([A-Za-z0-9_-]{43})-320\.webp")

_threads = Threads("cards", at_once=1, most=8)
_kept: OrderedDict[str, bytes] = OrderedDict()


def card_path(card: RoomCard, locale: str, site: Particulars) -> str:
    """Return the address of a room's card as it is now; another one once anything on it changes."""
    return f"/rooms/{card.id}/card-{locale}-{_digest(card, locale, site)}.jpg"


async def room_card(request: Request) -> Response:
    """Show a room's card as it is now, whichever one was asked for."""
    locale, room_id = request.match_info["locale"], id_in_path(request, "room_id")
    site = request.app[SITE].now
    async with request.app[DATABASE].transaction() as tx:
        card = (await directory.room_detail(tx, request.app[SETTINGS], room_id, None)).card
        digest = _digest(card, locale, site)
        known = _kept.get(digest)
        found = _PHOTO.fullmatch(card.portrait or "") if known is None else None
        photo = await photos.picture(tx, found[1], "whole") if found else None
    shown = photo.data if photo and photo.public else None
    body = known or await _drawn(digest, _words(card, locale, site, shown))
    seconds = YEAR_SECONDS if digest == request.match_info["digest"] else HOUR_SECONDS
    headers = {"Cache-Control": f"public, max-age={seconds}", "Content-Disposition": "inline"}
    return Response(body=body, content_type="image/jpeg", headers=headers)


async def _drawn(digest: str, words: CardWords) -> bytes:
    try:
        made = await _threads.run(lambda: card_drawing.draw(words))
    except CrowdedError:
        raise HTTPServiceUnavailable(headers={"Retry-After": "5"}) from None
    _kept[digest] = made
    while len(_kept) > MOST_KEPT:
        _kept.popitem(last=False)
    return made


def _words(card: RoomCard, locale: str, site: Particulars, photo: bytes | None) -> CardWords:
    return CardWords(
        card.title,
        translate(locale, NAME, name=card.cast_name),
        translate(locale, PRICE, rate=f"{card.rate:,}"),
        site.name(locale),
        photo,
        site.accent.light.accent,
        site.accent.light.soft,
    )


def _digest(card: RoomCard, locale: str, site: Particulars) -> str:
    shown = (
        LAYOUT, locale, card.title, card.cast_name, str(card.rate), card.portrait or "",
        site.name(locale), site.accent.light.accent,
    )  # fmt: skip
    return hashlib.sha256("\0".join(shown).encode()).hexdigest()[:16]
