"""Pages of questions: asking, answering, reading, closing, reporting; and what isn't one's own."""

import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts import accounts
from people.accounts.accounts import User
from people.accounts.tables import users
from rooms.questions import listing
from tests.rooms.care.desk import carry_out
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, make_room, make_user

PRESS = "a-press-of-mine"


@pytest.fixture
async def two(database: Database) -> tuple[User, User, int]:
    """A caller, a cast and the cast's room."""
    caller = await make_user(database, nickname="けんじ")
    cast = await make_user(database, nickname="さくら", is_cast=True)
    return caller, cast, await make_room(database, cast, waiting=False)


async def ask(browser: Browser, room: int, text: str = "映画の話もできますか？") -> str:
    answer = await browser.post(f"/rooms/{room}/ask", {"text": text, "press": PRESS})
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"]


async def test_a_question_is_asked_answered_and_read(
    open_browser: Open, database: Database, two: tuple[User, User, int]
) -> None:
    caller, cast, room = two
    one, other = await open_browser(), await open_browser()
    await one.sign_in(caller, database)
    await other.sign_in(cast, database)
    assert f'href="/rooms/{room}/ask"' in await (await one.get(f"/rooms/{room}")).text()
    form = await (await one.get(f"/rooms/{room}/ask")).text()
    assert "続けて送れるのは、お返事が届くまで5件です" in form
    thread = await ask(one, room, "映画の話も\nできますか？")
    # The room leads to it from now on.
    assert f'href="{thread}"' in await (await one.get(f"/rooms/{room}")).text()
    assert (await one.get(f"/rooms/{room}/ask")).headers["Location"] == thread
    menu = await (await other.get("/guide")).text()
    assert re.search(r'data-part="messages-count">1<', menu)
    listed = await (await other.get("/messages")).text()
    assert "けんじさん" in listed
    assert "映画の話も" in listed
    seen = await (await other.get(thread)).text()
    assert "映画の話も\nできますか？" in seen
    # Looking alone tells nobody that it was read.
    assert "既読" not in await (await one.get(thread)).text()
    last = re.findall(r'data-key="(\d+)"', seen)[-1]
    assert (await other.post(f"{thread}/read", {"up_to": last})).status == 303
    assert "既読" in await (await one.get(thread)).text()
    answer = await other.post(thread, {"text": "はい", "press": "another-press", "seen": last})
    assert answer.headers["Location"] == f"{thread}#latest"
    assert "はい" in await (await one.get(thread)).text()


async def test_the_same_press_is_one_message(
    browser: Browser, database: Database, two: tuple[User, User, int]
) -> None:
    caller, _, room = two
    await browser.sign_in(caller, database)
    assert await ask(browser, room) == await ask(browser, room)
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM question_messages")) == 1


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "<b>太字</b> &amp; {{ 7 * 7 }}"])
async def test_what_is_written_is_text_and_no_link(
    browser: Browser, database: Database, two: tuple[User, User, int], text: str
) -> None:
    caller, _, room = two
    await browser.sign_in(caller, database)
    thread = await ask(browser, room, f"{text} https://example.com/")
    for path in (thread, "/messages"):
        page = await (await browser.get(path)).text()
        assert text not in page
        assert 'href="https://example.com' not in page
        assert "https://example.com/" in page


async def test_a_mistake_stands_beside_the_field_and_nothing_is_lost(
    browser: Browser, database: Database, two: tuple[User, User, int]
) -> None:
    caller, _, room = two
    await browser.sign_in(caller, database)
    for path in (f"/rooms/{room}/ask", await ask(browser, room)):
        answer = await browser.post(path, {"text": "あ" * 1001, "press": "press-two"})
        page = await answer.text()
        assert answer.status == 422
        assert "1,000文字までです。いまは1,001文字あります。" in page
        assert "あ" * 1001 in page
        assert 'aria-invalid="true"' in page
    answer = await browser.post(path, {"text": " ", "press": "press-three"})
    assert (answer.status, "メッセージを入力してください。" in await answer.text()) == (422, True)
    answer = await browser.post(path, {"text": "あ", "press": "short"})
    assert answer.status == 400


async def test_five_then_words_that_say_why(
    browser: Browser, database: Database, two: tuple[User, User, int]
) -> None:
    caller, _, room = two
    await browser.sign_in(caller, database)
    thread = await ask(browser, room)
    for number in range(4):
        await browser.post(thread, {"text": "もうひとつ", "press": f"press-no-{number}"})
    page = await (await browser.get(thread)).text()
    assert "続けて送れるのは5件までです。お返事をお待ちください。" in page
    assert 'data-part="composer"' not in page
    answer = await browser.post(thread, {"text": "六つめ", "press": "press-no-six"})
    # What was typed is there still.
    assert (answer.status, "六つめ" in await answer.text()) == (409, True)
    answer = await browser.post(thread, {"text": "六", "press": "press-no-seven"}, SCRIPT)
    assert (await answer.json())["code"] == "question_unanswered"


async def test_a_flood_is_bounded_by_the_hour(
    open_browser: Open, database: Database, two: tuple[User, User, int]
) -> None:
    caller, cast, room = two
    browser = await open_browser(question_messages=3)
    await browser.sign_in(caller, database)
    thread = await ask(browser, room)
    for number in range(2):
        await browser.post(thread, {"text": "もうひとつ", "press": f"press-no-{number}"})
    answer = await browser.post(thread, {"text": "四つめ", "press": "press-no-four"})
    assert (answer.status, "四つめ" in await answer.text()) == (429, True)
    # It is each member's own bound.
    await browser.sign_in(cast, database)
    assert (await browser.post(thread, {"text": "はい", "press": "press-cast"})).status == 303


async def test_nobody_else_gets_near_a_thread(
    browser: Browser, database: Database, two: tuple[User, User, int]
) -> None:
    caller, _, room = two
    await browser.sign_in(caller, database)
    thread = await ask(browser, room)
    await browser.sign_in(await make_user(database, nickname="よそのひと"), database)
    for way in ("", "/report", "/block"):
        assert (await browser.get(thread + way)).status == 404
    form = {"text": "のぞき", "press": PRESS, "up_to": "1", "kind": "other", "lost": "0"}
    for way in ("", "/read", "/close", "/reopen", "/report", "/block"):
        assert (await browser.post(thread + way, form)).status == 404
    assert "映画" not in await (await browser.get("/messages")).text()


async def test_closing_and_opening_again(
    open_browser: Open, database: Database, two: tuple[User, User, int]
) -> None:
    caller, cast, room = two
    one, other = await open_browser(), await open_browser()
    await one.sign_in(caller, database)
    await other.sign_in(cast, database)
    thread = await ask(one, room)
    await other.post(f"{thread}/close", {})
    assert "お相手が、このやりとりを終了しました。" in await (await one.get(thread)).text()
    assert "やりとりを再開する" in await (await other.get(thread)).text()
    await other.post(f"{thread}/reopen", {})
    assert 'data-part="composer"' in await (await one.get(thread)).text()


async def test_a_room_that_takes_no_questions_offers_none(
    open_browser: Open, database: Database, two: tuple[User, User, int]
) -> None:
    caller, cast, room = two
    one, other = await open_browser(), await open_browser()
    await one.sign_in(caller, database)
    await other.sign_in(cast, database)
    assert "話す前の質問を受け付ける" in await (await other.get(f"/console/rooms/{room}")).text()
    answer = await other.post(f"/console/rooms/{room}/questions", {"on": "0"})
    assert answer.headers["Location"] == f"/console/rooms/{room}#questions"
    assert "質問する" not in await (await one.get(f"/rooms/{room}")).text()
    page = await (await one.get(f"/rooms/{room}/ask")).text()
    assert "このルームでは、いま質問を受け付けていません。" in page
    assert 'data-part="composer"' not in page
    # Whoever isn't signed in sees the same.
    assert "/ask" not in await (await (await open_browser()).get(f"/rooms/{room}")).text()


async def test_a_visitor_is_led_to_sign_in_and_back(
    browser: Browser, two: tuple[User, User, int]
) -> None:
    room = two[2]
    assert f'href="/rooms/{room}/ask"' in await (await browser.get(f"/rooms/{room}")).text()
    answer = await browser.get(f"/rooms/{room}/ask")
    assert answer.headers["Location"] == f"/sign-in?next=/rooms/{room}/ask"
    assert (await browser.get("/messages")).status == 303


async def test_staff_read_only_what_is_reported(
    open_browser: Open, database: Database, two: tuple[User, User, int]
) -> None:
    caller, cast, room = two
    one, staff = await open_browser(), await open_browser()
    await one.sign_in(caller, database)
    thread = await ask(one, room, "ひどいことば")
    support = await make_user(database, nickname="かかり", email="support@example.jp")
    async with database.transaction() as tx:
        await accounts.make_staff(tx, support.email, "support", reason="test")
        await tx.execute(sa.update(users).where(users.c.id == support.id).values(is_demo=True))
    await staff.sign_in(support, database)
    assert (await staff.get(thread)).status == 404
    await one.sign_in(cast, database)
    assert (await one.get(f"{thread}/report")).status == 200
    await one.post(f"{thread}/report", {"kind": "harassment", "text": "ひどい"})
    page = await (await staff.get("/staff/reports/1")).text()
    assert 'href="/staff/reports/1/messages"' in page
    assert "ひどいことば" in await (await staff.get("/staff/reports/1/messages")).text()
    assert (await one.get("/staff/reports/1/messages")).status == 404
    await staff.post("/staff/reports/1/close", {"words": "確認しました"})
    await carry_out(database, Settings())
    assert (await staff.get("/staff/reports/1/messages")).status == 403
    page = await (await staff.get("/staff/reports/1")).text()
    assert "/staff/reports/1/messages" not in page


async def test_an_empty_list_says_what_to_do(
    browser: Browser, database: Database, two: tuple[User, User, int]
) -> None:
    await browser.sign_in(two[0], database)
    page = await (await browser.get("/messages")).text()
    assert "メッセージはまだありません" in page
    assert "質問する" in page
    assert (
        "未読のメッセージはありません" in await (await browser.get("/messages?show=unread")).text()
    )


@pytest.mark.parametrize(("check", "shown"), [("off", 0), ("warn", 1), ("refuse", 1)])
async def test_the_site_says_what_the_writers_browser_does(
    open_browser: Open, database: Database, two: tuple[User, User, int], check: str, shown: int
) -> None:
    caller, _, room = two
    browser = await open_browser(contact_check=check)
    await browser.sign_in(caller, database)
    page = await (await browser.get(f"/rooms/{room}/ask")).text()
    assert page.count('data-part="contacts"') == shown
    assert ("このまま送る" in page) == (check == "warn")
    # The server reads no one-to-one words: whatever the setting, it takes them.
    thread = await ask(browser, room, "hanako@example.jp 090-1234-5678")
    assert "hanako@example.jp" in await (await browser.get(thread)).text()


async def test_a_page_of_twenty_threads(
    browser: Browser, database: Database, two: tuple[User, User, int]
) -> None:
    _, cast, room = two
    for number in range(21):
        caller = await make_user(database, nickname=f"お客{number}")
        await browser.sign_in(caller, database)
        await browser.post(f"/rooms/{room}/ask", {"text": "質問です", "press": PRESS})
    await browser.sign_in(cast, database)
    page = await (await browser.get("/messages")).text()
    assert page.count("thread-excerpt") == listing.PAGE
    assert "お客20さん" in page
    assert "お客0さん" not in page
    assert "お客0さん" in await (await browser.get("/messages?page=2")).text()
