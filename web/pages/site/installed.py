"""The site as an app on a home screen: its manifest, and the worker that shows notifications."""

import json
from pathlib import Path

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.language import N_, translate
from web.http.headers import POLICY
from web.http.keys import SITE
from web.http.render import STATIC
from web.http.visit import reader_locale
from web.pages.site import offline

LINE = N_("話したいひとと、話したいだけ")
ICONS = (
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable.png", "512x512", "maskable"),
)
HOUR = "public, max-age=3600"


async def manifest(request: Request) -> Response:
    """Say how the site is called and drawn on a home screen, in the browser's language."""
    locale = reader_locale(request)
    site = request.app[SITE].now
    name = site.name(locale)

    def src(file: str) -> str:
        return f"/site/{site.version}/{file}" if site.own_mark else f"/static/icons/{file}"

    said = {
        "id": "/",
        "name": f"{name} – {site.word('hero', locale) or translate(locale, LINE)}",
        "short_name": name,
        "lang": locale,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "theme_color": "#fdfbf7",
        "background_color": "#fdfbf7",
        "icons": [
            {"src": src(file), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for file, sizes, purpose in ICONS
        ],
    }
    return Response(
        text=json.dumps(said, ensure_ascii=False),
        content_type="application/manifest+json",
        headers={"Cache-Control": HOUR, "Vary": "Accept-Language, Cookie"},
    )


async def worker(request: Request) -> Response:
    """Return the service worker. Only a script of the root may speak for the whole site."""
    code = _built(STATIC, "worker.js")
    if code is None:
        raise HTTPNotFound
    return Response(
        text=f"{code}\n// {offline.mark(request)}\n",
        content_type="text/javascript",
        charset="utf-8",
        # Looked at anew each time: an old worker must not outlive its site's code.
        headers={"Cache-Control": "no-cache", POLICY: "default-src 'none'; connect-src 'self'"},
    )


def _built(static: Path, name: str) -> str | None:
    try:
        names: dict[str, str] = json.loads((static / "manifest.json").read_text("utf-8"))
        return (static / names[name]).read_text("utf-8")
    except (FileNotFoundError, KeyError):
        return None
