"""A site that sells through the fake Stripe."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from points import audit, ledger
from points.payments import events, purchases
from points.payments.checkout import open_payment
from points.payments.events import Handled, House
from points.payments.opening import house_of
from points.payments.purchases import Purchase
from points.payments.settling import settle
from points.payments.wire.gateway import StripeGateway
from record.tables import alarms
from tests.points.payments.fake_stripe import KEY, SECRET, FakeStripe, running
from tests.world import new_user

SHOWN = {1: "1000-0-1000", 3: "5000-100-5000"}


@pytest.fixture
async def fake() -> AsyncIterator[FakeStripe]:
    """The fake Stripe."""
    async with running() as started:
        yield started


@pytest.fixture
def stripe_settings(settings: Settings, fake: FakeStripe) -> Settings:
    """Settings of a site with Stripe's keys."""
    return settings.model_copy(
        update={
            "demo": False,
            **Settings(
                stripe_secret_key=KEY,
                stripe_publishable_key="pk_test_fake",
                stripe_webhook_secret=SECRET,
                stripe_api_base=fake.base,
                stripe_seconds=1,
            ).model_dump(include={
                "stripe_secret_key", "stripe_publishable_key", "stripe_webhook_secret",
                "stripe_api_base", "stripe_seconds",
            }),
        }
    )  # fmt: skip


@dataclass
class Shop:
    """A buyer before a site with Stripe."""

    database: Database
    gateway: StripeGateway
    fake: FakeStripe
    house: House
    buyer: int

    async def start(self, pack: int = 1, press: str = "press", **more: Any) -> Purchase:
        """Press the button of the last page."""
        async with self.database.transaction() as tx:
            shown = more.pop("shown", SHOWN[pack])
            return await purchases.start(
                tx, self.buyer, pack, press, shown=shown, provider="stripe", **more
            )

    async def order(self, pack: int = 1, press: str = "press", **more: Any) -> tuple[int, str]:
        """Order a pack, and begin its payment; return our number and Stripe's name for it."""
        bought = await self.start(pack, press, **more)
        intent = await open_payment(self.database, self.gateway, bought)
        return bought.id, intent.id

    async def tell(self, event: dict[str, Any]) -> Handled:
        """Stripe tells something."""
        async with self.database.transaction() as tx:
            await events.keep(tx, event)
        return await settle(self.database, self.house, event["id"])

    async def buy(self, pack: int = 1, press: str = "press") -> tuple[int, str]:
        """Order a pack and pay it."""
        number, name = await self.order(pack, press)
        assert (await self.tell(self.fake.paid(name))).outcome == "credited"
        return number, name

    async def points(self) -> int:
        """What the buyer can spend."""
        async with self.database.transaction() as tx:
            return await ledger.spendable(tx, self.buyer)

    async def owed(self) -> int:
        """What the buyer owes."""
        async with self.database.transaction() as tx:
            return await ledger.owed(tx, self.buyer)

    async def find(self, number: int) -> Purchase:
        """The purchase as it stands."""
        async with self.database.transaction() as tx:
            return await purchases.find(tx, number, self.buyer)

    async def alarms(self) -> list[str]:
        """The kinds of alarms that staff have."""
        async with self.database.transaction() as tx:
            return list(
                (await tx.execute(sa.select(alarms.c.kind).order_by(alarms.c.id))).scalars()
            )

    async def must_balance(self) -> None:
        """Every invariant of the books holds."""
        async with self.database.transaction() as tx:
            assert [proof for proof in await audit.prove(tx) if proof.broken] == []


@pytest.fixture
async def shop(
    database: Database, stripe_settings: Settings, fake: FakeStripe
) -> AsyncIterator[Shop]:
    """A buyer without points."""
    gateway = StripeGateway(stripe_settings)
    async with database.transaction() as tx:
        buyer = await new_user(tx)
    house = house_of(stripe_settings)
    assert house
    yield Shop(database, gateway, fake, house, buyer)
    await gateway.close()
