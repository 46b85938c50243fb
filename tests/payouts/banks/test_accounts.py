"""Accounts: which one counts when, what is told, what nobody can read, and what goes."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from notify.tables import mails, notices
from payouts.banks import accounts, naming
from payouts.banks.accounts import BankAccount, KnownAccount
from payouts.tables import bank_accounts, payout_profiles, payouts
from people.desk import identity
from people.desk.identity_tables import identity_checks
from people.sign_in import seals
from tests.payouts.accounts import account, named
from tests.payouts.payday import Payday
from tests.world import new_user


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    return await Payday.of(database, owner_database, settings)


async def later(day: Payday, interval: str) -> None:
    """Let time pass for accounts alone, to the second."""
    async with day.owner.transaction() as tx:
        await tx.execute(sa.text(
            f"UPDATE bank_accounts SET made_at = made_at - interval '{interval}',"
            f" effective_at = effective_at - interval '{interval}',"
            f" replaced_at = replaced_at - interval '{interval}'"
        ))  # fmt: skip


async def stand(day: Payday, user: int) -> tuple[str | None, str | None]:
    """The tails of the account that counts, and of the one that waits."""
    async with day.database.transaction() as tx:
        now, then = await accounts.current(tx, user), await accounts.pending(tx, user)
        ids = await accounts.current_ids(tx, [user, 999_999])
    assert ids == ({user: now.id} if now else {})
    return (now.tail if now else None), (then.tail if then else None)


async def test_the_first_account_counts_after_a_day(day: Payday, settings: Settings) -> None:
    cast = await day.cast()
    assert await stand(day, cast) == (None, None)
    made = await named(day.database, settings, cast)
    assert (made.effective_at - made.made_at).total_seconds() == 24 * 3600
    assert await stand(day, cast) == (None, "567")
    await later(day, "23:59:55")
    assert await stand(day, cast) == (None, "567")
    await later(day, "5 seconds")
    assert await stand(day, cast) == ("567", None)


async def test_a_change_counts_after_a_day_and_until_then_the_old_one(
    day: Payday, settings: Settings
) -> None:
    cast = await day.cast()
    await named(day.database, settings, cast)
    await later(day, "1 day")
    await named(day.database, settings, cast, "7654321")
    assert await stand(day, cast) == ("567", "321")
    await later(day, "23:59:50")
    assert await stand(day, cast) == ("567", "321")
    await later(day, "10 seconds")
    assert await stand(day, cast) == ("321", None)
    # The clock steps back: the old one counts again, never none and never both.
    await later(day, "-1 hour")
    assert await stand(day, cast) == ("567", "321")
    await named(day.database, settings, cast, "1111111")
    assert await stand(day, cast) == ("567", "111")
    await later(day, "30 days")
    assert await stand(day, cast) == ("111", None)
    await later(day, "-31 days")
    now, _ = await stand(day, cast)
    assert now is None


async def test_what_waits_can_be_called_off_and_the_old_one_counts_on(
    day: Payday, settings: Settings
) -> None:
    cast = await day.cast()
    await named(day.database, settings, cast)
    await later(day, "1 day")
    await named(day.database, settings, cast, "7654321")
    await call_off(day, settings, cast)
    assert await stand(day, cast) == ("567", None)
    await later(day, "3 days")
    assert await stand(day, cast) == ("567", None)
    with pytest.raises(UserError, match="account_not_pending"):
        await call_off(day, settings, cast)
    assert await stand(day, cast) == ("567", None)


async def call_off(day: Payday, settings: Settings, cast: int) -> None:
    async with day.database.transaction() as tx:
        await naming.call_off(tx, settings, cast)


async def test_a_third_account_takes_the_place_of_the_one_that_waits(
    day: Payday, settings: Settings
) -> None:
    cast = await day.cast()
    for number in ("1111111", "2222222"):
        await named(day.database, settings, cast, number)
    assert await stand(day, cast) == (None, "222")
    await later(day, "1 day")
    assert await stand(day, cast) == ("222", None)


async def test_two_tabs_at_once_leave_one_that_waits(day: Payday, settings: Settings) -> None:
    cast = await day.cast()
    numbers = ["1111111", "2222222", "3333333", "4444444"]
    await asyncio.gather(*(named(day.database, settings, cast, one) for one in numbers))
    async with day.database.transaction() as tx:
        lasting = sa.select(sa.func.count()).where(bank_accounts.c.replaced_at.is_(None))
        assert await tx.scalar(lasting) == 1
    await later(day, "1 day")
    now, then = await stand(day, cast)
    assert now in {one[-3:] for one in numbers}
    assert then is None


async def test_the_same_account_sent_twice_is_one(day: Payday, settings: Settings) -> None:
    cast = await day.cast()
    first = await named(day.database, settings, cast)
    assert await named(day.database, settings, cast) == first
    await later(day, "1 day")
    assert (await named(day.database, settings, cast)).id == first.id
    assert await stand(day, cast) == ("567", None)
    assert len(await told(day, cast)) == 1
    # Another holder of the same number is another account.
    async with day.database.transaction() as tx:
        other = replace(account(), holder="ｻﾄｳ ﾊﾅｺ")
        assert (await naming.save(tx, settings, cast, other, "person")).id != first.id


async def told(day: Payday, cast: int) -> list[Any]:
    async with day.database.transaction() as tx:
        mine = (notices.c.user_id == cast) & (notices.c.kind == "bank_account")
        found = sa.select(notices.c.title, notices.c.text, notices.c.link).where(mine)
        return list(await tx.execute(found.order_by(notices.c.id)))


async def test_each_change_is_told_at_once_by_inbox_and_mail_and_masked(
    day: Payday, settings: Settings
) -> None:
    cast = await day.cast()
    await named(day.database, settings, cast)
    await later(day, "1 day")
    await named(day.database, settings, cast, "7654321")
    await call_off(day, settings, cast)
    first, second, third = await told(day, cast)
    assert "みずほ銀行 東京営業部 ****567" in first.text
    assert "取り消し" in first.text
    assert (
        "新しい口座：みずほ銀行 東京営業部 ****321\nいまの口座：みずほ銀行 東京営業部 ****567"
        in second.text
    )
    assert "お振込に使う口座：みずほ銀行 東京営業部 ****567" in third.text
    assert {one.link for one in (first, second, third)} == {"/console/payouts/account"}
    async with day.database.transaction() as tx:
        sent = [str(row) for row in await tx.execute(sa.select(mails))]
    assert len([one for one in sent if "****" in one]) == 3
    for one in (first.text, second.text, third.text, *sent):
        assert not any(secret in one for secret in ("1234567", "7654321", "ﾔﾏﾀﾞ", "4321"))


async def test_so_many_changes_in_thirty_days_and_no_more(day: Payday, settings: Settings) -> None:
    cast = await day.cast()
    for number in range(1, 6):
        await named(day.database, settings, cast, f"{number}000000")
    with pytest.raises(UserError, match="account_changes"):
        await named(day.database, settings, cast, "6000000")
    await later(day, "30 days")
    await named(day.database, settings, cast, "6000000")
    assert await stand(day, cast) == ("000", "000")


async def test_what_is_stored_says_nothing_and_fits_its_own_row_alone(
    day: Payday, settings: Settings
) -> None:
    one, other = await day.cast(), await day.cast("みお")
    made = await named(day.database, settings, one)
    await named(day.database, settings, other, "2222222")
    async with day.database.transaction() as tx:
        stored = (await tx.execute(sa.select(bank_accounts))).all()
        for row in stored:
            seen = b"".join(part for part in row if isinstance(part, bytes))
            for secret in (b"1234567", b"2222222", "ﾔﾏﾀﾞ".encode()):
                assert secret not in seen
        found = await accounts.opened(tx, settings, [made.id, 999_999])
        assert found == {made.id: account()}
        # A seal moved to another's row is void there.
        theirs = next(row.sealed for row in stored if row.user_id == one)
        moved = sa.update(bank_accounts).where(bank_accounts.c.user_id == other)
        await tx.execute(moved.values(sealed=theirs))
        ids = await accounts.current_ids(tx, [other]) or {other: stored[1].id}
        with pytest.raises(UserError, match="accounts_unreadable"):
            await accounts.opened(tx, settings, [ids[other]])


async def test_another_key_is_said_in_words_and_one_can_name_it_anew(
    day: Payday, settings: Settings
) -> None:
    cast = await day.cast()
    made = await named(day.database, settings, cast)
    other = settings.model_copy(update={"data": settings.data / "elsewhere"})
    async with day.database.transaction() as tx:
        with pytest.raises(UserError, match="accounts_unreadable"):
            await accounts.opened(tx, other, [made.id])
        again = await naming.save(tx, other, cast, account(), "person")
        assert again.id != made.id
        assert await accounts.opened(tx, other, [again.id]) == {again.id: account()}


async def test_without_a_key_nothing_is_taken(day: Payday, settings: Settings) -> None:
    cast = await day.cast()
    keyless = settings.model_copy(
        update={"database_url": "postgresql://x", "secret_key": None, "demo": False}
    )
    with pytest.raises(UserError, match="accounts_closed"):
        await named(day.database, keyless, cast)
    assert await stand(day, cast) == (None, None)


async def test_nobody_names_an_account_before_their_identity_was_checked(
    day: Payday, settings: Settings
) -> None:
    cast = await day.cast()
    checking = settings.model_copy(update={"identity_check": True})
    with pytest.raises(UserError, match="payout_identity_needed"):
        await named(day.database, checking, cast)
    await check(day, settings, cast, "山田 花子")
    await named(day.database, checking, cast)
    async with day.database.transaction() as tx:
        # Finance staff see both names side by side.
        named_ = await accounts.pending(tx, cast)
        assert named_ is not None
        (account,) = (await accounts.opened(tx, settings, [named_.id])).values()
        legal = await identity.legal_name(tx, settings, cast)
        assert (legal, account.holder) == ("山田 花子", "ﾔﾏﾀﾞ ﾊﾅｺ")
        assert await identity.legal_name(tx, settings, day.caller) is None


async def check(day: Payday, settings: Settings, cast: int, name: str) -> None:
    sealed = seals.seal(settings, name.encode(), identity.whose(cast, "name"))
    async with day.database.transaction() as tx:
        await tx.execute(
            sa.insert(identity_checks).values(
                user_id=cast, state="checked", decided_by=day.caller,
                decided_at=sa.func.clock_timestamp(), legal_name=sealed,
            )
        )  # fmt: skip


async def test_a_company_is_paid_that_finance_wrote_down_and_no_other(
    day: Payday, settings: Settings
) -> None:
    cast = await day.cast()

    async def save() -> KnownAccount:
        async with day.database.transaction() as tx:
            return await naming.save(
                tx, settings, cast, replace(account(), holder="ｶ)ｻｸﾗ"), "company"
            )

    with pytest.raises(UserError, match="holder_company_unknown"):
        await save()
    async with day.database.transaction() as tx:
        await tx.execute(sa.insert(payout_profiles).values(user_id=cast, company="株式会社さくら"))
    assert (await save()).holder_kind == "company"


async def test_two_who_named_one_account_share_it(day: Payday, settings: Settings) -> None:
    one, other, third = await day.cast(), await day.cast("みお"), await day.cast("りん")
    for cast in (one, other):
        await named(day.database, settings, cast)
    await named(day.database, settings, third, "2222222")
    async with day.database.transaction() as tx:
        assert await accounts.share(tx, one, other)
        assert not await accounts.share(tx, one, third)
        assert not await accounts.share(tx, one, one)
        assert not await accounts.share(tx, one, day.caller)
        await naming.erase(tx, other)
        assert not await accounts.share(tx, one, other)


def test_marks_tell_accounts_apart_by_what_they_are_and_not_by_their_names(
    settings: Settings,
) -> None:
    def mark(**changed: Any) -> bytes:
        return accounts.mark_of(settings, replace(account(), **changed))

    assert mark() == mark(holder="ｻﾄｳ", bank="新しい名", branch_kana="x")
    others: list[dict[str, Any]] = [
        {"number": "1234568"}, {"branch_code": "002"}, {"bank_code": "0005"}, {"kind": "2"}
    ]  # fmt: skip
    assert len({mark(), *(mark(**one) for one in others)}) == 5


async def test_who_goes_leaves_nothing_that_is_sealed_and_can_not_be_paid(
    day: Payday, settings: Settings
) -> None:
    cast = await day.cast()
    await named(day.database, settings, cast)
    await later(day, "1 day")
    await named(day.database, settings, cast, "7654321")
    payout = await a_payout(day, cast)
    async with day.database.transaction() as tx:
        with pytest.raises(UserError, match="payout_open"):
            await naming.erase(tx, cast)
    async with day.database.transaction() as tx:
        await tx.execute(
            sa.update(payouts)
            .where(payouts.c.id == payout)
            .values(state="called_off", called_off_at=sa.func.clock_timestamp(), why="x")
        )
        await naming.erase(tx, cast)
    assert await stand(day, cast) == (None, None)
    async with day.database.transaction() as tx:
        rows = (await tx.execute(sa.select(bank_accounts))).all()
        assert [(row.sealed, row.mark, row.tail) for row in rows] == [
            (None, None, "567"), (None, None, "321")
        ]  # fmt: skip
        assert await accounts.opened(tx, settings, [row.id for row in rows]) == {}
    await later(day, "3 days")
    assert await stand(day, cast) == (None, None)


async def a_payout(day: Payday, cast: int) -> int:
    async with day.database.transaction() as tx:
        made = sa.insert(payouts).values(
            user_id=cast, way="request", gross=5000, requested_on=sa.func.current_date()
        )
        found = await tx.scalar(made.returning(payouts.c.id))
    assert found
    return int(found)


async def test_accounts_that_count_no_more_are_forgotten_after_ninety_days(
    day: Payday, settings: Settings
) -> None:
    cast = await day.cast()
    await named(day.database, settings, cast, "1111111")
    await later(day, "1 day")
    await named(day.database, settings, cast, "2222222")
    await later(day, "1 day")

    async def forget() -> int:
        async with day.database.transaction() as tx:
            return await naming.forget_replaced(tx, naming.KEPT_DAYS, 100)

    await later(day, "89 days 23:00")
    assert await forget() == 0
    await later(day, "2 hours")
    assert await forget() == 1
    assert await forget() == 0
    assert await stand(day, cast) == ("222", None)
    async with day.database.transaction() as tx:
        kept = sa.select(bank_accounts.c.tail).where(bank_accounts.c.sealed.is_not(None))
        assert (await tx.scalars(kept)).all() == ["222"]


async def test_the_application_never_deletes_an_account(day: Payday, settings: Settings) -> None:
    cast = await day.cast()
    await named(day.database, settings, cast)
    for statement in (
        "DELETE FROM bank_accounts",
        "TRUNCATE bank_accounts CASCADE",
        "UPDATE bank_accounts SET effective_at = clock_timestamp()",
        "UPDATE bank_accounts SET user_id = 1",
        "UPDATE bank_accounts SET bank = 'x'",
    ):
        with pytest.raises(sa.exc.DBAPIError, match=r"permission denied|refuse"):
            async with day.database.transaction() as tx:
                await tx.execute(sa.text(statement))


async def test_what_somebody_named_is_theirs_alone(day: Payday, settings: Settings) -> None:
    one = await day.cast()
    await named(day.database, settings, one)
    async with day.database.transaction() as tx:
        other = await new_user(tx)
        with pytest.raises(UserError, match="account_not_pending"):
            await naming.call_off(tx, settings, other)
    assert await stand(day, one) == (None, "567")
    assert BankAccount(**vars(account())) == account()
