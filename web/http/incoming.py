"""The first thing that happens to a request: it gets a name, an address and a language."""

import secrets
import time

import structlog
from aiohttp.typedefs import Handler
from aiohttp.web import Request, StreamResponse, middleware
from prometheus_client import Counter, Histogram

from foundation import language
from foundation.settings import Settings
from web.http.csrf import SAFE
from web.http.forwarded import client_address
from web.http.keys import ADDRESS_WATCH, ARRIVAL, SETTINGS, SITE, Arrival
from web.http.public_pages.addresses import LANGUAGE
from web.http.session import LANGUAGE_COOKIE, session_token, set_language

REQUESTS = Counter("hitotoki_requests", "Requests answered.", ["method", "route", "status"])
SECONDS = Histogram("hitotoki_request_seconds", "Seconds to answer a request.", ["route"])
# What proxies tell of who spoke to them. Only the first is ever believed.
FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP")
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})


@middleware
async def receive_request(request: Request, handler: Handler) -> StreamResponse:
    """Note what is known of a request, and measure how it is answered."""
    arrival = _arrival(request, request.app[SETTINGS])
    request[ARRIVAL] = arrival
    request.app[ADDRESS_WATCH].see(
        request.remote,
        arrival.address,
        forwarded=any(name in request.headers for name in FORWARDED),
        session=session_token(request),
    )
    began = time.perf_counter()
    with structlog.contextvars.bound_contextvars(request=arrival.request_id):
        response = await handler(request)
    asked = language_asked(request)
    if asked is not None and not response.prepared:
        # Who comes by an address of one language reads on in it.
        set_language(response, request.app[SETTINGS], asked)
    # A route's pattern, never the path: the number of different labels stays small.
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "none"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method, route, str(response.status)).inc()
    if response.status != 101:  # a socket's life is no answer's length
        SECONDS.labels(route).observe(time.perf_counter() - began)
    return response


def language_asked(request: Request) -> str | None:
    """Return the language that the address itself names, if it does: `?lang=en`."""
    asked = request.query.get(LANGUAGE, "")
    return asked if request.method in SAFE and asked in offered(request) else None


def offered(request: Request) -> tuple[str, ...]:
    """Return the languages in which the site speaks."""
    wanted = request.app[SITE].now.languages
    return tuple(one for one in language.locales() if one in wanted)


def _arrival(request: Request, settings: Settings) -> Arrival:
    forwarded = request.headers.getall("X-Forwarded-For", [])
    return Arrival(
        request_id=secrets.token_hex(8),
        address=client_address(request.remote, forwarded, settings.trusted_proxies),
        nonce=secrets.token_urlsafe(16),
        locale=_locale(request),
    )


def _locale(request: Request) -> str:
    asked = language_asked(request)
    if asked is not None:
        return asked
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in offered(request):
        return chosen
    best = language.choose(request.headers.get("Accept-Language"))
    return best if best in offered(request) else language.DEFAULT
