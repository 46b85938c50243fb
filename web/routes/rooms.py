"""The addresses of rooms, of talks, and of favourite casts."""

from aiohttp import web

from web.http.paths import number
from web.pages.ratings import cast_ratings, own_standing
from web.pages.rooms import claims, favourites, rating, rooms, talks, waiting

ROOM = f"/rooms/{number('room_id')}"
TALK = f"/talks/{number('talk_id')}"
CAST = f"/casts/{number('cast_id')}"


def room_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which people find a room, talk, and look at a talk afterwards."""
    return [
        web.get(ROOM, rooms.room),
        web.get(f"{ROOM}/enter", rooms.enter),
        web.post(f"{ROOM}/entry", rooms.begin),
        web.post(f"{ROOM}/wait", waiting.wait),
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
