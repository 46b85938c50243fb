"""The ways to pay: as the account has them, as the price allows, and without what is refused."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from points.payments.checkout import open_payment
from points.payments.offer import AGAIN_SECONDS, TERM_SECONDS, PayOffer
from points.payments.provider import ProviderSilentError
from points.payments.ways import LEAST, Method, Ways
from points.payments.wishes import Occasion
from points.tables import packs, purchases
from tests.points.payments.conftest import Shop

ALL = Ways(("card", "konbini", "paypay", "link"))


@pytest.mark.parametrize(
    ("yen", "methods"),
    [
        (49, ()),
        (50, ("card", "paypay", "link")),
        (119, ("card", "paypay", "link")),
        (120, ("card", "konbini", "paypay", "link")),
        (300_000, ("card", "konbini", "paypay", "link")),
        (300_001, ("card", "paypay", "link")),
        (1_000_000, ("card", "paypay", "link")),
        (1_000_001, ("card", "link")),
    ],
)
def test_a_price_has_the_methods_that_take_it(yen: int, methods: tuple[Method, ...]) -> None:
    assert ALL.for_price(yen) == methods
    assert ALL.for_price(yen, staying=True) == tuple(m for m in methods if m != "paypay")
    assert Ways(("konbini",)).for_price(yen) == tuple(m for m in methods if m == "konbini")


async def test_the_account_says_which_ways_it_has(shop: Shop) -> None:
    """Not the configurations of shops that are connected by Connect."""
    assert await shop.gateway.ways() == Ways(("card", "konbini"))
    shop.fake.on = {"card", "paypay", "link", "apple_pay", "alipay"}
    assert await shop.gateway.ways() == Ways(("card", "paypay", "link"), ("apple_pay", "link"))
    shop.fake.on = {"konbini"}
    assert await shop.gateway.ways() == Ways(("konbini",))


async def _asked(shop: Shop, occasion: Occasion, press: str = "press") -> list[str]:
    bought = await shop.start(press=press, shown=await _shown(shop), occasion=occasion)
    intent = await open_payment(shop.database, shop.gateway, bought)
    return list(shop.fake.intents[intent.id]["payment_method_types"])


async def _shown(shop: Shop) -> str:
    async with shop.database.transaction() as tx:
        return f"1000-0-{await tx.scalar(sa.select(packs.c.price_yen).where(packs.c.id == 1))}"


async def _price(shop: Shop, yen: int) -> None:
    async with shop.database.transaction() as tx:
        await tx.execute(sa.update(packs).where(packs.c.id == 1).values(price_yen=yen))


async def test_an_order_asks_for_what_the_account_has_and_the_price_allows(shop: Shop) -> None:
    for yen, ways, methods in (
        (1000, LEAST, ["card"]),
        (1000, ALL, ["card", "konbini", "paypay", "link"]),
        (400_000, Ways(("card", "konbini")), ["card"]),
        (100, Ways(("konbini", "paypay")), ["paypay"]),
    ):
        await _price(shop, yen)
        assert await _asked(shop, Occasion(ways), f"{yen} {methods}"[:64]) == methods


async def test_whoever_is_in_a_talk_is_offered_nothing_that_leads_away(shop: Shop) -> None:
    methods = await _asked(shop, Occasion(Ways(("card", "paypay")), staying=True))
    assert methods == ["card"]


async def test_where_no_method_takes_a_price_that_is_said_and_nothing_is_ordered(
    shop: Shop,
) -> None:
    await _price(shop, 400_000)
    with pytest.raises(UserError, match="no_method"):
        await shop.start(shown="1000-0-400000", occasion=Occasion(Ways(("konbini",))))
    async with shop.database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(purchases)) == 0


async def test_a_method_that_stripe_refuses_is_left_out_and_staff_are_told_once(
    shop: Shop,
) -> None:
    """The account says that it has konbini, and refuses it all the same."""
    shop.fake.active.discard("konbini")
    for press in ("a", "b", "c"):
        assert await _asked(shop, Occasion(), press) == ["card"]
    assert await shop.alarms() == ["payments_methods"]
    assert await shop.gateway.ways() == Ways(("card",))
    assert len(shop.fake.intents) == 3


async def test_a_price_that_a_method_refuses_after_all_is_asked_without_it(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("points.payments.ways.RANGES", dict.fromkeys(ALL.methods, (1, 10**9)))
    await _price(shop, 300_001)
    assert await _asked(shop, Occasion(Ways(("card", "konbini")))) == ["card"]


async def test_where_all_methods_are_refused_that_is_said(shop: Shop) -> None:
    shop.fake.active.clear()
    bought = await shop.start(occasion=Occasion(Ways(("konbini",))))
    for _ in range(3):
        with pytest.raises(UserError, match="no_method"):
            await open_payment(shop.database, shop.gateway, bought)
    assert (await shop.alarms(), shop.fake.intents) == (["payments_methods"], {})


async def test_two_methods_that_are_refused_one_after_the_other_are_both_left_out(
    shop: Shop,
) -> None:
    """Stripe names only the first that it finds."""
    shop.fake.active -= {"konbini", "paypay"}
    assert await _asked(shop, Occasion(Ways(("card", "konbini", "paypay")))) == ["card"]
    assert [path for _, path in shop.fake.asked] == ["/v1/payment_intents"] * 3


class Slow:
    """A provider whose answers are held back, and fail on demand."""

    def __init__(self) -> None:
        self.asked = 0
        self.fails = False
        self.answer = Ways(("card", "konbini"))
        self.free = asyncio.Event()

    async def ways(self) -> Ways:
        self.asked += 1
        await self.free.wait()
        if self.fails:
            raise ProviderSilentError("down")
        return self.answer


async def test_the_ways_are_learned_once_kept_for_a_term_and_learned_again(
    database: Database,
) -> None:
    time, slow = [0.0], Slow()
    offer = PayOffer(database, slow, lambda: time[0])  # type: ignore[arg-type]
    assert offer.known == LEAST
    waiting = [asyncio.create_task(offer.now()) for _ in range(20)]
    while not slow.asked:
        await asyncio.sleep(0)
    slow.free.set()
    assert set(await asyncio.gather(*waiting)) == {slow.answer}
    assert slow.asked == 1
    time[0] = TERM_SECONDS - 1.0
    assert (await offer.now(), slow.asked) == (slow.answer, 1)
    # The next one is shown what was known, while it is learned again.
    time[0], slow.answer = TERM_SECONDS + 1.0, Ways(("paypay",))
    assert await offer.now() == Ways(("card", "konbini"))
    await _idle(offer)
    assert (await offer.now(), slow.asked) == (Ways(("paypay",)), 2)
    await offer.close()


async def _idle(offer: PayOffer) -> None:
    while offer._learning is not None:
        await asyncio.wait({offer._learning})


async def test_what_was_known_holds_while_the_provider_is_down_and_it_is_not_hammered(
    shop: Shop,
) -> None:
    time, slow = [0.0], Slow()
    slow.free.set()
    offer = PayOffer(shop.database, slow, lambda: time[0])  # type: ignore[arg-type]
    known = await offer.now()
    time[0], slow.fails = TERM_SECONDS + 1.0, True
    for _ in range(50):
        assert await offer.now() == known
        await _idle(offer)
    assert (slow.asked, await shop.alarms()) == (2, ["payments_silent"])
    time[0] += AGAIN_SECONDS
    slow.fails, slow.answer = False, LEAST
    await offer.now()
    await _idle(offer)
    assert offer.known == LEAST
    await offer.close()
