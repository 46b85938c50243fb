"""Whatever fails is told in words, in the reader's language, and half of nothing is done."""

import re
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.tables import users
from tests.web.conftest import Open
from tests.web.scene import BROWSER, SCRIPT, Browser, make_user
from web.app import make_app
from web.http.csrf import make_token
from web.pages.site import guide as guide_page


async def test_an_unknown_address_is_a_page_in_the_readers_language(browser: Browser) -> None:
    answer = await browser.get("/nowhere")
    assert answer.status == 404
    assert "ページが見つかりません" in await answer.text()


async def test_errors_speak_english_to_whom_asks_for_it(english: None, browser: Browser) -> None:
    answer = await browser.get("/nowhere", **{"Accept-Language": "en-GB,en;q=0.8"})
    assert "No such page" in await answer.text()


NO_IDS = [
    "/rooms/abc", "/rooms/１", "/rooms/-1", "/rooms/1.5", "/rooms/0", "/rooms/007",
     "/rooms/9223372036854775808", "/rooms/99999999999999999999", "/rooms/1", "/rooms/%00",
     "/talks/1e3", "/rooms/1%0a",
]  # fmt: skip


async def test_an_id_that_no_row_has_is_not_found(browser: Browser, database: Database) -> None:
    await browser.sign_in(await make_user(database), database)
    for path in NO_IDS:
        assert (await browser.get(path)).status == 404, path


NO_PAGES = ["x", "-1", "0", "1.5", "1e3", "１", "9" * 30, "", "1001", "%00"]


async def test_a_page_number_that_is_none_is_refused_with_a_reason(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await make_user(database), database)
    for page in NO_PAGES:
        for path in ("/", "/talks"):
            answer = await browser.get(f"{path}?page={page}")
            assert answer.status == 400, (path, page)
            assert "入力してください" in await answer.text()


async def test_a_topic_that_is_none_is_refused_and_an_unknown_one_is_empty(
    browser: Browser,
) -> None:
    assert (await browser.get("/?topic=%00")).status == 400
    assert (await browser.get("/?topic=" + "x" * 21)).status == 400
    assert (await browser.get("/?topic=%3Cscript%3E")).status == 200


async def test_the_wrong_method_says_which_are_right(browser: Browser) -> None:
    answer = await browser.client.post("/guide", data={}, headers=BROWSER)
    assert answer.status == 405
    assert set(answer.headers["Allow"].replace(" ", "").split(",")) == {"GET", "HEAD"}


async def test_a_bug_is_logged_with_its_trace_and_told_without_it(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(guide_page, "visit", broken)
    with capture_logs() as logs:
        answer = await browser.get("/guide")
    page = await answer.text()
    assert answer.status == 500
    assert "こちらの不具合です" in page
    assert "secret of the house" not in page
    assert "RuntimeError" not in page
    [line] = [entry for entry in logs if entry["event"] == "web.bug"]
    assert line["exc_info"]


async def test_a_bug_leaves_nothing_half_done(
    browser: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = await make_user(database)
    await browser.sign_in(user, database)
    monkeypatch.setattr("web.pages.site.language.set_language", _broken)
    monkeypatch.setattr("web.http.visit.live_talk", _broken)
    answer = await browser.client.post(
        "/language", data={"csrf": await _token(browser), "locale": "en"}, headers=BROWSER
    )
    assert answer.status == 500
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(users.c.locale)) == "ja"


def _broken(*_: object) -> None:
    raise RuntimeError("broken")


async def _token(browser: Browser) -> str:
    return make_token(browser.cookie("session") or "")


async def test_a_script_gets_errors_as_json(browser: Browser) -> None:
    answer = await browser.client.get("/points", headers=SCRIPT)
    body = await answer.json()
    assert answer.status == 401
    assert body["code"] == "sign_in_needed"
    assert body["help"]["url"] == "/sign-in?next=/points"
    missing = await browser.client.get("/nowhere", headers=SCRIPT)
    assert (missing.status, (await missing.json())["code"]) == (404, "not_found")


async def test_health_is_the_databases(open_browser: Open, database: Database) -> None:
    browser = await open_browser()
    answer = await browser.get("/healthz")
    assert (answer.status, (await answer.json())["ok"]) == (200, True)


async def test_without_its_database_the_site_says_so_and_stays_up(
    aiohttp_client: Any, settings: Settings
) -> None:
    away = Database("postgresql://nobody@127.0.0.1:1/none", pool_size=1)
    client = await aiohttp_client(make_app(settings, away))
    assert (await client.get("/healthz")).status == 503
    answer = await client.get("/", headers=BROWSER)
    assert answer.status == 503
    assert "ただいまご利用いただけません" in await answer.text()
    assert answer.headers["Retry-After"]
    await away.close()


async def test_figures_are_for_this_machine_and_never_through_a_proxy(browser: Browser) -> None:
    await browser.get("/guide")
    answer = await browser.get("/metrics")
    assert answer.status == 200
    assert (
        'hitotoki_requests_total{method="GET",route="/guide",status="200"}' in await answer.text()
    )
    assert (await browser.get("/metrics", **{"X-Forwarded-For": "1.2.3.4"})).status == 404


async def test_health_says_that_nothing_can_be_written(
    browser: Browser, database: Database
) -> None:
    database.disk.note(psycopg.errors.DiskFull("no space left"))
    answer = await browser.get("/healthz")
    assert (answer.status, (await answer.json())["why"]) == (503, "disk_full")
    database.disk.note_room()
    assert (await browser.get("/healthz")).status == 200


@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (20, 200), (40, 503)])
async def test_health_goes_by_the_tickers_writes(
    browser: Browser, owner_database: Database, seconds: int, status: int
) -> None:
    ticked = "INSERT INTO clock_watch (id, ticked_at) VALUES (1, now() - :s * interval '1 s')"
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text(ticked), {"s": seconds})
    answer = await browser.get("/healthz")
    assert answer.status == status
    assert (await answer.json()).get("why") == (None if status == 200 else "writes_fail")


async def test_a_press_that_finds_no_room_is_answered_in_words(
    browser: Browser, database: Database, owner_url: str
) -> None:
    await browser.sign_in(await make_user(database), database)
    with psycopg.connect(owner_url) as owner:
        owner.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no room' USING ERRCODE = 'disk_full'; END $$;"
            " CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON spending_limits"
            " FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
    answer = await browser.post("/points/limits", {"day_points": "100", "month_points": ""})
    assert answer.status == 503, await answer.text()
    assert answer.headers["Retry-After"]
    assert "操作は行われていません" in await answer.text()


async def test_codes_are_for_programs_and_stand_in_no_text(browser: Browser) -> None:
    page = await (await browser.get("/rooms/999")).text()
    assert 'data-code="room_unknown"' in page
    assert "room_unknown" not in re.sub("<[^>]*>", "", page)
