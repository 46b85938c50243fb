"""What finance staff decide and see about casts: stops, categories, and who may be one person."""

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import mails, notices
from payouts.desk import categories, linked, stops
from points.tables import payment_events
from tests.payouts.payday import Payday
from tests.world import buy


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    said = settings.model_copy(update={"payout": "request"})
    return await Payday.of(database, owner_database, said)


async def test_nobody_of_the_staff_decides_about_their_own(day: Payday) -> None:
    own = await day.staff()
    async with day.database.transaction() as tx:
        for verb in (
            stops.stop(tx, day.settings, own, own, "理由"),
            stops.lift(tx, day.settings, own, own, "理由"),
            categories.change(tx, day.settings, own, own, "individual", "理由"),
        ):
            with pytest.raises(UserError, match="own_payout"):
                await verb


async def test_who_is_stopped_can_not_ask_and_is_stopped_once(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    async with day.database.transaction() as tx:
        await stops.stop(tx, day.settings, actor, cast, "調査中です")
        with pytest.raises(UserError, match="payouts_stopped_already"):
            await stops.stop(tx, day.settings, actor, cast, "もう一度")
    with pytest.raises(UserError, match="payouts_stopped"):
        await day.ask(cast, 6000)
    async with day.database.transaction() as tx:
        await stops.lift(tx, day.settings, actor, cast, "確認できました")
    await day.ask(cast, 6000)


async def test_a_category_counts_from_the_next_run_on(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    await day.ask(cast, 10_000)
    async with day.database.transaction() as tx:
        assert await categories.change(tx, day.settings, actor, cast, "individual", "税理士に確認")
        assert not await categories.change(tx, day.settings, actor, cast, "individual", "もう一度")
    await day.gather(actor)
    async with day.database.transaction() as tx:
        assert await categories.change(tx, day.settings, actor, cast, "none", "誤り")
        assert await tx.scalar(sa.text("SELECT withheld FROM payouts")) == 1021
    await day.prove()


async def test_a_change_of_category_is_told_to_the_cast_once_by_inbox_and_mail(day: Payday) -> None:
    cast, actor = await day.payable(), await day.staff()
    async with day.database.transaction() as tx:
        args = (day.settings, actor, cast, "individual", "税理士に確認")
        await categories.change(tx, *args)
        await categories.change(tx, *args)
        mine = sa.select(notices.c.text).where(
            notices.c.user_id == cast, notices.c.title == "源泉徴収の区分が変わりました"
        )
        (told,) = await tx.scalars(mine)
        sent = [
            mail for mail in await tx.scalars(sa.select(mails.c.text)) if "源泉徴収の区分" in mail
        ]
    assert "「源泉徴収なし」から「個人」" in told.replace("\u2068", "").replace("\u2069", "")
    # Why finance did it is for their own log.
    assert "税理士" not in told
    assert len(sent) == 1


@pytest.mark.parametrize("shared", ["device", "account", "card", None])
async def test_a_caller_and_cast_who_share_something_are_shown_with_the_sums(
    day: Payday, shared: str | None
) -> None:
    cast = await day.payable()
    if shared == "device":
        trace = (
            "INSERT INTO traces (user_id, kind, mark, day)"
            " VALUES (:user, 'device', decode(repeat('ab', 32), 'hex'), current_date)"
        )
        async with day.database.transaction() as tx:
            for user in (cast, day.caller):
                await tx.execute(sa.text(trace), {"user": user})
    if shared == "account":
        await day.account(day.caller)
    if shared == "card":
        for user in (cast, day.caller):
            await buy_by_card(day, user, "card-of-a-family")
        await buy_by_card(day, cast, "card-of-her-own")
    async with day.database.transaction() as tx:
        found = await linked.pairs(tx)
    assert [(one.caller_id, one.cast_id, one.paid, one.share) for one in found] == (
        [(day.caller, cast, 12_500, 10_000)] if shared else []
    )
    assert [(one.by_device, one.by_account, one.by_card) for one in found] == (
        [(shared == "device", shared == "account", shared == "card")] if shared else []
    )


async def buy_by_card(day: Payday, user: int, card: str) -> None:
    async with day.database.transaction() as tx:
        bought = await buy(tx, user, 1000)
        find = sa.text("SELECT intent FROM purchases WHERE id = :id")
        details = {"card": {"fingerprint": card}}
        await tx.execute(
            sa.insert(payment_events).values(
                id=f"evt_charge_{bought}",
                type="charge.succeeded",
                intent=await tx.scalar(find, {"id": bought}),
                livemode=False,
                payload={"data": {"object": {"payment_method_details": details}}},
            )
        )


async def test_cards_of_their_own_link_nobody(day: Payday) -> None:
    cast = await day.payable()
    await buy_by_card(day, cast, "hers")
    await buy_by_card(day, day.caller, "his")
    async with day.database.transaction() as tx:
        assert await linked.pairs(tx) == []


async def test_a_card_that_is_shared_is_shown_with_its_run(day: Payday) -> None:
    cast, other, actor = await day.payable(), await day.payable("みお"), await day.staff()
    for user in (cast, day.caller):
        await buy_by_card(day, user, "shared")
    for one in (cast, other):
        await day.ask(one, 6000)
    run = await day.gather(actor)
    async with day.database.transaction() as tx:
        found = await linked.of_run(tx, run)
    assert [(one.cast_id, one.caller_id, one.by_card) for one in found] == [
        (cast, day.caller, True)
    ]
