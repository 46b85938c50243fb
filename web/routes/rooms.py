"""The addresses of rooms, of talks, and of favourite casts."""

from aiohttp import web

from web.http.paths import number
from web.pages.ratings import cast_ratings, own_standing
from web.pages.rooms import (
    cast_page,
    claims,
    favourites,
    rating,
    room_cards,
    rooms,
    short,
    talks,
    waiting,
)

ROOM = f"/rooms/{number('room_id')}"
TALK = f"/talks/{number('talk_id')}"
SHORT = "/r/{code:[1-9A-HJ-NP-Za-km-z]{6}}"
CARD = "card-{locale:ja|en}-{digest:[0-9a-f]{16}}.jpg"
CAST = f"/casts/{number('cast_id')}"


def room_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which people find a room, talk, and look at a talk afterwards."""
    return [
        web.get(ROOM, rooms.room),
        web.get(f"{ROOM}/{CARD}", room_cards.room_card),
        web.get(SHORT, short.lead),
        web.get(f"{SHORT}/qr.svg", short.qr_code),
        web.get(f"{ROOM}/enter", rooms.enter),
        web.post(f"{ROOM}/entry", rooms.begin),
        web.post(f"{ROOM}/wait", waiting.wait),
        web.get(CAST, cast_page.cast),
        web.get("/favourites", favourites.show_favourites),
        web.post(f"{CAST}/favourite", favourites.set_favourite),
        web.post(f"{CAST}/favourite/tell", favourites.set_tells),
        web.get("/talks", talks.show_history),
        web.get(TALK, talks.talk),
        web.post(f"{TALK}/rating", rating.rate),
        web.post(f"{TALK}/rating/answer", rating.answer),
        web.post(f"{TALK}/caller-rating", rating.rate_caller),
        web.get(f"{CAST}/ratings", cast_ratings.show_ratings),
        web.get("/settings/standing", own_standing.show_standing),
        web.get(f"{TALK}/claim", claims.show_claim),
        web.post(f"{TALK}/claim", claims.send_claim),
    ]
