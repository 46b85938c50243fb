"""What search engines are told of the site and its rooms, in the words of schema.org."""

from typing import Any

from aiohttp.web import Request

from rooms.lobby.directory import RoomDetail
from web.http.keys import SETTINGS, SITE
from web.http.public_pages.addresses import site_address
from web.http.visit import reader_locale

CONTEXT = "https://schema.org"
# As units of measurement are named in UN/CEFACT's list.
MINUTE = "MIN"


def site(request: Request) -> list[dict[str, Any]]:
    """Return the site, and who runs it."""
    address, settings = site_address(request), request.app[SETTINGS]
    name = request.app[SITE].now.name(reader_locale(request))
    return [
        {
            "@context": CONTEXT,
            "@type": "WebSite",
            "name": name,
            "url": f"{address}/",
        },
        {
            "@context": CONTEXT,
            "@type": "Organization",
            "name": settings.seller_name or name,
            "url": f"{address}/",
        },
    ]


def room(request: Request, detail: RoomDetail) -> list[dict[str, Any]]:
    """Return a room as a service with its price a minute, in yen: a point is one."""
    card, address = detail.card, site_address(request)
    url = f"{address}/rooms/{card.id}"
    price = {
        "@type": "UnitPriceSpecification",
        "price": card.rate,
        "priceCurrency": "JPY",
        "referenceQuantity": {"@type": "QuantitativeValue", "value": 1, "unitCode": MINUTE},
    }
    return [
        {
            "@context": CONTEXT,
            "@type": "Service",
            "name": card.title,
            "serviceType": card.topic,
            "description": detail.text,
            "url": url,
            "provider": {"@type": "Person", "name": card.cast_name},
            "offers": {
                "@type": "Offer",
                "url": url,
                "price": card.rate,
                "priceCurrency": "JPY",
                "priceSpecification": price,
            },
        }
    ]
