"""How people on the demo site book a talk, and where they look at it afterwards."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from playwright.async_api import Locator, expect

from foundation.database import Database
from rooms.booking import timetable
from tests.browser.person import SECONDS, Person
from tests.rooms.booked import ALWAYS

CAST, CAST_MAIL, ROOM = "はるか", "haruka@demo.example", 1
CALLER, CALLER_MAIL = "あかり", "akari@demo.example"
MINUTES, PRICE, EARNING = 10, 800, 640
MESSAGE = "雨の日に読みたい本を、いっしょに選んでください。"


@dataclass(frozen=True)
class Booking:
    """A reservation, and what its caller could spend before it."""

    id: int
    points_before: int

    @property
    def path(self) -> str:
        """Its page."""
        return f"/reservations/{self.id}"


async def open_at_all_hours(database: Database) -> None:
    """Let the cast take reservations whenever the test runs."""
    async with database.transaction() as tx:
        owned = sa.text("SELECT cast_id FROM rooms WHERE id = :room")
        cast = await tx.scalar(owned, {"room": ROOM})
        await timetable.set_hours(tx, ROOM, int(cast or 0), ALWAYS)


async def book(caller: Person, *, late: bool = False) -> Booking:
    """Book the first time that is more than an hour ahead, or the last on offer."""
    page = caller.page
    before = await points_in(page.locator(".purse .amount"))
    await page.goto(f"{caller.base}/rooms/{ROOM}")
    await page.get_by_role("link", name="時間を予約する").click()
    await pick_start(caller, late=late)
    await expect(page.get_by_role("radio", name=f"{MINUTES}分")).to_be_checked()
    await page.get_by_role("button", name="予約内容の確認へ").click()
    order = page.locator("form.order")
    for term in (f"{PRICE}pt", f"80 pt × {MINUTES}分", "無料の時間はありません"):
        await expect(order).to_contain_text(term)
    rule = "キャンセルできるのは" if late else "予約してから10分以内"
    await expect(order).to_contain_text(rule)
    await page.get_by_label("メッセージ").fill(MESSAGE)
    await page.get_by_role("button", name=f"{PRICE} pt で予約する").click()
    await expect(page.get_by_role("status").first).to_contain_text("予約しました。")
    assert await points_in(page.locator(".purse .amount")) == before - PRICE
    return Booking(int(page.url.partition("/reservations/")[2].partition("?")[0]), before)


async def pick_start(caller: Person, *, late: bool) -> None:
    """Press a beginning: the last one, or the first from which an hour's reminder makes sense."""
    starts = caller.page.locator(".starts a")
    await starts.first.wait_for()
    if late:
        await starts.last.click()
        return
    soonest = datetime.now(UTC) + timedelta(minutes=62)
    for start in await starts.all():
        at = await start.locator("time").get_attribute("datetime")
        if datetime.fromisoformat(at or "") > soonest:
            await start.click()
            return
    raise AssertionError("nothing is free")


async def to_the_console(cast: Person) -> None:
    """A cast follows the banner and stands by."""
    await cast.page.goto(cast.base)
    await cast.page.locator("[data-due]").get_by_role("link", name="待機の画面へ").click()
    # After a talk the stand-by goes on, before it one begins.
    ways = "[data-part=begin]:enabled:visible, [data-part=resume]:enabled:visible"
    await cast.page.locator(ways).click(timeout=60 * SECONDS)
    await cast.page.locator("[data-part=console][data-view=on]").wait_for()


async def to_the_entry(caller: Person) -> None:
    """A caller follows the banner to the check of the devices."""
    await caller.page.goto(caller.base)
    await caller.page.locator("[data-due]").get_by_role("link", name="通話へ").click()


async def points_in(place: Locator) -> int:
    """The number of points that stands in a place: "−1,234pt" is −1234."""
    text = (await place.first.inner_text()).removesuffix("pt").strip()
    return int(text.replace(",", "").replace("−", "-"))


async def statement(caller: Person) -> list[tuple[str, int]]:
    """The kinds and amounts of the statement's lines, the latest first."""
    await caller.page.goto(f"{caller.base}/points/statement")
    moves = await caller.page.locator(".move").all()
    return [
        (
            await move.get_attribute("data-kind") or "",
            await points_in(move.locator(".move-much > .amount")),
        )
        for move in moves
    ]


async def read_notice(person: Person, title: str, *words: str) -> None:
    """Find an unread notice in the inbox, and follow it."""
    await person.page.goto(f"{person.base}/inbox")
    notice = person.page.locator(".notices li[data-unread]").filter(
        has=person.page.get_by_role("button", name=title, exact=True)
    )
    for word in words:
        await expect(notice).to_contain_text(word)
    await notice.get_by_role("button", name=title, exact=True).click()


async def read_mail(person: Person, address: str, subject: str, seconds: float = 0) -> Locator:
    """Open a mail in the demo site's mailbox, waiting so long for it; return its words."""
    page = person.page
    mail = page.locator("a.mail").filter(has_text=address).filter(has_text=subject)
    await page.goto(f"{person.base}/demo/mailbox")
    for _ in range(int(seconds)):
        if await mail.count():
            break
        await page.wait_for_timeout(1 * SECONDS)
        await page.reload()
    await mail.first.click()
    await expect(page.get_by_role("heading", name=subject)).to_be_visible()
    return page.frame_locator(".mail-frame").locator("body")
