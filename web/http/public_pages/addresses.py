"""The addresses of pages that search engines may find: one for each language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp.web import Request

from foundation.language import locales
from web.http.keys import SETTINGS, SITE
from web.http.public_pages.descriptions import DESCRIPTIONS

LANGUAGE = "lang"


@dataclass(frozen=True)
class PublicPage:
    """How a page is found. `address` is its own in the language shown, `plain` the one that shows
    each reader their language; `others` are those of all languages.

    `description` is a text of the catalogues; `data` is what schema.org calls the page's matter.
    `indexed`: whether engines shall keep it; else they only follow its links.
    """

    address: str
    plain: str
    others: Mapping[str, str]
    description: str = ""
    indexed: bool = True
    data: list[dict[str, Any]] = field(default_factory=list)


def public(
    request: Request,
    path: str,
    *,
    indexed: bool = True,
    data: list[dict[str, Any]] | None = None,
) -> PublicPage:
    """Return how the page at a path is found; one that isn't always there describes itself."""
    plain = f"{site_address(request)}{path}"
    spoken = request.app[SITE].now.languages
    others = {locale: f"{plain}?{LANGUAGE}={locale}" for locale in locales() if locale in spoken}
    address = others.get(request.query.get(LANGUAGE, ""), plain)
    return PublicPage(address, plain, others, DESCRIPTIONS.get(path, ""), indexed, data or [])


def known(request: Request) -> PublicPage | None:
    """Return how a page is found that is always there; None for any other."""
    return public(request, request.path) if request.path in DESCRIPTIONS else None


def site_address(request: Request) -> str:
    """Return what stands before every path of the site: `https://talk.example`."""
    return request.app[SETTINGS].public_url or f"{request.scheme}://{request.host}"
