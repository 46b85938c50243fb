"""For search engines: what they may read, and where everything that anyone may see stands."""

from collections.abc import Iterable
from xml.sax.saxutils import escape

from aiohttp.web import HTTPNotFound, Request, Response

from rooms.finding import sitemaps
from web.http.keys import DATABASE, SETTINGS
from web.http.paths import id_in_path
from web.http.public_pages.addresses import PublicPage, public, site_address
from web.http.public_pages.descriptions import DESCRIPTIONS
from writing.board import listing as board

HOUR = {"Cache-Control": "public, max-age=3600"}
# What is one member's, the staff's or a machine's: nothing to be found there.
CLOSED = (
    "/answers", "/board/new", "/console", "/demo", "/favourites", "/inbox", "/points", "/push",
    "/recordings", "/reservations", "/requests", "/ring", "/settings", "/sign-in", "/sign-up",
    "/staff", "/talks", "/topics", "/viewed", "/webhooks",
)  # fmt: skip
BOARD_PAGES = ("/board", "/board/guide", "/board/members")
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
LINKS = 'xmlns:xhtml="http://www.w3.org/1999/xhtml"'


async def robots(request: Request) -> Response:
    """Say what engines may read, and where the map is."""
    closed = "".join(f"Disallow: {path}\n" for path in CLOSED)
    text = f"User-agent: *\n{closed}\nSitemap: {site_address(request)}/sitemap.xml\n"
    return Response(text=text, headers=HOUR)


async def sitemap(request: Request) -> Response:
    """Name the parts of the map: the first is of pages, the others are of rooms and casts."""
    async with request.app[DATABASE].transaction() as tx:
        parts = 1 + await sitemaps.parts(tx)
        of_board = max(1, await board.map_parts(tx)) if request.app[SETTINGS].board else 0
    site = site_address(request)
    names = [f"{n}" for n in range(1, parts + 1)]
    names += [f"board-{n}" for n in range(1, of_board + 1)]
    named = "".join(
        f"<sitemap><loc>{escape(site)}/sitemaps/{name}.xml</loc></sitemap>\n" for name in names
    )
    return _xml(f"<sitemapindex {SITEMAP}>\n{named}</sitemapindex>\n")


async def part(request: Request) -> Response:
    """Name the pages of one part of the map, each in all languages."""
    number = id_in_path(request, "part")
    if number == 1:
        return _urls(public(request, path) for path in DESCRIPTIONS)
    async with request.app[DATABASE].transaction() as tx:
        rooms = await sitemaps.rooms_of(tx, number - 1)
        casts = await sitemaps.casts_of(tx, number - 1)
    if not rooms:
        raise HTTPNotFound
    paths = [*(f"/rooms/{room}" for room in rooms), *(f"/casts/{cast}" for cast in casts)]
    return _urls(public(request, path) for path in paths)


async def board_part(request: Request) -> Response:
    """Name the topics of one part of the board's map; in the first its pages as well."""
    number = id_in_path(request, "part")
    async with request.app[DATABASE].transaction() as tx:
        topics = await board.public_ids(tx, number)
    pages = BOARD_PAGES if number == 1 else ()
    if not topics and not pages:
        raise HTTPNotFound
    return _urls(public(request, path) for path in (*pages, *(f"/board/{one}" for one in topics)))


def _urls(pages: Iterable[PublicPage]) -> Response:
    urls = "".join(_url(address, page) for page in pages for address in page.others.values())
    return _xml(f"<urlset {SITEMAP} {LINKS}>\n{urls}</urlset>\n")


def _url(address: str, page: PublicPage) -> str:
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{code}" href="{escape(other)}"/>'
        for code, other in page.others.items()
    )
    return f"<url><loc>{escape(address)}</loc>{others}</url>\n"


def _xml(text: str) -> Response:
    return Response(text=HEAD + text, content_type="application/xml", charset="utf-8", headers=HOUR)
