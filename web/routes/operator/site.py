"""The addresses at which the site is made one's own, and what it sells is kept."""

from aiohttp import web

from web.http.paths import number
from web.pages.staff import packs
from web.pages.staff.site import coupons, doors, look, telling, words
from web.pages.staff.site.parts import administrators


def staff_site_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of the site's settings."""
    return [
        web.get("/staff/site", words.show),
        web.post("/staff/site/name", administrators(words.name_it)),
        web.post("/staff/site/words", administrators(words.word_it)),
        web.post("/staff/site/sender", administrators(words.name_sender)),
        web.post("/staff/site/languages", administrators(words.offer_languages)),
        web.get("/staff/site/look", look.show),
        web.get("/staff/site/preview.css", look.preview),
        web.post("/staff/site/colour", administrators(look.colour_it)),
        web.post("/staff/site/icon", administrators(look.icon)),
        web.post("/staff/site/logo", administrators(look.logo)),
        web.post("/staff/site/plain", administrators(look.plain)),
        web.get("/staff/site/telling", telling.show),
        web.post("/staff/site/announce", administrators(telling.announce)),
        web.post("/staff/site/take-back", administrators(telling.take_back)),
        web.post("/staff/site/rest", administrators(telling.rest)),
        web.post("/staff/site/rest-no-more", administrators(telling.rest_no_more)),
        web.get("/staff/site/doors", doors.show),
        web.post("/staff/site/shut", administrators(doors.shut)),
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
