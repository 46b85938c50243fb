"""Which payment provider a site has."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from foundation.database import Database
from foundation.settings import Settings
from points.payments import events
from points.payments.events import House
from points.payments.provider import Provider
from points.payments.settling import settle
from points.payments.wire.demo import Deliver, DemoGateway
from points.payments.wire.gateway import StripeGateway


def open_provider(settings: Settings, deliver: Deliver) -> Provider | None:
    """Return Stripe where its keys are set, else a demo site's own, else none: nothing is sold."""
    if settings.stripe_secret_key:
        return StripeGateway(settings)
    return DemoGateway(settings, deliver) if settings.demo else None


@asynccontextmanager
async def open_stripe(settings: Settings) -> AsyncIterator[StripeGateway | None]:
    """Open Stripe for one errand; None for a site that doesn't sell through it."""
    if not settings.stripe_secret_key:
        yield None
        return
    gateway = StripeGateway(settings)
    try:
        yield gateway
    finally:
        await gateway.close()


@asynccontextmanager
async def open_teller(settings: Settings, database: Database) -> AsyncIterator[Provider | None]:
    """Open the site's provider for an errand of the clock. What the demo's own tells is handled
    here, as the webhook does it. None for a site that sells nothing."""
    house = house_of(settings)

    async def deliver(body: bytes, signature: str) -> None:
        assert house
        assert provider
        event = provider.read_event(body, signature)
        async with database.transaction() as tx:
            await events.keep(tx, event)
        await settle(database, house, event["id"])

    provider = open_provider(settings, deliver)
    try:
        yield provider
    finally:
        if provider is not None:
            await provider.close()


def house_of(settings: Settings) -> House | None:
    """Return what must be true of this site's payment events; None where nothing is sold."""
    if settings.stripe_secret_key:
        return House("stripe", settings.stripe_live, settings.lot_months, settings.public_url)
    if settings.demo:
        return House("demo", False, settings.lot_months, settings.public_url)
    return None
