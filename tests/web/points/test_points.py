"""My points: what one holds, what moved, what one bought, and one's own limits."""

import csv
import io
import re
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from foundation.database import Database, clock
from foundation.settings import Settings
from people.accounts import accounts
from people.accounts.accounts import User
from points import ledger
from points.rules import SITE_ZONE
from points.tables import spending_limits
from tests.web.conftest import Open
from tests.web.scene import Browser, buy, gift, make_user
from tests.world import World

NOT_DAYS = [
    "2026-02-30",
    "26-01-01",
    "2026/01/01",
    "２０２６-01-01",
    "1999-01-01",
    "x",
    "2026-01-01 ",
]


async def member(browser: Browser, database: Database, **given: object) -> User:
    user = await make_user(database, **given)
    await browser.sign_in(user, database)
    return user


async def talked(database: Database, settings: Settings) -> tuple[User, World]:
    """A caller who was given 1,000 points and talked for three charged minutes at 100."""
    world = await World.of(database, settings, points=0, rate=100)
    async with database.transaction() as tx:
        await ledger.grant(tx, world.caller, 1000, "test", actor_id=None, key=uuid4().hex)
    await world.enter()
    await world.beat()
    await world.talk_for(60 + 125)
    async with database.transaction() as tx:
        user = await accounts.find_user(tx, world.caller)
    assert user
    return user, world


async def test_points_tell_what_expires_when_and_what_moved(
    browser: Browser, database: Database
) -> None:
    user = await member(browser, database)
    await buy(database, user, 5000, 100)
    page = await (await browser.get("/points")).text()
    assert "5,100" in page
    assert "うちおまけ 100 pt" in page
    assert "払い戻したりできません" in page
    assert page.count('data-kind="purchase"') == 1
    assert "2週間以内" not in page


async def test_points_that_expire_within_two_weeks_are_said_aloud(
    browser: Browser, database: Database, owner_database: Database
) -> None:
    user = await member(browser, database)
    await gift(database, user, 700)
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("UPDATE lots SET expires_at = now() + interval '13 days'"))
    assert "2週間以内に、700 pt" in await (await browser.get("/points")).text()


async def test_a_talk_is_one_line_with_its_minutes_its_price_and_what_was_left(
    browser: Browser, database: Database, settings: Settings
) -> None:
    user, world = await talked(database, settings)
    await browser.sign_in(user, database)
    page = await (await browser.get("/points/statement")).text()
    assert page.count('data-kind="charge"') == 1
    for said in ("さくらさんとの通話", "有料 3分", "−300", "700", f'href="/talks/{world.talk}"'):
        assert said in page, said


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("", {"charge", "grant"}), ("kind=talks", {"charge"}), ("kind=other", {"grant"}),
        ("kind=bought", set()), ("kind=nonsense", {"charge", "grant"}),
        ("since=2999-01-01", set()), ("until=2020-01-01", set()),
        ("since=2020-01-01&until=2999-12-31", {"charge", "grant"}),
        ("since=2999-01-01&until=2020-01-01", set()),
    ],
)  # fmt: skip
async def test_filters_show_the_lines_that_they_say(
    browser: Browser, database: Database, settings: Settings, query: str, kinds: set[str]
) -> None:
    user, _ = await talked(database, settings)
    await browser.sign_in(user, database)
    page = await (await browser.get(f"/points/statement?{query}")).text()
    assert {kind for kind in ("charge", "grant") if f'data-kind="{kind}"' in page} == kinds


async def test_days_are_the_readers_own(browser: Browser, database: Database) -> None:
    user = await member(browser, database)
    await gift(database, user, 100)
    async with database.transaction() as tx:
        today = (await clock(tx)).astimezone(SITE_ZONE).date()
    for since, shown in ((today, True), (today + timedelta(days=1), False)):
        page = await (await browser.get(f"/points/statement?since={since}")).text()
        assert ('data-kind="grant"' in page) is shown
    for until, shown in ((today, True), (today - timedelta(days=1), False)):
        page = await (await browser.get(f"/points/statement?until={until}")).text()
        assert ('data-kind="grant"' in page) is shown


@pytest.mark.parametrize("day", NOT_DAYS)
async def test_what_is_no_day_is_refused(browser: Browser, database: Database, day: str) -> None:
    await member(browser, database)
    for name in ("since", "until"):
        assert (await browser.get(f"/points/statement?{name}={day}")).status == 400
    assert (await browser.get(f"/points/statement.csv?since={day}")).status == 400


@pytest.mark.parametrize("cursor", ["-1", "x", "1.5", "9" * 30, "１"])
async def test_a_place_that_is_none_is_refused(
    browser: Browser, database: Database, cursor: str
) -> None:
    await member(browser, database)
    assert (await browser.get(f"/points/statement?before={cursor}")).status == 400


async def test_pages_of_the_statement_meet_without_a_gap_or_a_line_twice(
    browser: Browser, database: Database
) -> None:
    user = await member(browser, database)
    for points in range(1, 66):
        await gift(database, user, points)
    seen: list[int] = []
    path: str | None = "/points/statement?kind=other"
    while path:
        page = await (await browser.get(path)).text()
        seen += _amounts(page)
        path = _older(page)
    assert seen == list(range(65, 0, -1))


async def test_the_csv_opens_in_excel_and_holds_every_line(
    browser: Browser, database: Database, settings: Settings
) -> None:
    user, _ = await talked(database, settings)
    await browser.sign_in(user, database)
    answer = await browser.get("/points/statement.csv")
    body = await answer.read()
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="hitotoki-')
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert [row[1:] for row in rows] == [
        ["種類", "内容", "分", "増減（pt）", "残高（pt）"],
        ["通話", "さくら・おしゃべり", "3", "-300", "700"],
        ["運営からのポイント", "test", "", "1000", "1000"],
    ]


async def test_a_name_that_is_a_formula_stays_a_name_in_the_csv(
    browser: Browser, database: Database
) -> None:
    user = await member(browser, database)
    async with database.transaction() as tx:
        await ledger.grant(tx, user.id, 5, '=HYPERLINK("//x","y")', actor_id=None, key="formula")
    body = (await (await browser.get("/points/statement.csv")).read()).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(body)))[1][2] == '\'=HYPERLINK("//x","y")'


async def test_a_long_statement_comes_whole_as_csv(
    browser: Browser, database: Database, owner_database: Database
) -> None:
    user = await member(browser, database)
    await gift(database, user, 1)
    async with owner_database.transaction() as tx:
        await tx.execute(_MANY, {"user": user.id})
    body = await (await browser.get("/points/statement.csv")).read()
    assert body.count(b"\r\n") == 1 + 1 + 1200


async def test_somebody_elses_points_are_nobodys_business(
    browser: Browser, database: Database
) -> None:
    other = await make_user(database)
    purchase = await buy(database, other)
    await gift(database, other, 4321)
    await member(browser, database)
    for path in ("/points", "/points/statement", "/points/purchases", "/points/statement.csv"):
        page = await (await browser.get(path)).text()
        assert "4,321" not in page
        assert "3,000" not in page
    assert (await browser.get(f"/points/purchases/{purchase}/receipt")).status == 404


@pytest.mark.parametrize(
    "path",
    ["/points/statement", "/points/statement.csv", "/points/purchases", "/points/limits",
     "/points/purchases/1/receipt"],
)  # fmt: skip
async def test_points_are_for_members(browser: Browser, path: str) -> None:
    assert (await browser.get(path)).headers["Location"] == f"/sign-in?next={path}"


async def test_a_limit_holds_at_once_when_lowered_and_a_day_later_when_raised(
    browser: Browser, database: Database
) -> None:
    user = await member(browser, database)
    lower = {"day_points": "3000", "month_points": ""}
    assert (await browser.post("/points/limits", lower)).status == 303
    page = await (await browser.get("/points/limits?saved=1")).text()
    assert "保存しました" in page
    assert "に変わります" not in page
    await browser.post("/points/limits", {"day_points": "", "month_points": "20000"})
    page = await (await browser.get("/points/limits")).text()
    assert "1日 上限なし・1か月 20,000 pt に変わります" in page
    async with database.transaction() as tx:
        row = (await tx.execute(sa.select(spending_limits))).one()
    assert (row.user_id, row.day_points, row.month_points) == (user.id, 3000, 20000)


@pytest.mark.parametrize("typed", ["-1", "1.5", "1e9", "９", "10000001", "9" * 40, "abc", " 1"])
async def test_what_is_no_number_of_points_is_told_at_its_field(
    browser: Browser, database: Database, typed: str
) -> None:
    await member(browser, database)
    answer = await browser.post("/points/limits", {"day_points": typed, "month_points": "5000"})
    page = await answer.text()
    assert answer.status == 422
    assert 'aria-invalid="true"' in page
    assert 'value="5000"' in page
    async with database.transaction() as tx:
        assert (await tx.execute(sa.select(spending_limits))).all() == []


async def test_a_rest_from_buying_is_begun_knowingly_and_never_cut_short(
    browser: Browser, database: Database
) -> None:
    await member(browser, database)
    assert (await browser.post("/points/limits/rest", {"days": "30"})).status == 400
    for days in ("0", "366", "1.5", "-3", "３"):
        answer = await browser.post("/points/limits/rest", {"days": days, "sure": "1"})
        assert answer.status == 400
    assert (await browser.post("/points/limits/rest", {"days": "30", "sure": "1"})).status == 303
    page = await (await browser.get("/points/limits")).text()
    assert "購入をお休みしています" in page
    async with database.transaction() as tx:
        before = await tx.scalar(sa.select(spending_limits.c.cool_off_until))
    await browser.post("/points/limits/rest", {"days": "1", "sure": "1"})
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(spending_limits.c.cool_off_until)) == before


async def test_a_lowered_limit_ends_the_talk_that_goes_on(
    open_browser: Open, database: Database, settings: Settings
) -> None:
    user, world = await talked(database, settings)
    browser = await open_browser()
    await browser.sign_in(user, database)
    await browser.post("/points/limits", {"day_points": "500", "month_points": ""})
    reading = await world.reading()
    assert reading.ends_ms == 60_000 + 5 * 60_000


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_the_pages_of_points_show_in_both_languages(
    browser: Browser, database: Database, settings: Settings, language: str
) -> None:
    user, _ = await talked(database, settings)
    purchase = await buy(database, user)
    await browser.sign_in(user, database)
    paths = ("/points", "/points/statement", "/points/purchases", "/points/limits", "/guide")
    for path in (*paths, f"/points/purchases/{purchase}/receipt"):
        answer = await browser.get(path, **{"Accept-Language": language})
        assert answer.status == 200, await answer.text()


def _amounts(page: str) -> list[int]:
    return [int(n) for n in re.findall(r'class="amount">\+(\d+)<', page)]


def _older(page: str) -> str | None:
    found = re.search(r'rel="next" href="\?([^"]+)"', page)
    return "/points/statement?" + found[1].replace("&amp;", "&") if found else None


_MANY = sa.text("""
INSERT INTO transfers (debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
  input_hash, at, balance_after)
SELECT (SELECT id FROM wallets WHERE kind = 'issued'), w.id, 1, 'grant', 'r', 'many' || n, '\\x00',
  now() - n * interval '1 minute', 1
FROM wallets w, generate_series(1, 1200) n WHERE w.user_id = :user
""")
