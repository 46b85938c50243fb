"""The door for people, put together."""

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeAlias

from aiohttp import web

from foundation import background, language
from foundation.database import Database
from foundation.places import Places
from foundation.rate_limits import RateLimits, rate_limits_for
from foundation.settings import Settings
from people.meeting import drawing
from people.sign_in.traces import TraceBook
from points.payments.offer import PayOffer
from points.payments.opening import open_provider
from points.payments.provider import Provider
from record.site.kept import KeptSite
from rooms.calling.practice import Practice
from rooms.recording.folder import files_of
from signaling import server
from signaling.push import PUSH, Push
from web.api.webhook import receive
from web.http.csrf import refuse_forgeries
from web.http.errors import tell_errors
from web.http.forms import MOST_BYTES
from web.http.forwarded import AddressWatch
from web.http.headers import add_headers
from web.http.incoming import receive_request
from web.http.keys import (
    ADDRESS_WATCH,
    ARRIVAL,
    ARRIVING,
    DATABASE,
    DRAWING,
    OFFER,
    PAYMENTS,
    PRACTICE,
    RATE_LIMITS,
    RECORDINGS,
    SETTINGS,
    SITE,
    TRACES,
    UPLOADING,
    WATCHING,
)
from web.http.opening.gate import GATE, Gate, let_staff_pass
from web.http.render import LOCALES, TEMPLATE_ENVIRONMENT, make_environment
from web.http.shared import SHARED_PAGES, SharedPages, heed_changes
from web.pages.telephone.practice import let_go
from web.routes import routes

# Answers with a piece of a recording.
WATCHED_AT_ONCE = 60

# What every request passes, in this order.
PASSED = (receive_request, tell_errors, let_staff_pass, heed_changes, refuse_forgeries)

Beside: TypeAlias = Callable[[Settings, Database, Push], Awaitable[None]]
"""A loop that runs beside the site, such as the clock's, until it is cancelled."""

# What every request passes, in this order.
PASSED = (receive_request, tell_errors, let_staff_pass, heed_changes, refuse_forgeries)


def make_app(
    settings: Settings,
    database: Database,
    limits: RateLimits | None = None,
    *,
    beside: Sequence[Beside] = (),
    practice: Practice | None = None,
) -> web.Application:
    """Return the site: pages, realtime door, and what runs beside them.

    The caller keeps the database and gives what is of other doors, which this one doesn't know:
    their loops, and a demo's practice telephones.
    """
    language.load(LOCALES)
    app = web.Application(middlewares=PASSED, client_max_size=MOST_BYTES)
    app[SETTINGS] = settings
    app[DATABASE] = database
    app[ADDRESS_WATCH] = AddressWatch(settings.trusted_proxies)
    app[TRACES] = TraceBook()
    app[RATE_LIMITS] = limits or rate_limits_for(settings.redis_url)
    app[PAYMENTS] = open_provider(settings, functools.partial(receive, app))
    app[OFFER] = _offer(app[PAYMENTS], database)
    app[RECORDINGS] = files_of(settings)
    app[PRACTICE] = practice
    _bound(app, settings)
    app[TEMPLATE_ENVIRONMENT] = make_environment()
    app[SHARED_PAGES] = SharedPages()
    app[SITE] = KeptSite(database, app[SHARED_PAGES].change)
    app[GATE] = Gate(settings)
    app.on_response_prepare.append(add_headers)
    app.add_routes(routes(settings, practice=practice is not None))
    push = server.attach(app, settings, database, lambda request: request[ARRIVAL])
    push.heed(app[SHARED_PAGES].change)
    app.on_shutdown.append(let_go)
    app.on_startup.append(_learn_ways)
    app.on_cleanup.append(_close_payments)
    app.cleanup_ctx.extend((_keep_site, *(_running(loop) for loop in beside)))
    if limits is None:
        app.on_cleanup.append(_close_limits)
    return app


def _bound(app: web.Application, settings: Settings) -> None:
    """Set how much of what is costly goes on at once."""
    app[ARRIVING] = Places(settings.forms_at_once)
    app[UPLOADING] = Places(settings.uploads_at_once)
    app[DRAWING] = Places(drawing.AT_ONCE + drawing.MOST_WAITING)
    app[WATCHING] = Places(WATCHED_AT_ONCE)


def _running(loop: Beside) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(app: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(_run(loop, app), name=loop.__module__)
        yield
        await background.end(task)

    return context


async def _run(loop: Beside, app: web.Application) -> None:
    await loop(app[SETTINGS], app[DATABASE], app[PUSH])


def _offer(provider: Provider | None, database: Database) -> PayOffer | None:
    return PayOffer(database, provider) if provider else None


async def _learn_ways(app: web.Application) -> None:
    offer = app[OFFER]
    if offer is not None:
        offer.learn()


async def _keep_site(app: web.Application) -> AsyncIterator[None]:
    await app[SITE].look_safely()
    task = asyncio.create_task(app[SITE].run(), name="site")
    yield
    await background.end(task)


async def _close_payments(app: web.Application) -> None:
    provider, offer = app[PAYMENTS], app[OFFER]
    if offer is not None:
        await offer.close()
    if provider is not None:
        await provider.close()


async def _close_limits(app: web.Application) -> None:
    await app[RATE_LIMITS].close()
