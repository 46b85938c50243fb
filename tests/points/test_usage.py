"""A month's statement holds what was used, by whose rules it was sold, and stays as it was."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database, clock
from foundation.settings import Settings
from payouts.tables import payout_profiles
from points import ledger, selling, usage
from points.rules import SITE_ZONE
from points.tables import selling_rules
from points.usage import UsageMonth
from tests.payouts.payday import Payday
from tests.rooms.booked import Booked

NUMBER = "T1234567890123"


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    """A caller with points that were bought."""
    return await Payday.of(database, owner_database, settings)


async def read(day: Payday, month: date, **changed: object) -> UsageMonth:
    settings = day.settings.model_copy(update=changed)
    async with day.database.transaction() as tx:
        return await usage.of_month(tx, settings, day.caller, month)


async def months(day: Payday) -> Sequence[date]:
    async with day.database.transaction() as tx:
        return await usage.months(tx, day.caller)


async def this_month(database: Database) -> date:
    async with database.transaction() as tx:
        return (await clock(tx)).astimezone(SITE_ZONE).date().replace(day=1)


async def at(day: Payday, table: str, moment: datetime, where: str) -> None:
    """Let a row of the books have been written at a moment."""
    async with day.owner.transaction() as tx:
        await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        await tx.execute(
            sa.text(f"UPDATE {table} SET at = :at WHERE {where}"),
            {"at": moment},
        )


async def test_who_used_nothing_has_no_month(day: Payday) -> None:
    assert await months(day) == []
    assert (await read(day, date(2026, 1, 1))).sold == []


async def test_a_talks_minutes_are_one_line_and_the_tax_is_within(day: Payday) -> None:
    cast = await day.cast()
    talk = await day.earn(cast, 3)
    found = await read(day, await this_month(day.database), tax_percent=10)
    (sold,) = found.sold
    (line,) = sold.lines
    assert (line.kind, line.talk_id, line.minutes, line.paid, line.given) == (
        "talk", talk, 3, 3750, 0
    )  # fmt: skip
    assert (sold.paid, sold.tax, found.over) == (3750, 340, False)


async def test_points_that_were_given_are_no_consideration(day: Payday) -> None:
    cast = await day.cast()
    async with day.database.transaction() as tx:
        await ledger.grant(tx, day.caller, 1000, "試験", actor_id=None, key="gift")
    # Those that expire first are used first, and given ones may: let them.
    async with day.owner.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE lots SET expires_at = now() + interval '1 day' WHERE kind = 'granted'")
        )
    await day.earn(cast, 2)
    found = await read(day, await this_month(day.database), tax_percent=10)
    assert (found.paid, found.given, found.tax) == (1500, 1000, 136)


async def test_a_month_begins_and_ends_at_midnight_in_tokyo(day: Payday) -> None:
    cast = await day.cast()
    talk = await day.earn(cast, 2)
    end = datetime(2026, 3, 1, tzinfo=SITE_ZONE)
    await at(day, "charges", end - timedelta(microseconds=1), f"talk_id = {talk} AND minute = 1")
    await at(day, "charges", end, f"talk_id = {talk} AND minute = 2")
    assert await months(day) == [date(2026, 3, 1), date(2026, 2, 1)]
    february, march = await read(day, date(2026, 2, 1)), await read(day, date(2026, 3, 1))
    assert [(one.day, one.minutes) for sold in february.sold for one in sold.lines] == [
        (date(2026, 2, 28), 1)
    ]
    assert (february.paid, march.paid, february.over) == (1250, 1250, True)


async def test_what_goes_back_is_a_minus_of_the_month_of_its_return(day: Payday) -> None:
    cast = await day.cast()
    talk = await day.earn(cast, 3)
    await at(day, "charges", datetime(2026, 2, 10, 12, tzinfo=SITE_ZONE), f"talk_id = {talk}")
    before = await read(day, date(2026, 2, 1))
    async with day.database.transaction() as tx:
        await ledger.return_points(tx, talk, 2000, reason="試験", actor_id=cast)
    assert await read(day, date(2026, 2, 1)) == before
    now = await read(day, await this_month(day.database), tax_percent=10)
    (sold,) = now.sold
    assert [(line.kind, line.paid) for line in sold.lines] == [("talk_return", -2000)]
    assert (sold.paid, sold.tax) == (-2000, -181)


async def test_a_reserved_time_counts_once_it_is_paid_less_what_went_back(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    world = await Booked.open(database, owner_database, settings)
    await world.book(minutes=30)
    month = await this_month(database)
    async with database.transaction() as tx:
        held = (await tx.execute(sa.text("SELECT id, points FROM holds"))).one()
        assert (await usage.of_month(tx, settings, world.caller, month)).sold == []
        await ledger.pay_hold(tx, held.id, world.cast, held.points * 8 // 10, reason="試験")
    async with database.transaction() as tx:
        paid = await usage.of_month(tx, settings, world.caller, month)
        assert (paid.paid + paid.given, paid.sold[0].lines[0].kind) == (held.points, "reserved")
        assert paid.sold[0].lines[0].minutes == 30
        await ledger.return_hold(
            tx, held.id, None, cast_id=world.cast, share=held.points * 8 // 10, reason="試験",
            actor_id=None,
        )  # fmt: skip
    async with database.transaction() as tx:
        back = await usage.of_month(tx, settings, world.caller, month)
    assert (back.paid, back.given) == (0, 0)
    assert {line.kind for sold in back.sold for line in sold.lines} == {
        "reserved", "reserved_return"
    }  # fmt: skip


async def test_who_sold_is_by_the_rule_of_the_day(day: Payday) -> None:
    cast = await day.cast()
    site = {"talk_seller": "site", "issuer_name": "甲商会", "issuer_registration": NUMBER}
    async with day.database.transaction() as tx:
        assert await selling.note(tx, day.settings.model_copy(update=site))
        assert not await selling.note(tx, day.settings.model_copy(update=site))
    await day.earn(cast, 1)
    async with day.database.transaction() as tx:
        later = day.settings.model_copy(update={"talk_seller": "cast", "issuer_name": "乙商会"})
        assert await selling.note(tx, later)
    await day.earn(cast, 2)
    # What the settings say now doesn't matter.
    found = await read(day, await this_month(day.database), issuer_name="丙商会")
    assert [(one.rule.name, one.cast, one.registration, one.paid) for one in found.sold] == [
        ("甲商会", None, NUMBER, 1250), ("乙商会", "さくら", None, 2500)
    ]  # fmt: skip


async def test_a_casts_number_holds_from_its_day_on(day: Payday) -> None:
    first, second = await day.cast(), await day.cast("もみじ")
    async with day.database.transaction() as tx:
        await selling.note(tx, day.settings.model_copy(update={"talk_seller": "cast"}))
    await day.earn(first, 1)
    async with day.database.transaction() as tx:
        await tx.execute(sa.insert(payout_profiles).values(user_id=first, registration=NUMBER))
    await day.earn(first, 2)
    await day.earn(second, 3)
    async with day.database.transaction() as tx:
        await tx.execute(sa.update(payout_profiles).values(registration=None))
    await day.earn(first, 4)
    found = await read(day, await this_month(day.database))
    assert sorted((one.cast, one.registration or "", one.paid) for one in found.sold) == [
        ("さくら", "", 6250), ("さくら", NUMBER, 2500), ("もみじ", "", 3750)
    ]  # fmt: skip


async def test_the_rules_of_days_gone_by_never_change(day: Payday) -> None:
    async with day.database.transaction() as tx:
        await selling.note(tx, day.settings)
        await tx.execute(sa.insert(payout_profiles).values(user_id=day.caller, registration=NUMBER))
    for change in (
        sa.update(selling_rules).values(name="別人"),
        sa.delete(selling_rules),
        sa.text("UPDATE registration_days SET registration = NULL"),
        sa.text("DELETE FROM registration_days"),
    ):
        for database in (day.database, day.owner):
            with pytest.raises(sa.exc.DBAPIError):
                async with database.transaction() as tx:
                    await tx.execute(change)
