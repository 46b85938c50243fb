"""Reservations in real browsers: booked and talked to their end, called off, and missed."""

import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from scheduler import errands
from tests.browser.booking import (
    CALLER,
    CALLER_MAIL,
    CAST,
    CAST_MAIL,
    EARNING,
    MESSAGE,
    MINUTES,
    PRICE,
    ROOM,
    Booking,
    book,
    open_at_all_hours,
    points_in,
    read_mail,
    read_notice,
    statement,
    to_the_console,
    to_the_entry,
)
from tests.browser.conftest import StartSite, in_one_loop, other_talk
from tests.browser.passing import come_true, fact, run_errand, until
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.site import Site
from tests.browser.test_talk import books_hold, charged

pytestmark = [pytest.mark.browser, pytest.mark.timeout(420)]

HOUR_SECONDS = 3600
# The minute's tick, a mail's job, and a slow machine.
TICK_SECONDS = 150


@in_one_loop()
async def site(start_site: StartSite, database: Database) -> Site:
    """A site with minutes and patience as anywhere, whose cast can be booked at any time."""
    site = await start_site(
        HITOTOKI_MINUTE_SECONDS="60",
        HITOTOKI_FREE_SECONDS="60",
        HITOTOKI_SILENCE_SECONDS="20",
        HITOTOKI_STANDBY_GRACE_SECONDS="60",
        HITOTOKI_BOOKING_OPENS_HOURS="48",
    )
    await open_at_all_hours(database)
    return site


@in_one_loop()
async def caller(browser: Browser, site: Site) -> Person:
    """Somebody with points, at a phone."""
    return await Person.arrive(browser, site.url, CALLER, PHONE)


@in_one_loop()
async def cast(browser: Browser, site: Site) -> Person:
    """The cast of the room."""
    return await Person.arrive(browser, site.url, CAST)


@other_talk
async def test_a_talk_is_booked_reminded_of_and_ends_at_the_reserved_time(
    browser: Browser,
    site: Site,
    caller: Person,
    cast: Person,
    database: Database,
    owner_database: Database,
    tmp_path: Path,
) -> None:
    booked = await book(caller)
    assert (await statement(caller))[0] == ("hold", -PRICE)
    await read_notice(cast, "予約が入りました", CALLER, MESSAGE)
    await expect(cast.page.locator("blockquote")).to_have_text(MESSAGE)

    await until(owner_database, booked.id, "starts_at", HOUR_SECONDS - 30)
    await run_errand(database, tmp_path, errands.remind_of_reservations)
    await both_are_reminded(caller, cast, booked)
    await until(owner_database, booked.id, "starts_at")
    await others_see_it_reserved(browser, site)
    await begin_from_the_banners(caller, cast)
    await the_meter_counts_the_reservation_down(caller, cast, database)

    await until(owner_database, booked.id, "ends_at", 30)
    await expect(caller.page.locator("[data-part=note-text]")).to_have_text(
        re.compile("あと [0-9]+ 秒で終わります")
    )
    await caller.see_account(120)
    await cast.see_account(120)
    await the_accounts_show_the_reserved_time(caller, cast, booked, database)
    await run_errand(database, tmp_path, errands.judge_reservations)
    await come_true(database, booked.id, "state = 'done'")
    await both_find_it_done(caller, cast)
    assert await earned(database) == EARNING
    await books_hold(database)
    nothing_is_wrong(caller, cast)


async def both_are_reminded(caller: Person, cast: Person, booked: Booking) -> None:
    """Read the mails of the reminder, as they would be read at home."""
    subject = "まもなく予約の時間です"
    for person, address, other in ((caller, CALLER_MAIL, CAST), (cast, CAST_MAIL, CALLER)):
        words = await read_mail(person, address, subject, TICK_SECONDS)
        await expect(words).to_contain_text(f"{other}さんとの予約が、1時間以内に始まります。")
        way = words.get_by_role("link", name="予約を見る")
        await expect(way).to_have_attribute("href", re.compile(f"{booked.path}$"))
        await read_notice(person, subject, other)
        await person.page.wait_for_url(f"**{booked.path}")
        await expect(person.page.locator("[data-due] [data-part=soon]")).to_be_visible()


async def others_see_it_reserved(browser: Browser, site: Site) -> None:
    other = await Person.arrive(browser, site.url, "健太")
    await other.page.goto(f"{site.url}/rooms/{ROOM}")
    await expect(other.page.locator("article[data-state=reserved]")).to_be_visible()
    await expect(other.page.get_by_text("ただいまは予約の時間です。")).to_be_visible()
    await expect(other.page.get_by_role("link", name="入室する")).to_be_hidden()
    nothing_is_wrong(other)
    await other.close()


async def begin_from_the_banners(caller: Person, cast: Person) -> None:
    """Let the banner lead each of them to the talk, and let it begin."""
    await to_the_console(cast)
    await to_the_entry(caller)
    await caller.page.locator("[data-part=enter]:enabled").click(timeout=60 * SECONDS)
    await caller.see("talking", 120)
    await cast.see("talking", 120)


async def the_meter_counts_the_reservation_down(
    caller: Person, cast: Person, database: Database
) -> None:
    for person in (caller, cast):
        assert await person.sees_the_other_move()
        time = person.page.locator("[data-meter-time]")
        await expect(person.page.get_by_text("予約 残り")).to_be_visible()
        first = await time.inner_text()
        await expect(time).not_to_have_text(first)
        assert 0 < seconds_in(await time.inner_text()) < seconds_in(first) <= MINUTES * 60
    await expect(caller.page.locator("[data-prepaid]")).to_have_text(str(PRICE))
    await expect(caller.page.locator("[data-meter-cost]")).to_be_hidden()
    assert await charged(database) == 0


def seconds_in(clock: str) -> int:
    """How long 9:07 is."""
    minutes, _, seconds = clock.partition(":")
    return 60 * int(minutes) + int(seconds)


async def the_accounts_show_the_reserved_time(
    caller: Person, cast: Person, booked: Booking, database: Database
) -> None:
    paid, got = await caller.account(), await cast.account()
    for account in (paid, got):
        assert account["end_reason"] == "reservation_over"
        assert 0 < account["reserved_ms"] <= MINUTES * 60_000
        assert account["prepaid"] == PRICE
        assert (account["free_ms"], account["paid_ms"]) == (0, 0)
    assert paid["reserved_ms"] == got["reserved_ms"]
    assert (paid["cost"], paid["points_left"]) == (0, booked.points_before - PRICE)
    for person in (caller, cast):
        lines = person.page.locator(".spans li")
        await expect(lines.first).to_have_attribute("data-kind", "reserved")
        await expect(person.page.get_by_text("予約の時間が終わりました")).to_be_visible()
    assert await charged(database) == 0
    async with database.transaction() as tx:
        assert await tx.scalar(PAST_THE_END, {"id": booked.id}) is False


async def both_find_it_done(caller: Person, cast: Person) -> None:
    for person, amount in ((caller, PRICE), (cast, EARNING)):
        await person.page.get_by_role("link", name="予約を見る").click()
        await expect(person.page.locator("[data-reservation=done]")).to_be_visible()
        facts = person.page.get_by_role("region", name="予約の内容")
        await expect(facts).to_contain_text(f"{amount}pt")


PAST_THE_END = sa.text("""
SELECT max(s.ended_at) > max(r.ends_at) FROM talk_spans s
JOIN talks t ON t.id = s.talk_id JOIN reservations r ON r.id = t.reservation_id WHERE r.id = :id
""")


async def test_a_cancelled_reservation_gives_all_back_and_a_late_one_cannot_be_cancelled(
    caller: Person, cast: Person, database: Database, owner_database: Database
) -> None:
    booked = await book(caller, late=True)
    await cancel(caller, booked)
    await the_cancelled_stays_in_the_list(caller, booked)
    assert (await statement(caller))[:2] == [("release", PRICE), ("hold", -PRICE)]
    words = await read_mail(caller, CALLER_MAIL, "予約をキャンセルしました", TICK_SECONDS)
    await expect(words).to_contain_text(f"{PRICE}ポイントをすべてお返ししました。")
    await read_notice(cast, "予約がキャンセルされました", CALLER)
    await expect(cast.page.locator("[data-reservation=cancelled]")).to_be_visible()

    late = await book(caller, late=True)
    await open_the_question(caller, late)
    await until(owner_database, late.id, "cancel_until", -1)
    await caller.page.get_by_role("button", name="キャンセルする").click()
    await expect(caller.page.locator("main")).to_contain_text(
        "キャンセルできる時間を過ぎたため、キャンセルできません。"
    )
    await there_is_no_way_to_cancel(caller, late)
    assert await fact(database, late.id, "state") == "booked"
    await books_hold(database)
    refused, caller.complaints = caller.complaints, []
    assert len(refused) == 1
    assert "409" in refused[0]
    nothing_is_wrong(caller, cast)


async def open_the_question(caller: Person, booked: Booking) -> None:
    """Go the way from the list to the page that asks once more."""
    await caller.open_from_menu("予約")
    await caller.page.locator(f".line a[href='{booked.path}']").click()
    await caller.page.get_by_role("link", name="キャンセルの確認へ").click()
    await expect(caller.page.get_by_role("heading", level=1)).to_contain_text("キャンセルしますか")
    await expect(caller.page.locator("dl.order-facts")).to_contain_text(f"{PRICE}pt")


async def cancel(caller: Person, booked: Booking) -> None:
    """Call a reservation off, and see the points come back with the answer."""
    await open_the_question(caller, booked)
    await caller.page.get_by_role("button", name="キャンセルする").click()
    await expect(caller.page.get_by_role("status").first).to_contain_text(f"{PRICE} ptをお返し")
    assert await points_in(caller.page.locator(".purse .amount")) == booked.points_before


async def the_cancelled_stays_in_the_list(caller: Person, booked: Booking) -> None:
    await caller.open_from_menu("予約")
    line = caller.page.locator(".line").filter(has=caller.page.locator(f"a[href='{booked.path}']"))
    await expect(line).to_contain_text("キャンセル済み")
    await line.get_by_role("link").click()
    await expect(caller.page.get_by_role("link", name="キャンセルの確認へ")).to_have_count(0)


async def there_is_no_way_to_cancel(caller: Person, booked: Booking) -> None:
    await caller.page.goto(caller.base + booked.path)
    await expect(caller.page.get_by_text("は過ぎました。")).to_be_visible()
    await expect(caller.page.get_by_role("link", name="キャンセルの確認へ")).to_have_count(0)
    await caller.page.goto(f"{caller.base}{booked.path}/cancel")
    await expect(caller.page.get_by_role("heading", level=1)).to_contain_text("取りやめますか")
    await expect(caller.page.get_by_role("button", name="キャンセルする")).to_have_count(0)


async def test_a_caller_whose_cast_did_not_come_is_given_the_points_back(
    caller: Person, cast: Person, database: Database, owner_database: Database, tmp_path: Path
) -> None:
    booked = await book(caller)
    await until(owner_database, booked.id, "starts_at")
    await to_the_entry(caller)
    await caller.page.locator("[data-part=enter]:enabled").click(timeout=60 * SECONDS)
    await expect(caller.page.locator("[data-part=awaiting-title]")).to_have_text(
        f"{CAST}さんを待っています", timeout=30 * SECONDS
    )
    await until(owner_database, booked.id, "ends_at")
    refusal = caller.page.locator("[data-part=refusal]")
    await expect(refusal).to_contain_text("この予約は終わっています。", timeout=30 * SECONDS)
    await refusal.get_by_role("link").click()
    await caller.page.locator(f".line a[href='{booked.path}']").click()
    await expect(caller.page.get_by_role("heading", level=1)).to_contain_text(f"{CAST}さんとの予約")

    await run_errand(database, tmp_path, errands.judge_reservations)
    await come_true(database, booked.id, "state = 'cast_missed'")
    await read_notice(caller, "キャストが来られませんでした", "15分以内にすべてお返しします")
    await expect(caller.page.locator("[data-reservation=cast_missed]")).to_be_visible()
    assert await points_in(caller.page.locator(".purse .amount")) == booked.points_before - PRICE

    await until(owner_database, booked.id, "return_due_at")
    await run_errand(database, tmp_path, errands.return_no_shows)
    await come_true(database, booked.id, "returned_at IS NOT NULL")
    await read_notice(caller, "ポイントをお返ししました", f"{PRICE}ポイントを")
    await expect(caller.page.get_by_text(f"{PRICE} ptをお返ししました")).to_be_visible()
    assert await points_in(caller.page.locator(".purse .amount")) == booked.points_before
    assert (await statement(caller))[:2] == [("release", PRICE), ("hold", -PRICE)]
    words = await read_mail(caller, CALLER_MAIL, "ポイントをお返ししました", TICK_SECONDS)
    await expect(words).to_contain_text(f"{PRICE}ポイントを、もとのポイントにお返ししました。")
    await read_notice(cast, "予約の時間に待機の記録がありません", CALLER)
    assert await earned(database) == 0
    await books_hold(database)
    refused, caller.complaints = caller.complaints, []
    assert [complaint for complaint in refused if "409" not in complaint] == []
    nothing_is_wrong(caller, cast)


async def test_a_caller_who_did_not_come_is_told_why_nothing_comes_back(
    caller: Person, cast: Person, database: Database, owner_database: Database, tmp_path: Path
) -> None:
    booked = await book(caller)
    await until(owner_database, booked.id, "starts_at")
    await to_the_console(cast)
    await come_true(database, booked.id, "cast_last_at >= starts_at")
    await until(owner_database, booked.id, "ends_at")
    await run_errand(database, tmp_path, errands.judge_reservations)
    await come_true(database, booked.id, "state = 'caller_missed'")

    why = ("入室の記録がありませんでした", f"{PRICE}ポイントはお返しできません")
    await read_notice(caller, "予約の時間が終わりました", *why)
    page = caller.page
    await expect(page.locator("[data-reservation=caller_missed]")).to_be_visible()
    await expect(page.get_by_text("キャストは待機していました。")).to_be_visible()
    assert await points_in(page.locator(".purse .amount")) == booked.points_before - PRICE
    assert (await statement(caller))[0] == ("hold", -PRICE)
    words = await read_mail(caller, CALLER_MAIL, "予約の時間が終わりました", TICK_SECONDS)
    await expect(words).to_contain_text(f"{PRICE}ポイントはお返しできません")
    await read_notice(cast, "予約の時間が終わりました", f"{EARNING}ポイントを計上しました")
    assert await earned(database) == EARNING
    await books_hold(database)
    nothing_is_wrong(caller, cast)


async def earned(database: Database) -> int:
    """All that casts have earned, by the journal."""
    async with database.transaction() as tx:
        return int(await tx.scalar(EARNED) or 0)


EARNED = sa.text("""
SELECT coalesce(sum(j.amount), 0) FROM journal j JOIN wallets w ON w.id = j.wallet_id
WHERE w.kind = 'earnings'
""")


def nothing_is_wrong(*people: Person) -> None:
    """No script broke on anybody's page, and no browser complained."""
    for person in people:
        assert person.problems == person.complaints == []
