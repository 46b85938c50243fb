"""Points are made by the provider's events only: once, in any order, and for nothing else."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import mails, notices
from points import books, ledger, limits
from points.payments import events
from points.payments.checkout import open_payment
from points.payments.provider import Order
from points.payments.refunds import TooEarlyError
from points.payments.settling import settle, settle_open
from points.tables import packs, payment_events, purchases, spending_limits, transfers
from rooms.lobby import presence
from rooms.talk import entry
from rooms.talk.past import history
from tests.points.payments.conftest import Shop
from tests.world import World, new_room, new_user


async def test_a_payment_makes_its_points_and_its_bonus_apart(shop: Shop) -> None:
    number, _ = await shop.buy(3)
    async with shop.database.transaction() as tx:
        lots = (await ledger.points_of(tx, shop.buyer)).lots
    assert sorted((lot.kind, lot.granted) for lot in lots) == [("bonus", 100), ("paid", 5000)]
    assert (await shop.find(number)).state == "paid"
    await shop.must_balance()


async def test_the_same_event_ten_times_at_once_credits_once(shop: Shop) -> None:
    _, name = await shop.order()
    event = shop.fake.paid(name)
    done = await asyncio.gather(*(shop.tell(event) for _ in range(10)))
    assert sorted(one.outcome for one in done) == ["again"] * 9 + ["credited"]
    assert await shop.points() == 1000
    await shop.must_balance()


async def test_ten_different_events_of_one_payment_at_once_credit_once(shop: Shop) -> None:
    _, name = await shop.order()
    done = await asyncio.gather(*(shop.tell(shop.fake.paid(name)) for _ in range(10)))
    assert sorted(one.outcome for one in done) == ["credited"] + ["noted"] * 9
    assert await shop.points() == 1000


async def test_paid_comes_before_created_and_before_our_own_note(shop: Shop) -> None:
    bought = await shop.start()
    intent = await shop.gateway.begin(_order(bought))
    assert (await shop.find(bought.id)).intent is None
    assert (await shop.tell(shop.fake.paid(intent.id))).outcome == "credited"
    created = shop.fake.event("payment_intent.created", shop.fake.intents[intent.id])
    assert (await shop.tell(created)).outcome == "ignored"
    waits = shop.fake.event("payment_intent.requires_action", shop.fake.intents[intent.id])
    await shop.tell(waits)
    found = await shop.find(bought.id)
    assert (found.state, found.intent) == ("paid", intent.id)
    assert await shop.points() == 1000


def _order(bought: Any) -> Any:
    return Order(bought.id, bought.reference, "key", bought.price_yen, None, None, False)


async def test_a_konbini_payment_that_expired_and_is_paid_late_is_credited(shop: Shop) -> None:
    number, name = await shop.order()
    intent = shop.fake.intents[name]
    shows = intent | {"next_action": {"type": "konbini_display_details"}}
    await shop.tell(shop.fake.event("payment_intent.requires_action", shows))
    found = await shop.find(number)
    assert (found.state, found.method) == ("created", "konbini")
    await shop.tell(shop.fake.event("payment_intent.payment_failed", intent))
    assert (await shop.find(number)).state == "failed"
    await shop.tell(shop.fake.event("payment_intent.canceled", intent))
    assert (await shop.find(number)).state == "canceled"
    assert await shop.points() == 0
    assert (await shop.tell(shop.fake.paid(name))).outcome == "credited"
    assert await shop.points() == 1000
    await shop.tell(shop.fake.event("payment_intent.payment_failed", intent))
    assert (await shop.find(number)).state == "paid"
    await shop.must_balance()


async def test_a_cancellation_and_a_payment_told_at_once_are_a_payment(shop: Shop) -> None:
    for count in range(4):
        number, name = await shop.order(press=f"press {count}")
        paid = shop.fake.paid(name)
        canceled = shop.fake.event("payment_intent.canceled", shop.fake.intents[name])
        failed = shop.fake.event("payment_intent.payment_failed", shop.fake.intents[name])
        await asyncio.gather(*(shop.tell(event) for event in (canceled, paid, failed)))
        assert (await shop.find(number)).state == "paid"
    assert await shop.points() == 4000
    await shop.must_balance()


NOT_OURS: list[dict[str, Any]] = [
    {"amount_received": 999}, {"amount_received": 1001}, {"amount_received": 0},
    {"amount_received": True}, {"amount_received": "1000"}, {"amount_received": 1000.5},
    {"amount_received": 2**63}, {"amount_received": -1000}, {"amount_received": None},
    {"currency": "usd"}, {"currency": None}, {"livemode": True}, {"livemode": None},
    {"id": "pi_other"}, {"id": "pi_unknown", "metadata": {}},
    {"id": "pi_unknown", "metadata": {"purchase": "99999"}},
    {"id": "pi_unknown", "metadata": {"purchase": "１"}},
    {"id": "pi_unknown", "metadata": {"purchase": "-1"}},
    {"id": "pi_unknown", "metadata": {"purchase": "1"}},
    {"id": "pi_unknown", "metadata": {"purchase": "1:1763800000000000"}},
    {"id": "pi_unknown", "metadata": {"purchase": "9" * 40}},
    {"id": "pi_unknown", "metadata": None},
]  # fmt: skip


async def test_what_we_did_not_ask_for_makes_no_points_and_alarms(shop: Shop) -> None:
    for count, given in enumerate(NOT_OURS):
        number, name = await shop.order(press=f"press {count}")
        # Each stranger has a name of its own, so that each is an alarm of its own.
        changed = given | {"id": f"{given['id']}{count}" if "id" in given else name}
        done = await shop.tell(shop.fake.paid(name, **changed))
        assert (done.outcome, await shop.points()) == ("refused", 0), changed
        assert (await shop.find(number)).state == "created"
    assert await shop.alarms() == ["payment_refused"] * len(NOT_OURS)
    await shop.must_balance()


async def test_a_live_event_on_a_test_site_makes_no_points(shop: Shop) -> None:
    _, name = await shop.order()
    await shop.tell(shop.fake.paid(name) | {"livemode": True})
    assert (await shop.points(), await shop.alarms()) == (0, ["payment_refused"])


async def test_a_second_payment_of_one_purchase_is_not_credited_and_alarms(shop: Shop) -> None:
    number, name = await shop.buy()
    other = shop.fake.intents[name] | {"id": "pi_twin"}
    done = await shop.tell(shop.fake.event("payment_intent.succeeded", other))
    assert (done.outcome, await shop.points()) == ("refused", 1000)
    assert await shop.alarms() == ["payment_refused"]
    failed = shop.fake.event("payment_intent.canceled", other)
    assert (await shop.tell(failed)).outcome == "ignored"
    assert (await shop.find(number)).state == "paid"


async def test_a_demo_event_makes_no_points_of_a_real_purchase(shop: Shop) -> None:
    _, name = await shop.order()
    event = shop.fake.paid(name)
    async with shop.database.transaction() as tx:
        await events.keep(tx, event)
    demo = events.House("demo", False, 3)
    assert (await settle(shop.database, demo, event["id"])).outcome == "refused"
    assert await shop.points() == 0


async def test_an_event_whose_handling_failed_succeeds_later(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, name = await shop.order()

    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(ledger, "credit_purchase", broken)
        with pytest.raises(RuntimeError):
            await shop.tell(shop.fake.paid(name))
    assert ((await shop.find(number)).state, await shop.points()) == ("created", 0)
    async with shop.database.transaction() as tx:
        row = (await tx.execute(sa.select(payment_events))).one()
    assert (row.tries, row.handled_at) == (1, None)
    assert "the disk is full" in row.error
    done = await settle_open(shop.database, shop.house)
    assert [one.outcome for one in done] == ["credited"]
    assert await shop.points() == 1000
    assert await settle_open(shop.database, shop.house) == []


async def test_an_event_that_can_not_be_handled_alarms_after_a_day_and_after_many_tries(
    shop: Shop,
) -> None:
    event = shop.fake.event("refund.created", {"object": "refund", "id": "re_1"})
    event["data"]["object"] |= {"status": "succeeded", "amount": "much"}
    with pytest.raises(ValueError, match="invalid literal"):
        await shop.tell(event | {"data": {"object": event["data"]["object"] | await _of(shop)}})
    async with shop.database.transaction() as tx:
        await tx.execute(sa.update(payment_events).values(tries=events.MOST_TRIES))
    assert await settle_open(shop.database, shop.house) == []
    assert await shop.alarms() == ["payment_event_stuck"]


async def _of(shop: Shop) -> dict[str, Any]:
    _, name = await shop.buy()
    return {"payment_intent": name, "currency": "jpy"}


async def test_the_price_is_ours_and_the_page_must_have_shown_it(shop: Shop) -> None:
    for shown in ("1000-0-1", "1000000-0-1000", "", "1000-0-1000 "):
        with pytest.raises(UserError, match="offer_changed"):
            await shop.start(shown=shown, press=f"x{shown}"[:20])
    async with shop.database.transaction() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(purchases)) == 0


async def test_a_pack_whose_price_changed_after_it_was_shown_is_shown_again(shop: Shop) -> None:
    async with shop.database.transaction() as tx:
        await tx.execute(sa.update(packs).where(packs.c.id == 1).values(price_yen=1100))
    with pytest.raises(UserError, match="offer_changed"):
        await shop.start()
    number, name = await shop.order(shown="1000-0-1100")
    assert shop.fake.intents[name]["amount"] == 1100
    assert (await shop.find(number)).price_yen == 1100


async def test_a_pack_that_is_off_sale_can_not_be_ordered(shop: Shop) -> None:
    async with shop.database.transaction() as tx:
        await tx.execute(sa.update(packs).where(packs.c.id == 1).values(active=False))
    with pytest.raises(UserError, match="pack_unknown"):
        await shop.start()


async def test_ten_presses_at_once_are_one_purchase_and_one_intent(shop: Shop) -> None:
    done = await asyncio.gather(*(shop.order() for _ in range(10)))
    assert len(set(done)) == 1
    assert len(shop.fake.intents) == 1


async def _limit(shop: Shop, points: int | None = None, *, days: int = 0) -> None:
    async with shop.database.transaction() as tx:
        await limits.set_limits(tx, shop.buyer, day_points=points, month_points=None)
        if days:
            await limits.cool_off(tx, shop.buyer, days)


async def test_orders_at_once_together_keep_within_the_buyers_limit(shop: Shop) -> None:
    await _limit(shop, 2500)
    pressed = await asyncio.gather(
        *(shop.start(press=f"press {count}") for count in range(5)), return_exceptions=True
    )
    refused = [press for press in pressed if isinstance(press, UserError)]
    assert [refusal.code for refusal in refused] == ["purchase_over_limit"] * 3
    async with shop.database.transaction() as tx:
        assert (await limits.limits_of(tx, shop.buyer)).buyable == 500


async def test_the_same_press_at_once_is_one_order_also_at_the_limit(shop: Shop) -> None:
    await _limit(shop, 1000)
    pressed = await asyncio.gather(*(shop.start() for _ in range(5)))
    assert len({press.id for press in pressed}) == 1


async def test_of_an_order_and_a_rest_begun_at_once_the_second_sees_the_first(
    shop: Shop,
) -> None:
    async with shop.database.transaction() as tx:
        await limits.cool_off(tx, shop.buyer, 7)
        order = asyncio.create_task(shop.start())
        # It waits for the rest, which is not yet committed.
        done, _ = await asyncio.wait([order], timeout=0.3)
        assert not done
    with pytest.raises(UserError, match="cooling_off"):
        await order


async def test_an_order_that_failed_or_was_left_long_ago_counts_no_longer(
    shop: Shop, owner_database: Database
) -> None:
    await _limit(shop, 1000)
    _, name = await shop.order(press="declined")
    with pytest.raises(UserError, match="purchase_over_limit"):
        await shop.start(press="other")
    await shop.tell(shop.fake.event("payment_intent.payment_failed", shop.fake.intents[name]))
    await shop.start(press="left")
    async with owner_database.transaction() as tx:
        old = purchases.c.created_at - sa.text("interval '61 minutes'")
        await tx.execute(sa.update(purchases).values(created_at=old))
    await shop.start(press="last")


async def test_a_payment_is_not_opened_once_the_limits_have_come_to_forbid_it(
    shop: Shop, owner_database: Database
) -> None:
    bought = await shop.start()
    await open_payment(shop.database, shop.gateway, bought)
    await _limit(shop, days=1)
    with pytest.raises(UserError, match="cooling_off"):
        await open_payment(shop.database, shop.gateway, await shop.find(bought.id))
    async with owner_database.transaction() as tx:
        await tx.execute(sa.update(spending_limits).values(cool_off_until=None))
    await _limit(shop, 999)
    with pytest.raises(UserError, match="purchase_over_limit"):
        await open_payment(shop.database, shop.gateway, await shop.find(bought.id))
    # What the provider took all the same is the buyer's.
    assert (await shop.tell(shop.fake.paid(next(iter(shop.fake.intents))))).outcome == "credited"


async def test_a_number_for_the_konbini_is_shown_again_also_at_the_limit(shop: Shop) -> None:
    await _limit(shop, 1000)
    number, name = await shop.order()
    shows = shop.fake.intents[name] | {"next_action": {"type": "konbini_display_details"}}
    await shop.tell(shop.fake.event("payment_intent.requires_action", shows))
    await _limit(shop, 500)
    await open_payment(shop.database, shop.gateway, await shop.find(number))
    with pytest.raises(UserError, match="purchase_over_limit"):
        await shop.start(press="other")


async def test_a_press_is_good_for_one_order(shop: Shop) -> None:
    await shop.order()
    with pytest.raises(UserError, match="press_reused"):
        await shop.start(3)


async def _after_a_talk(shop: Shop, settings: Settings) -> str:
    """The buyer bought 5,100 points, and spent some hundreds of them on a talk."""
    world = await World.of(shop.database, settings, points=0)
    shop.buyer = world.caller
    _, name = await shop.buy(3)
    await world.enter()
    await world.beat()
    await world.talk_for(200)
    async with shop.database.transaction() as tx:
        await history.leave(tx, settings, world.talk, world.caller)
    assert 0 < await shop.points() < 5100
    return name


async def test_a_refund_takes_back_what_is_unspent_and_the_rest_is_owed(
    shop: Shop, settings: Settings
) -> None:
    name = await _after_a_talk(shop, settings)
    spent = 5100 - await shop.points()
    refund = shop.fake.event("refund.created", shop.fake.refund(name, 5000))
    await asyncio.gather(shop.tell(refund), shop.tell(refund))
    assert (await shop.points(), await shop.owed()) == (0, spent)
    await shop.must_balance()
    await shop.buy(press="again")
    assert (await shop.points(), await shop.owed()) == (1000 - spent, 0)
    await shop.must_balance()


async def test_while_anything_is_owed_no_talk_begins_and_a_dispute_won_ends_that(
    shop: Shop, settings: Settings
) -> None:
    name = await _after_a_talk(shop, settings)
    left = await shop.points()
    dispute = shop.fake.dispute(name, 5000)
    await shop.tell(shop.fake.event("charge.dispute.created", dispute))
    assert (await shop.points(), await shop.owed()) == (0, 5100 - left)
    async with shop.database.transaction() as tx:
        room = await new_room(tx, cast := await new_user(tx))
        await presence.open_standby(tx, cast, room)
    with pytest.raises(UserError, match="receivable_open"):
        async with shop.database.transaction() as tx:
            await entry.enter(tx, settings, room, shop.buyer)
    await shop.tell(shop.fake.event("charge.dispute.closed", dispute | {"status": "won"}))
    assert (await shop.points(), await shop.owed()) == (left, 0)
    async with shop.database.transaction() as tx:
        await entry.enter(tx, settings, room, shop.buyer)
    await shop.must_balance()


async def test_a_partial_refund_twice_takes_each_part_once(shop: Shop) -> None:
    _, name = await shop.buy(3)
    refund = shop.fake.refund(name, 2500)
    created = shop.fake.event("refund.created", refund)
    updated = shop.fake.event("refund.updated", refund)
    await asyncio.gather(*(shop.tell(event) for event in [created, created, updated, updated]))
    assert await shop.points() == 2550
    await shop.tell(shop.fake.event("refund.created", shop.fake.refund(name, 2500)))
    assert await shop.points() == 0
    await shop.tell(shop.fake.event("refund.created", shop.fake.refund(name, 2500)))
    assert (await shop.points(), await shop.owed()) == (0, 0)
    await shop.must_balance()


async def test_a_refund_that_is_not_yet_made_takes_nothing(shop: Shop) -> None:
    _, name = await shop.buy()
    for status in ("pending", "requires_action", "canceled", "failed"):
        await shop.tell(shop.fake.event("refund.created", shop.fake.refund(name, 1000, status)))
    assert await shop.points() == 1000


async def test_a_refund_that_the_bank_sends_back_alarms(shop: Shop) -> None:
    _, name = await shop.buy()
    refund = shop.fake.refund(name, 1000)
    await shop.tell(shop.fake.event("refund.created", refund))
    await shop.tell(shop.fake.event("refund.failed", refund | {"status": "failed"}))
    assert await shop.alarms() == ["refund_failed"]


async def test_a_refund_before_its_payment_waits_for_it(shop: Shop) -> None:
    _, name = await shop.order()
    with pytest.raises(TooEarlyError):
        await shop.tell(shop.fake.event("refund.created", shop.fake.refund(name, 1000)))
    await shop.tell(shop.fake.paid(name))
    assert await shop.points() == 1000
    await settle_open(shop.database, shop.house, name)
    assert await shop.points() == 0
    await shop.must_balance()


@pytest.mark.parametrize("kind", ["refund.created", "charge.dispute.created"])
async def test_money_back_for_a_payment_we_do_not_know_alarms(shop: Shop, kind: str) -> None:
    subject = shop.fake.refund("pi_nobody", 1000)
    assert (await shop.tell(shop.fake.event(kind, subject))).outcome == "refused"
    assert len(await shop.alarms()) == 1


async def test_a_dispute_freezes_and_one_that_is_won_restores_exactly_once(shop: Shop) -> None:
    _, name = await shop.buy(3)
    dispute = shop.fake.dispute(name, 5000)
    opened = shop.fake.event("charge.dispute.created", dispute)
    await asyncio.gather(shop.tell(opened), shop.tell(opened))
    assert await shop.points() == 0
    won = dispute | {"status": "won"}
    closed = [shop.fake.event("charge.dispute.closed", won) for _ in range(3)]
    await asyncio.gather(*(shop.tell(event) for event in closed * 2))
    assert await shop.points() == 5100
    assert await shop.alarms() == ["dispute_opened"]
    await shop.must_balance()


async def test_a_dispute_that_is_lost_leaves_the_books_exactly_once(shop: Shop) -> None:
    _, name = await shop.buy()
    lost = shop.fake.dispute(name, 1000, "lost")
    # The end comes first, the opening late, and each more than once.
    ends = [shop.fake.event("charge.dispute.closed", lost) for _ in range(3)]
    await asyncio.gather(*(shop.tell(event) for event in ends * 2))
    await shop.tell(shop.fake.event("charge.dispute.created", lost))
    assert await shop.points() == 0
    async with shop.database.transaction() as tx:
        taken = transfers.c.credit_wallet.in_(sa.text("SELECT id FROM wallets WHERE kind='issued'"))
        rows = await tx.execute(sa.select(transfers.c.amount).where(taken))
        assert list(rows.scalars()) == [1000]
        assert (await books.totals(tx)).frozen == 0
    await shop.must_balance()


async def test_what_was_spent_of_a_dispute_that_is_lost_is_still_owed(
    shop: Shop, settings: Settings
) -> None:
    name = await _after_a_talk(shop, settings)
    spent = 5100 - await shop.points()
    dispute = shop.fake.dispute(name, 5000)
    await shop.tell(shop.fake.event("charge.dispute.created", dispute))
    await shop.tell(shop.fake.event("charge.dispute.closed", dispute | {"status": "lost"}))
    assert (await shop.points(), await shop.owed()) == (0, spent)
    async with shop.database.transaction() as tx:
        assert (await books.totals(tx)).frozen == 0
    await shop.buy(press="again")
    assert (await shop.points(), await shop.owed()) == (1000 - spent, 0)
    await shop.must_balance()


@pytest.mark.parametrize(("first", "then"), [("lost", "won"), ("won", "lost")])
async def test_an_end_that_contradicts_an_earlier_one_moves_nothing_and_alarms(
    shop: Shop, first: str, then: str
) -> None:
    _, name = await shop.buy()
    dispute = shop.fake.dispute(name, 1000)
    await shop.tell(shop.fake.event("charge.dispute.closed", dispute | {"status": first}))
    before = await shop.points()
    await shop.tell(shop.fake.event("charge.dispute.closed", dispute | {"status": then}))
    assert await shop.points() == before == (0 if first == "lost" else 1000)
    assert await shop.alarms() == ["dispute_opened", "dispute_contradicted"]
    await shop.must_balance()


def _charge(shop: Shop, name: str, way: str) -> dict[str, Any]:
    charge: dict[str, Any] = {"id": "ch_1", "object": "charge", "payment_intent": name}
    charge["payment_method_details"] = {"type": way}
    return shop.fake.event("charge.succeeded", charge)


async def _told(shop: Shop) -> list[tuple[str, str | None]]:
    async with shop.database.transaction() as tx:
        rows = await tx.execute(sa.select(notices.c.title, notices.c.link))
        found = [(row.title, row.link) for row in rows]
        assert await tx.scalar(sa.select(sa.func.count()).select_from(mails)) == len(found)
    return found


@pytest.mark.parametrize("way", ["card", "konbini"])
@pytest.mark.parametrize("charge_first", [True, False])
async def test_a_purchase_is_told_once_by_inbox_and_mail_whichever_way_it_was_paid(
    shop: Shop, *, charge_first: bool, way: str
) -> None:
    number, name = await shop.order()
    if way == "konbini":
        shows = shop.fake.intents[name] | {"next_action": {"type": "konbini_display_details"}}
        await shop.tell(shop.fake.event("payment_intent.requires_action", shows))
    assert await _told(shop) == []
    story = [_charge(shop, name, way), shop.fake.paid(name)]
    for event in story if charge_first else reversed(story):
        await shop.tell(event)
    told = [("ポイントの購入が完了しました", f"/points/purchases/{number}")]
    assert await _told(shop) == told
    again = [_charge(shop, name, way), shop.fake.paid(name), *story]
    await asyncio.gather(*(shop.tell(event) for event in again))
    assert await _told(shop) == told


async def test_a_card_that_paid_is_told_once_also_where_a_number_was_asked_for_before(
    shop: Shop,
) -> None:
    number, name = await shop.order()
    shows = shop.fake.intents[name] | {"next_action": {"type": "konbini_display_details"}}
    await shop.tell(shop.fake.event("payment_intent.requires_action", shows))
    await shop.tell(shop.fake.paid(name))
    await shop.tell(_charge(shop, name, "card"))
    # It comes late, and no longer says how the purchase is paid.
    await shop.tell(shop.fake.event("payment_intent.requires_action", shows))
    told = [("ポイントの購入が完了しました", f"/points/purchases/{number}")]
    assert await _told(shop) == told
    assert (await shop.find(number)).method == "card"


async def test_a_dispute_won_whose_end_comes_first_takes_nothing(shop: Shop) -> None:
    _, name = await shop.buy()
    won = shop.fake.dispute(name, 1000, "won")
    await shop.tell(shop.fake.event("charge.dispute.closed", won))
    await shop.tell(shop.fake.event("charge.dispute.created", won))
    assert await shop.points() == 1000
    await shop.must_balance()


async def test_a_refund_and_a_dispute_of_one_purchase_never_take_more_than_it_gave(
    shop: Shop,
) -> None:
    await shop.buy(press="other")
    _, name = await shop.buy()
    await shop.tell(shop.fake.event("charge.dispute.created", shop.fake.dispute(name, 1000)))
    await shop.tell(shop.fake.event("refund.created", shop.fake.refund(name, 1000)))
    assert (await shop.points(), await shop.owed()) == (1000, 0)
    await shop.must_balance()
