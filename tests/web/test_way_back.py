"""A press after the session's end, or on a page of yesterday: words, a way back, nothing lost."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from foundation.database import Database
from foundation.settings import Settings
from people.sign_in import sessions
from tests.web.conftest import Open
from tests.web.scene import (
    BROWSER,
    PASSWORD,
    SCRIPT,
    Browser,
    make_room,
    make_user,
)
from tests.web.staff.scene import make_staff
from web.http.csrf import from_this_site
from web.http.paths import is_undone

LONG = "はじめまして。お茶の時間にゆっくり話しましょう。"
ROOM = {
    "title": "夜のお茶", "topic": "雑談", "text": LONG, "rate": "100", "allows_video": "1",
    "category": "1", "tags": "", "by_standby": "1", "booking": "none",
}  # fmt: skip


async def end_session(browser: Browser, database: Database) -> None:
    """End this browser's session at the site; the browser goes on sending its cookie."""
    async with database.transaction() as tx:
        await sessions.close(tx, browser.cookie("session") or "")


def here(browser: Browser, path: str) -> dict[str, str]:
    """Return what a browser says of the page from which it sends a form."""
    return {"Referer": str(browser.client.make_url(path))}


def next_of(location: str) -> str:
    """Return where the sign-in page would lead."""
    return dict(parse_qsl(urlsplit(location).query))["next"]


async def test_a_page_is_come_back_to_with_its_query(browser: Browser) -> None:
    for path in ("/points/statement?kind=talks&since=2026-01-01", "/reservations?side=cast"):
        answer = await browser.get(path)
        assert answer.status == 303
        assert next_of(answer.headers["Location"]) == path


async def test_a_query_too_long_to_be_kept_leads_to_the_page_itself(browser: Browser) -> None:
    answer = await browser.get(f"/points/statement?kind={'x' * 600}")
    assert next_of(answer.headers["Location"]) == "/points/statement"


async def test_after_a_press_that_came_too_late_one_is_back_at_the_form_and_told(
    browser: Browser, database: Database
) -> None:
    user = await make_user(database)
    cast = await make_user(database, is_cast=True)
    room = await make_room(database, cast)
    await browser.sign_in(user, database)
    await end_session(browser, database)
    page = f"/rooms/{room}?from=list"
    answer = await browser.post(f"/rooms/{room}/wait", {"on": "1"}, here(browser, page))
    assert answer.status == 303
    location = answer.headers["Location"]
    assert next_of(location) == f"{page}&undone=1"
    asked = await (await browser.get(location)).text()
    assert "data-undone" in asked
    assert "先ほどの操作は行われていません" in asked
    form = {"email": user.email, "password": PASSWORD, "next": next_of(location)}
    wrong = await browser.post("/sign-in", form | {"password": "ちがう合言葉です"})
    assert "data-undone" in await wrong.text()
    right = await browser.post("/sign-in", form)
    assert right.headers["Location"] == f"{page}&undone=1"
    back = await browser.get(right.headers["Location"])
    assert back.status == 200
    assert "先ほどの操作は行われていません" in await back.text()


@pytest.mark.parametrize(
    ("came_from", "way"),
    [
        ("https://evil.example/rooms/1", "/console/timetable"),
        ("//evil.example/points", "/console/timetable"),
        ("nonsense", "/console/timetable"),
        ("", "/console/timetable"),
        ("/nowhere", "/console/timetable"),
        ("/console/timetable/1/hours", "/console/timetable"),
        ("/sign-in?next=/points", "/console/timetable"),
        ("/console/timetable?room=1&saved=hours", "/console/timetable?room=1"),
        ("/points\\@evil.example", "/console/timetable"),
    ],
)
async def test_the_way_back_is_a_page_of_this_site_whatever_the_browser_says(
    browser: Browser, database: Database, came_from: str, way: str
) -> None:
    await browser.sign_in(await make_user(database, is_cast=True), database)
    await end_session(browser, database)
    own = came_from.startswith("/") and not came_from.startswith("//")
    sent = f"http://{browser.client.host}:{browser.client.port}{came_from}" if own else came_from
    form = {"day0": "1", "starts": "20:00", "ends": "22:00"}
    answer = await browser.post("/console/timetable/1/hours", form, {"Referer": sent})
    mark = "&" if "?" in way else "?"
    assert next_of(answer.headers["Location"]) == f"{way}{mark}undone=1"


async def test_without_scripts_a_long_text_is_shown_to_be_copied_and_no_secret(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await make_user(database, is_cast=True), database)
    await end_session(browser, database)
    secrets = {"password": "とても長い秘密の合言葉", "code": "1234567890123", "token": "t" * 43}
    of_the_page = {"start": "2031-05-06T20:00:00+09:00", "shown_5": "1,234 yen for 1,000"}
    answer = await browser.post(
        "/console/rooms", ROOM | secrets | of_the_page, here(browser, "/console/rooms/new")
    )
    page = await answer.text()
    assert answer.status == 401
    assert LONG in page
    assert "操作は行われていません" in page
    assert 'href="/sign-in?next=/console/rooms/new%3Fundone%3D1" data-onward' in page
    assert not [text for text in (secrets | of_the_page).values() if text in page]


async def test_who_was_never_signed_in_is_just_asked_to(
    browser: Browser, database: Database
) -> None:
    answer = await browser.post("/console/rooms", ROOM, here(browser, "/console/rooms/new"))
    assert answer.status == 303
    assert next_of(answer.headers["Location"]) == "/console/rooms/new?undone=1"


async def test_a_script_is_told_the_way_through_signing_in_and_back(
    browser: Browser, database: Database
) -> None:
    cast = await make_user(database, is_cast=True)
    room = await make_room(database, cast)
    await browser.sign_in(await make_user(database), database)
    await end_session(browser, database)
    answer = await browser.client.post(
        f"/rooms/{room}/entry",
        data={"csrf": await browser.csrf(), "rate": "100", "video": "0"},
        headers=SCRIPT | here(browser, f"/rooms/{room}/enter"),
    )
    body = await answer.json()
    assert (answer.status, body["code"]) == (401, "sign_in_needed")
    assert next_of(body["help"]["url"]) == f"/rooms/{room}/enter?undone=1"


async def test_staffs_words_outlive_their_session_and_strangers_learn_nothing(
    browser: Browser, open_browser: Open, database: Database
) -> None:
    await browser.sign_in(await make_staff(database), database)
    await end_session(browser, database)
    page = "/staff/inquiries?state=open"
    answer = await browser.post("/staff/inquiries/1/answer", {"words": LONG}, here(browser, page))
    assert answer.status == 401
    assert LONG in await answer.text()
    stranger = await open_browser()
    assert (await stranger.post("/staff/inquiries/1/answer", {"words": LONG})).status == 404
    assert (await stranger.get("/staff/inquiries")).status == 404


async def test_a_page_of_yesterday_says_so_and_gives_back_what_was_typed(
    browser: Browser, database: Database
) -> None:
    before = await browser.csrf()
    await browser.sign_in(await make_user(database), database)
    form = {"csrf": before, "category": "other", "email": "a@example.jp", "text": LONG}
    answer = await browser.post("/contact", form, here(browser, "/contact?about=points"))
    page = await answer.text()
    assert answer.status == 403
    assert "操作は行われていません" in page
    assert "data-undone" in page
    assert LONG in page
    assert before not in page
    assert 'href="/contact?about=points&amp;undone=1"' in page
    assert (
        "先ほどの操作は行われていません"
        in await (await browser.get("/contact?about=points&undone=1")).text()
    )


async def test_what_a_rule_refuses_has_a_way_back_to_the_form(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await make_user(database), database)
    answer = await browser.post(
        "/points/limits/rest", {"days": "7"}, here(browser, "/points/limits?saved=1")
    )
    page = await answer.text()
    assert answer.status == 400
    assert 'href="/points/limits?undone=1"' in page
    assert "data-undone" in page
    shown = await (await browser.get("/nowhere")).text()
    assert "data-undone" not in shown


async def test_a_shared_page_tells_nobody_elses_press(browser: Browser, open_browser: Open) -> None:
    words = "先ほどの操作は行われていません"
    assert words in await (await browser.get("/?undone=1")).text()
    assert words not in await (await browser.get("/")).text()
    assert words in await (await browser.get("/?undone=1")).text()


@pytest.mark.parametrize(
    ("path", "undone"),
    [
        ("/points?undone=1", True),
        ("/points?a=b&undone=1", True),
        ("/points", False),
        ("/points?undone=0", False),
        ("/points?a=undone=1", False),
        ("/points#undone=1", False),
        ("", False),
    ],
)
def test_a_way_back_from_a_form_is_known_by_its_mark(path: str, undone: bool) -> None:
    assert is_undone(path) is undone


@pytest.mark.parametrize(
    ("fetch_site", "good"),
    [("same-origin", True), (None, False), ("none", False), ("cross-site", False),
     ("same-site", False)],
)  # fmt: skip
@pytest.mark.parametrize("public_url", [None, "https://talk.example"])
def test_an_unnamed_origin_is_ours_only_where_the_browser_says_so(
    fetch_site: str | None, good: bool, public_url: str | None
) -> None:
    settings = Settings(public_url=public_url)
    assert from_this_site(settings, "127.0.0.1:8080", "null", fetch_site) is good


async def test_behind_a_proxy_that_hides_pages_forms_work_and_need_their_token(
    browser: Browser, database: Database
) -> None:
    hidden = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    answer = await browser.post("/language", {"locale": "en", "next": "/guide"}, hidden)
    assert (answer.status, answer.headers["Location"]) == (303, "/guide")
    forged = await browser.post("/language", {"locale": "ja", "csrf": "x" * 80}, hidden)
    assert forged.status == 403
    unsaid = await browser.post("/language", {"locale": "ja"}, {"Origin": "null"})
    assert unsaid.status == 403
    assert "which page this came from" in await unsaid.text()


async def test_a_browser_is_told_who_reads_and_a_visitor_is_nobody(
    browser: Browser, database: Database
) -> None:
    assert 'name="viewer"' not in await (await browser.get("/guide")).text()
    user = await make_user(database)
    await browser.sign_in(user, database)
    shown = await browser.client.get("/guide", headers=BROWSER)
    assert f'<meta name="viewer" content="{user.id}">' in await shown.text()
