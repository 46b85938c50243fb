"""The people of the demo site: registered, found again, and buying points as on the pages."""

from typing import Any

from foundation.database import Tx
from foundation.settings import Settings
from people.accounts import accounts
from points.payments import events, purchases
from points.payments.events import House
from points.payments.wire.demo import DemoGateway


async def new_person(
    tx: Tx, person: dict[str, Any], password: str, *, is_cast: bool = False, is_demo: bool = True
) -> int:
    """Register a person of the content; return their id. Only who is `is_demo` is offered to
    sign in as.
    """
    user = await accounts.register(
        tx,
        nickname=person["nickname"],
        email=person["email"],
        password_hash=password,
        confirmed=True,
        is_cast=is_cast,
        is_demo=is_demo,
        portrait=person.get("portrait"),
    )
    if user is None:
        raise RuntimeError(f"{person['email']} stands twice in the demo content")
    return user.id


async def buy(tx: Tx, settings: Settings, user_id: int, price_yen: int) -> None:
    """Let a caller buy the pack of this price as on the pages, with the demo's own card."""
    house = House("demo", False, settings.lot_months)

    async def deliver(body: bytes, signature: str) -> None:
        event = provider.read_event(body, signature)
        await events.keep(tx, event)
        await events.handle(tx, house, event["id"])

    provider = DemoGateway(settings, deliver)
    wanted = next(pack for pack in await purchases.offered(tx) if pack.price_yen == price_yen)
    bought = await purchases.start(
        tx,
        user_id,
        wanted.id,
        f"demo-{price_yen}",
        shown=wanted.shown,
        provider=provider.name,
    )
    await provider.act(bought, "card_ok", None)


async def id_of(tx: Tx, email: str) -> int:
    """Return the id of a person of the content."""
    user = await accounts.find_by_email(tx, email)
    assert user is not None
    return user.id
