"""The addresses of becoming and being a cast, and of the public pages to read."""

from aiohttp import web

from web.pages.casts import join, own_rooms, profile
from web.pages.site import contact, reading
from web.pages.staff import applications, inquiries

APPLICATION = "/staff/applications/{application_id:[0-9]{1,19}}"
INQUIRY = "/staff/inquiries/{inquiry_id:[0-9]{1,19}}"
ROOM = "/console/rooms/{room_id:[0-9]{1,19}}"
PHOTOS = "/console/profile/photos"
PHOTO = PHOTOS + "/{photo_id:[0-9]{1,19}}"


def cast_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of becoming a cast, and of a cast's profile, photos and rooms."""
    return [
        web.get("/casts/join", join.show_join),
        web.post("/casts/join", join.join),
        web.get("/staff/applications", applications.queue),
        web.post(f"{APPLICATION}/approve", applications.approve),
        web.post(f"{APPLICATION}/decline", applications.decline),
        web.get("/console/profile", profile.show_profile),
        web.post("/console/profile", profile.save_profile),
        # Where a refused photo leaves the browser: choosing a language there asks for it anew.
        web.get(PHOTOS, profile.show_profile),
        web.post(PHOTOS, profile.add_photo),
        web.post(f"{PHOTO}/portrait", profile.choose_portrait),
        web.post(f"{PHOTO}/move", profile.move_photo),
        web.post(f"{PHOTO}/delete", profile.delete_photo),
        web.get(
            r"/photos/{name:[A-Za-z0-9_-]{43}}{end:\.webp|-320\.webp|-card\.jpg}", profile.photo
        ),
        web.get("/console/rooms", own_rooms.show_rooms),
        web.post("/console/rooms", own_rooms.make),
        web.get("/console/rooms/new", own_rooms.show_new),
        web.get(ROOM, own_rooms.show_room),
        web.post(ROOM, own_rooms.save),
        web.get(f"{ROOM}/preview", own_rooms.preview),
        web.post(f"{ROOM}/publish", own_rooms.publish),
        web.post(f"{ROOM}/unpublish", own_rooms.unpublish),
        web.post(f"{ROOM}/delete", own_rooms.delete),
    ]


def public_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of the pages to read, and of writing to the staff."""
    return [
        web.get("/faq", reading.faq),
        web.get("/prices", reading.prices),
        web.get("/terms", reading.terms),
        web.get("/privacy", reading.privacy),
        web.get("/legal", reading.legal),
        web.get("/contact", contact.show_contact),
        web.post("/contact", contact.contact),
        web.get("/staff/inquiries", inquiries.queue),
        web.post(f"{INQUIRY}/answer", inquiries.answer),
        web.post(f"{INQUIRY}/close", inquiries.close),
    ]
