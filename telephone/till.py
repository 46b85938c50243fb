"""Buying points by key while one talks: what is offered, and what became of it."""

import asyncio
from dataclasses import dataclass
from typing import Literal, Protocol

import structlog

from foundation.database import Database
from foundation.errors import UserError
from points import limits
from points.payments import payers, purchases
from points.payments.checkout import open_payment
from points.payments.provider import Intent, Provider, ProviderError, ProviderSilentError
from points.payments.purchases import Pack, Purchase
from points.payments.ways import LEAST
from points.payments.wishes import Occasion

log = structlog.get_logger(__name__)

# A purchase is for so many minutes at least, where one of the packs is.
ENOUGH_MINUTES = 10
# What the telephone can say.
MOST_YEN = 999_999
# The payer has done their part, and an event will tell what came of it.
SENT = ("succeeded", "processing")
OVER_LIMIT = ("cooling_off", "purchase_over_limit")

Outcome = Literal["bought", "declined", "over_limit", "pending"]


@dataclass(frozen=True)
class PhoneOffer:
    """A pack that a saved card may pay, and the digits by which its owner knows that card."""

    pack: Pack
    last4: str


class Till(Protocol):
    """What sells points to who is on the telephone."""

    async def offer(self, user_id: int, rate: int) -> PhoneOffer | None:
        """Return what can be bought now for a talk at `rate` points a minute; None: nothing."""

    async def buy(self, user_id: int, offer: PhoneOffer, press: str) -> Outcome:
        """Buy what was offered and agreed to; the same `press` again is the same purchase."""

    async def settled(self, user_id: int, press: str) -> Outcome:
        """Wait until it is known what became of a press: bought, or declined."""


class SiteTill:
    """A till on the site's own payments: the saved card is charged as for a bill of the tab."""

    def __init__(
        self,
        database: Database,
        provider: Provider,
        patience: float = 10.0,
        look: float = 0.25,
        again: float = 2.0,
    ) -> None:
        self._database = database
        self._provider = provider
        self._patience = patience
        self._look = look
        self._again = again

    async def offer(self, user_id: int, rate: int) -> PhoneOffer | None:
        """Return the smallest pack that lasts, else the largest that one's own limits allow."""
        async with self._database.transaction() as tx:
            card = await payers.card_of(tx, user_id, self._provider.name)
            own = await limits.limits_of(tx, user_id)
            packs = await purchases.offered(tx)
        if card is None or own.cool_off_until is not None:
            return None
        most = own.buyable
        fits = [
            pack
            for pack in packs
            if (most is None or pack.points <= most)
            and pack.price_yen <= MOST_YEN
            and LEAST.for_price(pack.price_yen)
        ]
        fits.sort(key=lambda pack: pack.price_yen)
        lasting = [pack for pack in fits if pack.total >= ENOUGH_MINUTES * rate]
        chosen = lasting[:1] or fits[-1:]
        return PhoneOffer(chosen[0], card.last4) if chosen else None

    async def buy(self, user_id: int, offer: PhoneOffer, press: str) -> Outcome:
        """Order the pack, have the card be charged, and wait for the points, but not for long."""
        try:
            purchase = await self._order(user_id, offer, press)
        except UserError as refused:
            return _outcome(refused)
        if purchase is None:
            return "declined"
        try:
            async with asyncio.timeout(self._patience):
                return await self._settled(purchase, press)
        except TimeoutError:
            return "pending"

    async def settled(self, user_id: int, press: str) -> Outcome:
        """Wait until it is known what became of a press: bought, or declined."""
        async with self._database.transaction() as tx:
            purchase = await purchases.of_press(tx, user_id, press)
        return "declined" if purchase is None else await self._settled(purchase, press)

    async def _settled(self, purchase: Purchase, press: str) -> Outcome:
        """Ask the provider, again where its answer was lost; only an event makes points."""
        asked = False
        while True:
            if not asked:
                try:
                    asked = await self._is_sent(purchase)
                except ProviderSilentError:
                    log.warning("telephone.unanswered", purchase=purchase.id)
                    await asyncio.sleep(self._again)
                except UserError as refused:
                    return _outcome(refused)
                else:
                    if not asked:
                        return "declined"
            async with self._database.transaction() as tx:
                found = await purchases.of_press(tx, purchase.user_id, press)
            if found is not None and found.state == "paid":
                return "bought"
            await asyncio.sleep(self._look)

    async def _is_sent(self, purchase: Purchase) -> bool:
        """Say whether the card pays it; what it refuses is called off."""
        intent = await open_payment(self._database, self._provider, purchase)
        if intent.status in SENT:
            return True
        await self._let_go(purchase, intent)
        return False

    async def _order(self, user_id: int, offer: PhoneOffer, press: str) -> Purchase | None:
        """Order what was offered; None where another card is saved by now."""
        # Nobody can answer their bank on the telephone.
        occasion = Occasion(LEAST, staying=True, absent=True, site=self._provider.site)
        async with self._database.transaction() as tx:
            card = await payers.card_of(tx, user_id, self._provider.name)
            if await purchases.of_press(tx, user_id, press) is None and (
                card is not None and card.last4 != offer.last4
            ):
                return None
            return await purchases.start(
                tx,
                user_id,
                offer.pack.id,
                press,
                shown=offer.pack.shown,
                provider=self._provider.name,
                with_saved_card=True,
                occasion=occasion,
            )

    async def _let_go(self, purchase: Purchase, intent: Intent) -> None:
        """Call off what the card did not pay, so that nobody pays it later by mistake."""
        try:
            stands = await self._provider.cancel(intent.id)
        except ProviderError as error:
            log.warning("telephone.not_called_off", problem=error.problem)
            return
        if stands.status == "canceled":
            async with self._database.transaction() as tx:
                await purchases.note_state(tx, purchase.id, "canceled")


def _outcome(refused: UserError) -> Outcome:
    log.info("telephone.not_bought", why=refused.code)
    return "over_limit" if refused.code in OVER_LIMIT else "declined"
