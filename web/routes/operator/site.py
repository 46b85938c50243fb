"""The addresses at which the site is made one's own, and what it sells is kept."""

from aiohttp import web

from web.http.paths import number
from web.pages.staff import packs
from web.pages.staff.site import coupons, doors, look, telling, words


def staff_site_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of the site's settings."""
    return [
        web.get("/staff/site", words.show),
        web.post("/staff/site/name", words.name_it),
        web.post("/staff/site/words", words.word_it),
        web.post("/staff/site/sender", words.name_sender),
        web.post("/staff/site/languages", words.offer_languages),
        web.get("/staff/site/look", look.show),
        web.get("/staff/site/preview.css", look.preview),
        web.post("/staff/site/colour", look.colour_it),
        web.post("/staff/site/icon", look.icon),
        web.post("/staff/site/logo", look.logo),
        web.post("/staff/site/plain", look.plain),
        web.get("/staff/site/telling", telling.show),
        web.post("/staff/site/announce", telling.announce),
        web.post("/staff/site/take-back", telling.take_back),
        web.post("/staff/site/rest", telling.rest),
        web.post("/staff/site/rest-no-more", telling.rest_no_more),
        web.get("/staff/site/doors", doors.show),
        web.post("/staff/site/shut", doors.shut),
    ]


def selling_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of what else is offered besides the packs as they are."""
    return [
        web.post("/staff/packs", packs.add_pack),
        web.post(f"/staff/packs/{number('pack_id')}/move", packs.move_pack),
        web.get("/staff/packs/coupons", coupons.show),
        web.post("/staff/packs/coupons", coupons.make),
        web.post(f"/staff/packs/coupons/{number('coupon_id')}/end", coupons.end),
    ]
