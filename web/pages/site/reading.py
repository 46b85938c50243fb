"""Pages to read: terms, privacy, questions and answers, prices, and the law's own page.

Long texts stand in a file for each language (`templates/ja`, `templates/en`), short ones in the
catalogue.
"""

import math
from typing import Any

from aiohttp.web import Request, Response

from foundation.settings import Settings
from points.desk import packs
from points.payments.ways import Ways
from rooms.care import keeping
from web.http.keys import OFFER
from web.http.shared import shared
from web.http.visit import Visit, reader_locale, visit
from web.pages.site.texts.public import TITLES, ahead, own_page

# Shown as examples: points a minute, and how long one talks.
RATES = (50, 100, 200)
MINUTES = (5, 10, 30, 60)


@shared()
async def terms(request: Request) -> Response:
    """Show the terms of use."""
    async with visit(request) as v:
        return await _long(v, "terms", legal=True)


@shared()
async def privacy(request: Request) -> Response:
    """Show what is known of people, why and for how long."""
    async with visit(request) as v:
        return await _long(v, "privacy", legal=True, keeping=keeping.lines())


@shared()
async def faq(request: Request) -> Response:
    """Show questions and answers."""
    ways = await _ways(request)
    async with visit(request) as v:
        return await _long(v, "faq", legal=False, ways=ways)


@shared()
async def prices(request: Request) -> Response:
    """Show what points cost, and what a talk does."""
    async with visit(request) as v:
        found = [pack for pack in await packs.all_packs(v.tx) if pack.active]
        costs = {
            minutes: [cost(v.settings, rate, minutes) for rate in RATES] for minutes in MINUTES
        }
        return v.page("prices.html", packs=found, rates=RATES, costs=costs)


@shared()
async def legal(request: Request) -> Response:
    """Show who sells, as the law wants it; what is not filled in is said."""
    ways = await _ways(request)
    async with visit(request) as v:
        return await own_page(v, "legal") or v.page("legal.html", ways=ways)


async def _ways(request: Request) -> Ways | None:
    """The ways to pay that the site has; None where it sells nothing."""
    offer = request.app[OFFER]
    return await offer.now() if offer is not None else None


def cost(settings: Settings, rate: int, minutes: int) -> int:
    """Return the points of a talk that ends just before so many minutes, at points a minute.

    Each charged minute is paid when it begins.
    """
    paid_seconds = max(0, minutes * 60 - settings.free_seconds)
    return math.ceil(paid_seconds / settings.minute_seconds) * rate


async def _long(v: Visit, name: str, *, legal: bool, **values: Any) -> Response:
    own = await own_page(v, name)
    if own is not None:
        return own
    text, later = f"{reader_locale(v.request)}/{name}.html", await ahead(v, name)
    said = {"text": text, "title": TITLES[name], "legal": legal, "ahead": later}
    return v.page("reading.html", **said, **values)
