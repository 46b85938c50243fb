"""The addresses at which rooms are found, by people and by search engines."""

from aiohttp import web

from web.api import engines
from web.http.paths import number
from web.pages.finding import front, viewed


def finding_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of the front page, the search, what one looked at, and for engines."""
    return [
        web.get("/", front.front),
        web.get("/search", front.find),
        web.get("/viewed", viewed.show_viewed),
        web.post("/viewed/erase", viewed.erase),
        web.post("/viewed/keep", viewed.set_kept),
        web.get("/robots.txt", engines.robots),
        web.get("/sitemap.xml", engines.sitemap),
        web.get(f"/sitemaps/{number('part')}.xml", engines.part),
    ]
