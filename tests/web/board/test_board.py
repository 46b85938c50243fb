"""Pages of the board: reading as a visitor, asking, answering, thanks, help, the staff's desk."""

import json
import re
from html import unescape

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts import accounts
from people.accounts.accounts import User
from people.accounts.tables import users
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from writing.ground import answering

FORM = {
    "category": "living",
    "title": "引っこしの相談",
    "text": "どの町がよいでしょう",
    "pen_name": "",
}
FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture
async def browser(open_browser: Open) -> Browser:
    return await open_browser(board=True)


@pytest.fixture
async def asker(database: Database) -> User:
    return await make_user(database, nickname="たずね")


@pytest.fixture
async def member(database: Database, settings: Settings) -> User:
    made = await make_user(database, nickname="こたえ")
    async with database.transaction() as tx:
        await answering.give(tx, settings, made.id, "よい方", actor_id=None)
    return made


@pytest.fixture
async def staff(database: Database) -> User:
    made = await make_user(database, nickname="スタッフ")
    async with database.transaction() as tx:
        found = await accounts.make_staff(tx, made.email, "support", reason="test")
        await tx.execute(sa.update(users).where(users.c.id == made.id).values(is_demo=True))
    assert found
    return found


async def ask(browser: Browser, press: str = "press-of-mine", **more: str) -> str:
    answer = await browser.post("/board/new", FORM | {"press": press} | more)
    assert answer.status == 303, await answer.text()
    return answer.headers["Location"].partition("?")[0]


async def text_of(browser: Browser, path: str, status: int = 200) -> str:
    answer = await browser.get(path)
    assert answer.status == status, answer.status
    return await answer.text()


async def test_a_site_without_a_board_has_none_of_its_addresses(
    open_browser: Open, asker: User, database: Database
) -> None:
    browser = await open_browser(board=False)
    await browser.sign_in(asker, database)
    for path in ("/board", "/board/new", "/board/1", "/staff/board", "/board/guide"):
        assert (await browser.get(path)).status == 404
    assert "/board" not in await text_of(browser, "/")
    assert 'name="board-mail"' not in await text_of(browser, "/settings/notifications")


async def test_asked_answered_thanked(
    open_browser: Open, database: Database, asker: User, member: User
) -> None:
    one, other, visitor = [await open_browser(board=True) for _ in range(3)]
    await one.sign_in(asker, database)
    await other.sign_in(member, database)
    topic = await ask(one, pen_name="雨の日")
    page = await text_of(visitor, topic)
    assert "雨の日さん" in page
    assert "たずね" not in page
    assert "新規登録（無料）" in page
    listed = await text_of(visitor, "/board")
    assert "引っこしの相談" in listed
    assert "回答を待っています" in listed
    menu = await text_of(other, "/guide")
    assert 'href="/board?show=not_by_me"' in menu
    assert re.search(r"未回答の相談</span>1<", menu)
    said = await other.post(f"{topic}/answers", {"text": "川のそば", "press": "press-other"})
    assert said.headers["Location"].startswith(f"{topic}#answer-")
    again = await other.post(f"{topic}/answers", {"text": "川のそば", "press": "press-other"})
    assert again.headers["Location"] == said.headers["Location"]
    assert not re.search(r"未回答の相談</span>1<", await text_of(other, "/guide"))
    mine = await text_of(one, topic)
    assert f'href="/board/members/{member.id}"' in mine
    assert 'data-unread="1"' in mine
    assert "新着 1" in await text_of(one, "/board?show=asked")
    for browser in (other, visitor):
        assert "新着" not in await text_of(browser, "/board")
    answer = re.findall(r'id="answer-(\d+)"', mine)[0]
    done = await one.post(f"{topic}/answers/{answer}/thanks", {"on": "1"})
    assert done.headers["Location"] == f"{topic}#answer-{answer}"
    helpful = await one.post(f"{topic}/answers/{answer}/helpful", {"on": "1"})
    assert helpful.status == 303
    # By an address that this process hasn't kept a page of: another's changes show after a second.
    page = await text_of(visitor, f"{topic}?lang=ja")
    assert "相談した方から「ありがとう」" in page
    assert "役に立った 1人" in page
    assert (await other.post(f"{topic}/answers/{answer}/helpful", {"on": "1"})).status == 409
    assert (await one.post(f"{topic}/read", {})).status == 303
    assert 'data-unread="1"' not in await text_of(one, topic)


async def test_search_engines_read_a_question_with_its_answers(
    browser: Browser, database: Database, asker: User, member: User
) -> None:
    await browser.sign_in(asker, database)
    topic = await ask(browser)
    hidden = await ask(browser, "press-hidden", members_only="1", title="会員だけに")
    visitor = Browser(browser.client)
    browser.client.session.cookie_jar.clear()
    page = await text_of(visitor, topic)
    data = json.loads(re.findall(r'ld\+json"[^>]*>(.*?)</script>', page)[0])
    assert data["@type"] == "DiscussionForumPosting"
    assert "noindex" not in page
    assert (
        f'rel="canonical" href="http://{visitor.client.host}:{visitor.client.port}{topic}"' in page
    )
    await browser.sign_in(member, database)
    await browser.post(f"{topic}/answers", {"text": "川のそば", "press": "press-other"})
    browser.client.session.cookie_jar.clear()
    page = await text_of(visitor, f"{topic}?lang=en")
    data = json.loads(re.findall(r'ld\+json"[^>]*>(.*?)</script>', page)[0])
    assert (data["@type"], data["mainEntity"]["answerCount"]) == ("QAPage", 1)
    assert data["mainEntity"]["suggestedAnswer"][0]["author"]["name"] == "こたえ"
    # What is for members is in no list, on no map, and asks a visitor to come in.
    answer = await visitor.get(hidden)
    assert answer.headers["Location"] == f"/sign-in?next={hidden}"
    assert "会員だけに" not in await text_of(visitor, "/board")
    site = await text_of(visitor, "/sitemap.xml")
    assert "/sitemaps/board-1.xml" in site
    part = await text_of(visitor, "/sitemaps/board-1.xml")
    assert f"{topic}?lang=ja" in part
    assert "/board?lang=ja" in part
    assert f"{hidden}?" not in part
    assert (await visitor.get("/sitemaps/board-2.xml")).status == 404


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"text": "あ" * 2001}, "2,000文字までです"),
        ({"text": "\u200b\u3164"}, "本文を入力してください"),
        ({"text": "090-1234-5678へ"}, "電話番号が入っています"),
        ({"title": ""}, "タイトルを入力してください"),
        ({"category": "love"}, "カテゴリーを選んでください"),
        ({"pen_name": "yuki@example.jp"}, "メールアドレスが入っています"),
    ],
)
async def test_a_mistake_stands_beside_its_field_and_nothing_is_lost(
    browser: Browser, database: Database, asker: User, changed: dict[str, str], said: str
) -> None:
    await browser.sign_in(asker, database)
    answer = await browser.post("/board/new", FORM | {"press": "press-mine"} | changed)
    page = await answer.text()
    assert answer.status == 422
    assert said in page
    assert changed.get("title", FORM["title"]) in page
    assert changed.get("text", FORM["text"])[:50].strip("\u200b\u3164") in page


async def test_a_thousand_families_are_a_topic(
    browser: Browser, database: Database, asker: User
) -> None:
    await browser.sign_in(asker, database)
    topic = await ask(browser, text=FAMILY * 1000)
    assert FAMILY * 1000 in await text_of(browser, topic)


async def test_what_is_written_is_text_with_links_that_lead_engines_nowhere(
    browser: Browser, database: Database, asker: User
) -> None:
    await browser.sign_in(asker, database)
    topic = await ask(
        browser, title="<b>題</b> {{ 7 * 7 }}", text="<script>x</script> https://example.com/a です"
    )
    for path in (topic, "/board", f"{topic}/add", f"{topic}/delete"):
        page = await text_of(browser, path)
        assert "<b>題" not in page
        assert "<script>x" not in page
    page = await text_of(browser, topic)
    assert 'rel="nofollow ugc noopener noreferrer"' in page


async def test_help_is_shown_before_and_after_and_staff_are_told(
    browser: Browser, database: Database, asker: User, staff: User
) -> None:
    await browser.sign_in(asker, database)
    form = FORM | {"press": "press-mine", "text": "もう死にたいです"}
    answer = await browser.post("/board/new", form)
    page = await answer.text()
    assert answer.status == 200
    for number in ("0120-061-338", "0120-279-338", "0570-783-556", "0570-064-556"):
        assert number in page
    assert "もう死にたいです" in page
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM board_topics")) == 0
    topic = await ask(browser, **form, knows="1")
    assert 'href="tel:0120061338"' in await text_of(browser, topic)
    said = await browser.post(f"{topic}/answers", {"text": "消えたい", "press": "press-next"})
    assert said.status == 200
    said = await browser.post(
        f"{topic}/answers", {"text": "消えたい", "press": "press-next", "knows": "1"}
    )
    assert "help=1#answer-" in said.headers["Location"]
    await browser.sign_in(staff, database)
    desk = await text_of(browser, "/staff/board")
    assert desk.count("命の危険が心配される言葉（自動でお知らせ）") == 2


async def test_one_changes_adds_closes_and_deletes(
    browser: Browser, database: Database, asker: User
) -> None:
    await browser.sign_in(asker, database)
    topic = await ask(browser)
    assert "引っこしの相談" in await text_of(browser, f"{topic}/edit")
    edited = await browser.post(
        f"{topic}/edit", FORM | {"press": "press-edit", "title": "直した題"}
    )
    assert edited.headers["Location"] == f"{topic}?done=changed"
    await browser.post(f"{topic}/add", {"text": "予算は8万円です", "press": "press-add"})
    page = await text_of(browser, topic)
    assert "予算は8万円です" in page
    assert "直した題" in page
    assert "編集済み" in page
    await browser.post(f"{topic}/close", {"on": "1"})
    assert "もう一度受け付ける" in await text_of(browser, topic)
    refused = await browser.post(f"{topic}/answers", {"text": "まだ", "press": "press-late"})
    assert refused.status == 409
    assert "この相談は締め切られた" in await refused.text()
    gone = await browser.post(f"{topic}/delete", {})
    assert gone.headers["Location"] == "/board?done=deleted"
    page = await text_of(browser, topic)
    assert "この相談は、書いた方が削除しました" in page
    assert "noindex" in page
    assert (await browser.get(f"{topic}/edit")).status == 404


async def test_reported_and_hidden_with_a_reason(
    open_browser: Open, database: Database, asker: User, member: User, staff: User
) -> None:
    one, other, desk = [await open_browser(board=True) for _ in range(3)]
    for browser, user in ((one, asker), (other, member), (desk, staff)):
        await browser.sign_in(user, database)
    topic = await ask(one, title="恋人がほしい")
    assert (await one.get(f"{topic}/report")).status == 400
    wrong = await other.post(f"{topic}/report", {"text": "よくないです"})
    assert wrong.status == 422
    assert "よくないです" in await wrong.text()
    sent = await other.post(f"{topic}/report", {"kind": "partner", "text": "よくないです"})
    assert sent.headers["Location"] == f"{topic}/report?done=1"
    assert "通報を受け付けました" in await text_of(other, f"{topic}/report?done=1")
    page = await text_of(desk, "/staff/board")
    assert "恋人がほしい" in page
    assert "よくないです" in page
    number = topic.rpartition("/")[2]
    hide = f"/staff/board/topics/{number}/hide"
    assert (await desk.post(hide, {"named": "", "words": "だめです"})).status == 400
    done = await desk.post(hide, {"named": "partner", "words": "出会いの場ではありません"})
    assert done.headers["Location"] == "/staff/board?done=hidden"
    assert (await other.get(topic)).status == 404
    mine = await text_of(one, topic)
    assert "出会いの場ではありません" in mine
    assert "出会いや交際を求める内容" in mine
    assert "非表示" in await text_of(desk, "/staff/board?show=closed")
    await desk.post(f"/staff/board/topics/{number}/show", {"words": "まちがいでした"})
    assert (await other.get(topic)).status == 200
    acts = await text_of(await _as_administrator(open_browser, database), "/staff/acts")
    assert "掲示板の書きこみを非表示に" in acts


async def _as_administrator(open_browser: Open, database: Database) -> Browser:
    browser = await open_browser(board=True)
    made = await make_user(database, nickname="管理")
    async with database.transaction() as tx:
        found = await accounts.make_staff(tx, made.email, "administrator", reason="test")
        await tx.execute(sa.update(users).where(users.c.id == made.id).values(is_demo=True))
    assert found
    await browser.sign_in(found, database)
    return browser


async def test_first_topics_pass_the_desk(
    open_browser: Open, database: Database, asker: User, staff: User
) -> None:
    one, desk = [await open_browser(board=True, board_first_looks=1) for _ in range(2)]
    await one.sign_in(asker, database)
    await desk.sign_in(staff, database)
    topic = await ask(one)
    assert "スタッフが確認してから掲載します" in await text_of(one, topic)
    assert (await desk.get(topic)).status == 404
    assert "引っこしの相談" in await text_of(desk, "/staff/board?show=first")
    number = topic.rpartition("/")[2]
    page = await text_of(desk, "/staff/board?show=first")
    seen = unescape(re.findall(r'name="seen" value="([^"]+)"', page)[0])
    let = f"/staff/board/topics/{number}/pass"
    assert (await desk.post(let, {"seen": "x"})).status == 400
    assert (await desk.post(let, {"seen": seen})).status == 303
    assert (await desk.get(topic)).status == 200


async def test_staff_keep_members_and_numbers(
    open_browser: Open, database: Database, asker: User, staff: User
) -> None:
    desk = await open_browser(board=True)
    await desk.sign_in(staff, database)
    person = f"/staff/people/{asker.id}"
    assert "回答メンバーではありません" in await text_of(desk, person)
    await desk.post(f"{person}/answering/give", {"reason": "経験の多い方です"})
    assert "回答メンバーです" in await text_of(desk, person)
    assert "たずね" in await text_of(desk, "/staff/board/members")
    assert "たずね" in await text_of(desk, "/board/members")
    assert "たずねさん" in await text_of(desk, f"/board/members/{asker.id}")
    await desk.post(f"{person}/answering/take", {"reason": "お休みです"})
    assert (await desk.get(f"/board/members/{asker.id}")).status == 404
    line = {
        "locale": "ja",
        "name": "町の窓口",
        "number": "03-1234-5678",
        "hours": "",
        "reason": "新設",
    }
    await desk.post("/staff/board/lines", line)
    page = await text_of(desk, "/staff/board/lines")
    assert "町の窓口" in page
    last = re.findall(r"/staff/board/lines/(\d+)/remove", page)
    assert len(last) == 7
    assert (await desk.post("/staff/board/lines", line | {"number": "x"})).status == 400


async def test_members_and_finance_have_no_desk(
    browser: Browser, database: Database, asker: User
) -> None:
    await browser.sign_in(asker, database)
    await ask(browser)
    for path in ("/staff/board", "/staff/board/lines", "/staff/board/members"):
        assert (await browser.get(path)).status == 404
    assert (await browser.post("/staff/board/topics/1/hide", {"words": "x"})).status == 404
    assert (
        await browser.post(f"/staff/people/{asker.id}/answering/give", {"reason": "x"})
    ).status == 404


async def test_lists_of_ones_own_ask_a_visitor_to_come_in(browser: Browser) -> None:
    for show in ("not_by_me", "asked", "answered"):
        answer = await browser.get(f"/board?show={show}")
        assert answer.headers["Location"].startswith("/sign-in?next=/board")
    assert (await browser.get("/board/new")).headers["Location"].startswith("/sign-in")
    assert (await browser.get("/board?show=x&category=y&page=0&q=%00")).status in (200, 400)


async def test_found_by_words_as_they_are_read(
    browser: Browser, database: Database, asker: User
) -> None:
    await browser.sign_in(asker, database)
    topic = await ask(browser, title="夜泣きがつらい")
    await ask(browser, "press-other", title="朝の体操")
    for typed in ("夜泣き", "よなき", "ヨナキ", "よなぎき"):
        page = await text_of(browser, f"/board?q={typed}")
        assert f'href="{topic}"' in page, typed
        assert "朝の体操" not in page
    assert "合う相談が見つかりませんでした" in await text_of(browser, "/board?q=宇宙旅行")


async def test_one_blocks_who_wrote_by_their_name_and_never_a_pen_name(
    open_browser: Open, database: Database, asker: User, member: User
) -> None:
    one, other = [await open_browser(board=True) for _ in range(2)]
    await one.sign_in(asker, database)
    await other.sign_in(member, database)
    penned = await ask(one, "press-penned", pen_name="雨の日")
    number = penned.rpartition("/")[2]
    assert (await other.get(f"/topics/{number}/block")).status == 404
    await one.post(f"{penned}/answers", {"text": "どうも", "press": "press-own"})
    own = re.findall(r'id="answer-(\d+)"', await text_of(other, penned))[0]
    assert (await other.get(f"/answers/{own}/block")).status == 404
    assert (await other.get(f"/answers/{own}")).headers["Location"] == f"{penned}#answer-{own}"
    topic = await ask(one)
    number = topic.rpartition("/")[2]
    assert f'href="/topics/{number}/block"' in await text_of(other, topic)
    assert "たずねさんをブロックしますか" in await text_of(other, f"/topics/{number}/block")
    done = await other.post(f"/topics/{number}/block", {"lost": "0"})
    assert done.headers["Location"] == "/settings/blocks?done=blocked"
    assert (await other.get(topic)).status == 404
    # The block of the person shows nothing of whose the pen name is; a press there hides that.
    assert f'href="{penned}/block"' in await text_of(other, penned)
    assert "「雨の日」さんをブロックしますか" in await text_of(other, f"{penned}/block")
    assert (await other.get(f"{topic}/block")).status == 404
    done = await other.post(f"{penned}/block", {})
    listed = await text_of(other, done.headers["Location"])
    assert "見えなくした掲示板の相談" in listed
    assert (await other.get(penned)).status == 404
    lift = f"/settings/blocks/topics/{penned.rpartition('/')[2]}/lift"
    assert (await other.post(lift, {})).headers["Location"] == "/settings/blocks?done=seen"
    assert (await other.get(penned)).status == 200
    assert (await other.post(lift, {})).status == 404


async def test_what_one_has_done_is_told_to_nobody_who_comes_after(
    browser: Browser, asker: User, database: Database, open_browser: Open
) -> None:
    await browser.sign_in(asker, database)
    topic = await ask(browser)
    visitor = await open_browser(board=True)
    assert "締め切りました" in await text_of(visitor, f"{topic}?done=closed")
    assert "締め切りました" not in await text_of(visitor, topic)
