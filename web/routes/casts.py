"""The addresses of becoming and being a cast."""

from functools import partial

from aiohttp import web

from web.http.paths import number, secret
from web.pages.casts import identity, join, own_rooms, profile
from web.pages.offering import room_photos

ROOM = f"/console/rooms/{number('room_id')}"
ROOM_PHOTO = f"{ROOM}/photos/{number('photo_id')}"
PHOTOS = "/console/profile/photos"
PHOTO = f"{PHOTOS}/{number('photo_id')}"


def cast_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of becoming a cast, and of the cast's side."""
    return [
        web.get("/casts/join", join.show_join),
        web.post("/casts/join", join.join),
        *profile_routes(),
        *identity_routes(),
        *own_room_routes(),
    ]


def profile_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of a cast's profile and photos."""
    return [
        web.get("/console/profile", profile.show_profile),
        web.post("/console/profile", profile.save_profile),
        # Where a refused photo leaves the browser: choosing a language there asks for it anew.
        web.get(PHOTOS, profile.show_profile),
        web.post(PHOTOS, profile.add_photo),
        web.post(f"{PHOTO}/portrait", profile.choose_portrait),
        web.post(f"{PHOTO}/move", profile.move_photo),
        web.post(f"{PHOTO}/delete", profile.delete_photo),
        web.get(f"/photos/{secret('name')}" + r"{end:\.webp|-320\.webp|-card\.jpg}", profile.photo),
    ]


def identity_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which a cast shows who they are."""
    return [
        web.get(identity.PAGE, identity.show_identity),
        # As of photos: where a refused one leaves the browser.
        web.get(f"{identity.PAGE}/front", identity.show_identity),
        web.get(f"{identity.PAGE}/back", identity.show_identity),
        web.post(f"{identity.PAGE}/front", partial(identity.add_side, side="front")),
        web.post(f"{identity.PAGE}/back", partial(identity.add_side, side="back")),
        web.post(f"{identity.PAGE}/send", identity.send),
        web.post(f"{identity.PAGE}/take-back", identity.take_back),
    ]


def own_room_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which a cast writes and publishes rooms."""
    return [
        web.get("/console/rooms", own_rooms.show_rooms),
        web.post("/console/rooms", own_rooms.make),
        web.get("/console/rooms/new", own_rooms.show_new),
        web.get(ROOM, own_rooms.show_room),
        web.post(ROOM, own_rooms.save),
        web.get(f"{ROOM}/preview", own_rooms.preview),
        web.post(f"{ROOM}/publish", own_rooms.publish),
        web.post(f"{ROOM}/unpublish", own_rooms.unpublish),
        web.post(f"{ROOM}/delete", own_rooms.delete),
        web.get(f"{ROOM}/photos", room_photos.show_photos),
        web.post(f"{ROOM}/photos", room_photos.add_photo),
        web.post(f"{ROOM_PHOTO}/move", room_photos.move_photo),
        web.post(f"{ROOM_PHOTO}/delete", room_photos.delete_photo),
    ]
