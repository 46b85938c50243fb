"""The addresses at which administrators make the site their own."""

from aiohttp import web

from web.pages.staff.site import look, words


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
    ]
