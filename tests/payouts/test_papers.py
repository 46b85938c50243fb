"""Papers of what was paid: notices, objections, the year; lines that can't be paid yet; numbers."""

from typing import Unpack

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import notices as told_notices
from payouts import maturing, notices, objections, own_payouts, registrations, requests
from payouts.notices import PaymentNotice
from points.tables import claims
from record.tables import staff_acts
from tests.payouts import by_hand
from tests.payouts.by_hand import Settled
from tests.payouts.payday import Payday
from tests.world import new_user


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    settings = settings.model_copy(update={"payout": "request"})
    return await Payday.of(database, owner_database, settings)


async def paid(day: Payday, cast: int, amount: int, **said: Unpack[Settled]) -> int:
    """Let a cast who earned it be paid; return the payout."""
    async with day.database.transaction() as tx:
        made = await requests.ask(tx, day.settings, cast, amount)
        await by_hand.pay(tx, made, **said)
    return made


async def earner(day: Payday, minutes: int) -> int:
    cast = await day.cast()
    await day.earn(cast, minutes)
    await day.pass_days(31)
    async with day.database.transaction() as tx:
        await by_hand.name_account(tx, cast)
    return cast


async def notice(day: Payday, cast: int, payout: int) -> PaymentNotice:
    async with day.database.transaction() as tx:
        return await notices.notice(tx, day.settings, cast, payout)


async def test_a_notice_says_all_that_a_statement_of_purchases_wants(day: Payday) -> None:
    cast = await earner(day, 11)
    made = await paid(
        day, cast, 11_000, seller="site", category="individual", registration="T1234567890123"
    )
    found = await notice(day, cast, made)
    assert (found.gross, found.bank_fee, found.withheld, found.net) == (11_000, 330, 1123, 9547)
    assert (found.tax_percent, found.tax, found.registration) == (10, 1000, "T1234567890123")
    assert (found.payee, found.bank, found.tail) == ("さくら", "ひととき銀行", "567")
    assert found.first <= found.last
    assert found.can_object
    await day.prove()


async def test_periods_of_notices_follow_each_other(day: Payday) -> None:
    cast = await earner(day, 20)
    one = await paid(day, cast, 6000)
    await day.pass_days(7)
    two = await paid(day, cast, 6000)
    first, second = await notice(day, cast, one), await notice(day, cast, two)
    assert (second.first - first.last).days == 1
    assert first.first < first.last < second.last


async def test_there_is_no_notice_of_what_is_not_paid_or_is_anothers(day: Payday) -> None:
    cast = await earner(day, 6)
    async with day.database.transaction() as tx:
        made = await requests.ask(tx, day.settings, cast, 5000)
    with pytest.raises(UserError, match="payout_not_paid"):
        await notice(day, cast, made)
    with pytest.raises(UserError, match="payout_unknown"):
        await notice(day, await day.cast("みどり"), made)


async def object_to(day: Payday, cast: int, payout: int, text: str = "金額が違います") -> None:
    async with day.database.transaction() as tx:
        await objections.object_to(tx, day.settings, cast, payout, text)


async def test_one_objects_once_and_within_fourteen_days(day: Payday) -> None:
    cast = await earner(day, 20)
    late, early = await paid(day, cast, 5000), 0
    await day.pass_days(14)
    with pytest.raises(UserError, match="objection_too_late"):
        await object_to(day, cast, late)
    early = await paid(day, cast, 5000)
    await day.pass_days(13)
    with pytest.raises(UserError, match="objection_malformed"):
        await object_to(day, cast, early, "あ" * 1001)
    await object_to(day, cast, early, "あ" * 1000)
    with pytest.raises(UserError, match="objection_made_already"):
        await object_to(day, cast, early)
    with pytest.raises(UserError, match="payout_unknown"):
        await object_to(day, await day.cast("みどり"), early)


async def test_staff_answer_once_and_the_cast_is_told(day: Payday) -> None:
    cast = await earner(day, 6)
    made = await paid(day, cast, 5000)
    await object_to(day, cast, made)
    async with day.database.transaction() as tx:
        staff = await new_user(tx, "係")
        assert [one.payout_id for one in await objections.open_objections(tx)] == [made]
        with pytest.raises(UserError, match="not_ones_own"):
            await objections.answer(tx, day.settings, cast, made, "はい")
        await objections.answer(tx, day.settings, staff, made, "確かめました。")
        with pytest.raises(UserError, match="objection_answered_already"):
            await objections.answer(tx, day.settings, staff, made, "もう一度")
        with pytest.raises(UserError, match="objection_unknown"):
            await objections.answer(tx, day.settings, staff, made + 1, "もう一度")
        assert await objections.open_objections(tx) == []
        acts = (await tx.scalars(sa.select(staff_acts.c.act))).all()
        links = (await tx.scalars(sa.select(told_notices.c.link))).all()
    assert "answer_payout_objection" in acts
    assert f"/console/payouts/{made}" in links
    found = await notice(day, cast, made)
    assert found.answer == "確かめました。"
    assert not found.can_object


async def test_a_year_adds_up_what_was_paid_in_it(day: Payday) -> None:
    cast = await earner(day, 20)
    one = await paid(day, cast, 5000, category="individual")
    await day.pass_days(1)
    await paid(day, cast, 6000, category="individual")
    async with day.database.transaction() as tx:
        years = await notices.years(tx, cast)
        found = [await notices.of_year(tx, day.settings, cast, year) for year in years]
        paid_at = (await own_payouts.one(tx, cast, one)).paid_at
    assert paid_at is not None
    assert paid_at.year in (*years, min(years) - 1)
    assert sum(one.total("gross") for one in found) == 11_000
    assert sum(one.total("withheld") for one in found) == 510 + 612
    assert sum(one.total("net") for one in found) == 11_000 - 2 * 330 - 510 - 612


async def test_what_matures_stands_talk_by_talk_and_adds_up_to_the_book(day: Payday) -> None:
    cast = await day.cast()
    claimed = await day.earn(cast, 3)
    await day.pass_days(10)
    young = await day.earn(cast, 2)
    async with day.database.transaction() as tx:
        await tx.execute(
            sa.insert(claims).values(
                talk_id=claimed, user_id=day.caller, kind="other", state="open"
            )
        )
    await day.pass_days(10)
    async with day.database.transaction() as tx:
        page = await maturing.lines(tx, day.settings, cast, 1, 10)
    assert [(one.talk_id, one.share, one.claimed) for one in page] == [
        (young, 2000, False), (claimed, 3000, True)
    ]  # fmt: skip
    assert sum(one.share for one in page) == (await day.book(cast)).maturing


@pytest.mark.parametrize(
    ("typed", "company", "number"),
    [
        ("", False, None), ("T1234567890123", False, "T1234567890123"),
        ("ｔ7-0107-0500-0725", True, "T7010705000725"), ("7010705000725", True, "T7010705000725"),
    ],
)  # fmt: skip
def test_a_registration_number_is_kept_in_one_shape(
    typed: str, company: bool, number: str | None
) -> None:
    assert registrations.number_of(typed, company=company) == number


@pytest.mark.parametrize(
    ("typed", "company", "code"),
    [
        ("T123", False, "registration_malformed"),
        ("T0234567890123", False, "registration_malformed"),
        ("T12345678901234", False, "registration_malformed"),
        ("なし", False, "registration_malformed"),
        ("T7010705000726", True, "registration_miscopied"),
        ("T1010705000725", True, "registration_miscopied"),
    ],
)  # fmt: skip
def test_a_registration_number_that_cannot_be_one_is_refused(
    typed: str, company: bool, code: str
) -> None:
    with pytest.raises(UserError) as refusal:
        registrations.number_of(typed, company=company)
    assert refusal.value.code == code


async def test_a_number_is_saved_and_taken_away(day: Payday) -> None:
    cast = await day.cast()
    async with day.database.transaction() as tx:
        await registrations.save(tx, cast, "T1234567890123")
        assert await registrations.known(tx, cast) == ("T1234567890123", False)
        await registrations.save(tx, cast, " ")
        assert await registrations.known(tx, cast) == (None, False)
