"""What a site brings of its own look: a style sheet, its icons, its logo, its share picture."""

from functools import lru_cache

from aiohttp.web import HTTPNotFound, HTTPServiceUnavailable, Request, Response

from foundation.language import DEFAULT, N_, translate
from foundation.threads import CrowdedError, Threads
from record.site import changing
from record.site.colours import Accent
from record.site.icons import ICONS, LOGO
from record.site.particulars import Particulars
from web.http.headers import YEAR_SECONDS
from web.http.keys import DATABASE, SITE
from web.http.render import STATIC
from web.pages.site import marks

HERO = N_("話したいひとと、話したいだけ。")
# Who asks for another version than today's, as a page of before does, gets today's for a while.
SHORT_SECONDS = 300
# The house's own, as the build puts them into the static folder.
_BUILT = {"icon-180.png": "apple-touch-icon.png", "icon-48.png": "icon-192.png"}

_threads = Threads("marks", at_once=1, most=8)


async def style(request: Request) -> Response:
    """Return the accent in all its shades, in place of the house's own."""
    return _answer(request, sheet(request.app[SITE].now.accent).encode(), "text/css")


async def icon(request: Request) -> Response:
    """Return the site's icon in one of its sizes."""
    site, file = request.app[SITE].now, request.match_info["file"]
    if file not in ICONS:
        raise HTTPNotFound
    return _answer(request, await _icon(request, site, file), "image/png")


async def logo(request: Request) -> Response:
    """Return the site's logo."""
    data = await _kept(request, LOGO) if request.app[SITE].now.logo else None
    if data is None:
        raise HTTPNotFound
    return _answer(request, data, "image/webp")


async def share(request: Request) -> Response:
    """Return the picture that messengers show beside a link to the site."""
    site, locale = request.app[SITE].now, request.match_info["locale"]
    mark = await _icon(request, site, "icon-512.png") if site.icon or not site.own_mark else None
    line = site.word("hero", locale) or translate(locale, HERO)
    words = (site.name(locale), line, site.accent, mark)
    return _answer(request, await _drawn(marks.share_picture, *words), "image/jpeg")


async def _icon(request: Request, site: Particulars, file: str) -> bytes:
    if site.icon and (kept := await _kept(request, file)) is not None:
        return kept
    if site.own_mark:
        return await _drawn(marks.letter_icon, site.name(DEFAULT), site.accent, file)
    try:
        return (STATIC / "icons" / _BUILT.get(file, file)).read_bytes()
    except FileNotFoundError:
        raise HTTPNotFound from None


async def _kept(request: Request, file: str) -> bytes | None:
    async with request.app[DATABASE].transaction() as tx:
        return await changing.picture(tx, file)


@lru_cache(maxsize=32)
def _once(draw: object, *words: object) -> bytes:
    assert callable(draw)
    made: bytes = draw(*words)
    return made


async def _drawn(draw: object, *words: object) -> bytes:
    try:
        return await _threads.run(lambda: _once(draw, *words))
    except CrowdedError:
        raise HTTPServiceUnavailable(headers={"Retry-After": "5"}) from None


def _answer(request: Request, body: bytes, kind: str) -> Response:
    now = request.match_info["version"] == str(request.app[SITE].now.version)
    seconds = YEAR_SECONDS if now else SHORT_SECONDS
    headers = {"Cache-Control": f"public, max-age={seconds}"}
    return Response(body=body, content_type=kind, headers=headers)


def sheet(accent: Accent, where: str = ":root") -> str:
    """Return the style sheet of an accent, for all pages or a part of one."""
    pairs = {
        name: (getattr(accent.light, part), getattr(accent.dark, part))
        for name, part in (
            ("accent", "accent"),
            ("accent-deep", "deep"),
            ("accent-ink", "ink"),
            ("accent-soft", "soft"),
        )
    }
    lines = "".join(f"--{name}:light-dark({one},{two});" for name, (one, two) in pairs.items())
    return f"{where}{{{lines}}}\n"
