"""What goes back is what was paid: a story leaves the same points in whatever order it is told."""

from collections.abc import Callable
from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa

from points import audit, ledger
from points.payments import events
from points.payments.events import Handled
from points.tables import disputes, payment_events, refunds
from tests.points.payments.conftest import Shop

Event = dict[str, Any]
CREATED, CLOSED = "charge.dispute.created", "charge.dispute.closed"
WITHDRAWN, REINSTATED = "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated"


def refund(shop: Shop, name: str, yen: int, at: int, status: str = "succeeded") -> Event:
    """A refund made at a second of the provider's time."""
    return shop.fake.refund(name, yen, status) | {"created": at}


def dispute(shop: Shop, name: str, yen: int, at: int, status: str) -> Event:
    """A dispute or an inquiry that began at a second of the provider's time."""
    return shop.fake.dispute(name, yen, status) | {"created": at}


def answered_inquiry(shop: Shop, name: str) -> list[Event]:
    """A bank asks, all is given back, and the bank is content."""
    asks = dispute(shop, name, 1000, 100, "warning_needs_response")
    return [
        shop.fake.event(CREATED, asks),
        shop.fake.event("refund.created", refund(shop, name, 1000, 200)),
        shop.fake.event(CLOSED, asks | {"status": "warning_closed"}),
    ]


def escalated_inquiry(shop: Shop, name: str) -> list[Event]:
    """A bank asks, a part is given back, the bank takes the rest all the same, and loses."""
    asks = dispute(shop, name, 1000, 100, "warning_needs_response")
    taken = asks | {"amount": 700, "status": "needs_response"}
    return [
        shop.fake.event(CREATED, asks),
        shop.fake.event("refund.created", refund(shop, name, 300, 200)),
        shop.fake.event(WITHDRAWN, taken),
        shop.fake.event(CLOSED, taken | {"status": "won"}),
    ]


def refund_sent_back(shop: Shop, name: str) -> list[Event]:
    """A refund that the payer's bank did not take, and a smaller one that it did."""
    failed = refund(shop, name, 1000, 100)
    return [
        shop.fake.event("refund.created", failed),
        shop.fake.event("refund.failed", failed | {"status": "failed"}),
        shop.fake.event("charge.refund.updated", failed | {"status": "failed"}),
        shop.fake.event("refund.updated", refund(shop, name, 600, 200)),
    ]


def lost_rest(shop: Shop, name: str) -> list[Event]:
    """A part is given back, and the rest is lost to the bank."""
    taken = dispute(shop, name, 600, 200, "needs_response")
    return [
        shop.fake.event("refund.created", refund(shop, name, 400, 100)),
        shop.fake.event(CREATED, taken),
        shop.fake.event(CLOSED, taken | {"status": "lost"}),
    ]


def two_disputes(shop: Shop, name: str) -> list[Event]:
    """Two parts are disputed: one is won, and its money reinstated, the other lost."""
    one = dispute(shop, name, 300, 100, "under_review")
    other = dispute(shop, name, 500, 100, "needs_response")
    return [
        shop.fake.event(CREATED, one),
        shop.fake.event(REINSTATED, one | {"status": "won"}),
        shop.fake.event(CREATED, other),
        shop.fake.event(CLOSED, other | {"status": "lost"}),
    ]


STORIES: list[tuple[Callable[[Shop, str], list[Event]], int]] = [
    (answered_inquiry, 0),
    (escalated_inquiry, 700),
    (refund_sent_back, 400),
    (lost_rest, 0),
    (two_disputes, 500),
]


@pytest.mark.parametrize(("story", "left"), STORIES, ids=[it[0].__name__ for it in STORIES])
async def test_a_story_leaves_the_points_of_the_yen_that_are_left_in_any_order(
    shop: Shop, story: Callable[[Shop, str], list[Event]], left: int
) -> None:
    before = 0
    for order in permutations(range(len(story(shop, "pi_none")))):
        _, name = await shop.buy(press=f"press {order}")
        told = story(shop, name)
        for place in order:
            await shop.tell(told[place])
        before += left
        assert (await shop.points(), await shop.owed()) == (before, 0), order
        for event in told:
            await shop.tell(event | {"id": f"{event['id']}-again"})
        assert (await shop.points(), await shop.owed()) == (before, 0), order
    await shop.must_balance()


async def test_an_inquiry_holds_what_it_asks_for_and_a_refund_in_answer_takes_no_more(
    shop: Shop,
) -> None:
    _, name = await shop.buy()
    asks = dispute(shop, name, 500, 100, "warning_needs_response")
    await shop.tell(shop.fake.event(CREATED, asks))
    assert await shop.points() == 500
    await shop.tell(shop.fake.event("refund.created", refund(shop, name, 500, 200)))
    assert await shop.points() == 500
    # What was given back before it asked were other yen.
    _, name = await shop.buy(press="other")
    await shop.tell(shop.fake.event("refund.created", refund(shop, name, 500, 50)))
    asks = dispute(shop, name, 500, 100, "warning_under_review")
    await shop.tell(shop.fake.event(CREATED, asks))
    assert await shop.points() == 500
    await shop.tell(shop.fake.event(CLOSED, asks | {"status": "warning_closed"}))
    assert await shop.points() == 1000
    await shop.must_balance()


async def test_an_inquiry_that_becomes_a_dispute_alarms_again_for_it_has_a_term(
    shop: Shop,
) -> None:
    _, name = await shop.buy()
    asks = dispute(shop, name, 1000, 100, "warning_needs_response")
    await shop.tell(shop.fake.event(CREATED, asks))
    grown = asks | {"status": "needs_response"}
    await shop.tell(shop.fake.event("charge.dispute.updated", grown))
    await shop.tell(shop.fake.event(WITHDRAWN, grown))
    assert await shop.alarms() == ["dispute_opened", "dispute_escalated"]
    assert await shop.points() == 0
    await shop.must_balance()


async def test_a_dispute_that_ended_unjudged_takes_what_it_took_from_the_site(shop: Shop) -> None:
    _, name = await shop.buy()
    took = [{"amount": -1000, "object": "balance_transaction"}]
    for moves, left in (([], 1000), (took, 0)):
        ended = dispute(shop, name, 1000, 100, "prevented") | {"balance_transactions": moves}
        await shop.tell(shop.fake.event(CLOSED, ended))
        assert await shop.points() == left
    await shop.must_balance()


async def test_a_refund_that_is_sent_back_gives_its_points_back(shop: Shop) -> None:
    _, name = await shop.buy(3)
    async with shop.database.transaction() as tx:
        await ledger.correct(tx, shop.buyer, -100, "x", actor_id=None, key="corrected")
    made = refund(shop, name, 5000, 100)
    await shop.tell(shop.fake.event("refund.created", made))
    assert await shop.points() == 0
    done = await shop.tell(shop.fake.event("refund.failed", made | {"status": "failed"}))
    assert (done.outcome, done.user_id) == ("restored", shop.buyer)
    assert (await shop.points(), await shop.owed()) == (5000, 0)
    assert await shop.alarms() == ["refund_failed"]
    await shop.must_balance()


async def test_the_books_of_a_purchase_that_kept_money_and_points_are_reported(
    shop: Shop,
) -> None:
    """As they were written once: an inquiry took 1,000, a refund nothing, and its end gave back."""
    number, _ = await shop.buy()
    async with shop.database.transaction() as tx:
        for frozen in (1000, 0):
            await ledger.take_back(tx, number, frozen, frozen=frozen, why="as once")
        paper = {"purchase_id": number, "amount_yen": 1000}
        closed = {"inquiry": True, "state": "won", "closed_at": sa.func.now()}
        await tx.execute(sa.insert(disputes).values(id="dp", **paper, **closed))
        await tx.execute(sa.insert(refunds).values(id="re", **paper))
    async with shop.database.transaction() as tx:
        broken = [proof.name for proof in await audit.prove(tx) if proof.broken]
    assert broken == ["points taken back match the yen refunded or lost"]


async def test_no_event_of_the_other_livemode_does_anything(shop: Shop) -> None:
    """Whatever it is about, and whether the event says so, what it is about, or both."""
    for kind in events._HANDLERS:
        _, name = await shop.buy(press=kind)
        held = await shop.points()
        for of_event, of_subject in ((True, True), (True, False), (False, True), (None, False)):
            subject = _subject(shop, kind, name) | {"livemode": of_subject}
            event = shop.fake.event(kind, subject) | {"livemode": of_event}
            assert await shop.tell(event) == Handled("refused"), (kind, of_event, of_subject)
        assert await shop.points() == held
    assert set(await shop.alarms()) == {"payment_refused"}
    async with shop.database.transaction() as tx:
        assert (await tx.execute(sa.select(refunds))).all() == []
        assert (await tx.execute(sa.select(disputes))).all() == []
        kept = sa.select(sa.func.count()).where(payment_events.c.outcome == "refused")
        assert await tx.scalar(kept) == 4 * len(events._HANDLERS)
    await shop.must_balance()


def _subject(shop: Shop, kind: str, name: str) -> Event:
    """What an event of each kind is about."""
    if kind.startswith("payment_intent."):
        return shop.fake.intents[name]
    if kind.startswith("payment_method."):
        card = {"brand": "visa", "last4": "4242"}
        return {"id": "pm_1", "object": "payment_method", "type": "card", "customer": "cus_1",
                "card": card}  # fmt: skip
    if kind == "charge.succeeded":
        return {"id": "ch_1", "object": "charge", "payment_intent": name,
                "payment_method_details": {"type": "konbini"}}  # fmt: skip
    if "refund" in kind:
        return refund(shop, name, 1000, 100)
    return dispute(shop, name, 1000, 100, "lost")
