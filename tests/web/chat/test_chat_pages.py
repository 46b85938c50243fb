"""Pages of consultations, without script: asking, taking, writing, photos, ends and hand-overs."""

import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from points import ledger
from tests.rooms.care.desk import carry_out
from tests.web.chat.scene import (
    WORDS,
    Three,
    filled,
    hidden,
    photo,
    say,
    send_photos,
    text_of,
)
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, make_user
from tests.web.staff.scene import make_staff

FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture
async def three(open_browser: Open, database: Database) -> Three:
    """A free site."""
    return await Three.open(open_browser, database)


async def test_asked_taken_written_in_and_read(three: Three) -> None:
    form = await text_of(three.asks, "/chats/new")
    for said in ("3日たっても担当者が見つからないことがあります。", "料金はかかりません", "2,000"):
        assert said in form
    chat = await three.write(wishes="ゆっくり聞いてほしい")
    assert "担当する回答メンバーをさがしています" in await text_of(three.asks, chat)
    assert "担当者をさがしています" in await text_of(three.asks, "/chats")
    desk = await text_of(three.answers, "/chats/desk")
    assert re.search(r'未対応<span class="count">1<', desk)
    waiting = await text_of(three.answers, chat)
    assert WORDS in waiting
    assert "ゆっくり聞いてほしい" in waiting
    assert 'data-part="composer"' not in waiting
    assert (await three.answers.post(f"{chat}/take", {})).status == 303
    # The other is told that somebody was first, on what still waits.
    late = await three.stands_by.post(f"{chat}/take", {})
    assert (late.status, "ひと足先に担当になりました" in await late.text()) == (409, True)
    assert (await three.stands_by.get(chat)).status == 404
    assert await say(three.answers, chat, "はじめまして。\nよく書いてくださいましたね") == 303
    menu = await text_of(three.asks, "/guide")
    assert re.search(r'data-part="messages-count">1<', menu)
    page = await text_of(three.asks, chat)
    assert "はじめまして。\nよく書いてくださいましたね" in page
    # Looking alone tells nobody that it was read.
    assert await read_marks(three, chat) == 0
    last = re.findall(r'data-key="(\d+)"', page)[-1]
    assert (await three.asks.post(f"{chat}/read", {"up_to": last})).status == 303
    assert await read_marks(three, chat) == 1
    running = await text_of(three.answers, "/chats/desk?show=running")
    assert "けんじさん" in running


async def read_marks(three: Three, chat: str) -> int:
    page = await text_of(three.answers, chat)
    return len(re.findall(r'data-mine="1".*?<span>既読</span>', page, re.DOTALL))


async def test_one_press_is_one_consultation_and_one_message(three: Three) -> None:
    assert await three.write() == await three.write()
    chat = await three.begin()
    for _ in range(2):
        answer = await three.asks.post(chat, {"text": "ひとつ", "press": "press-once"}, SCRIPT)
        assert answer.status == 200
    async with three.database.transaction() as tx:
        count = sa.text("SELECT count(*) FROM chat_messages WHERE text = 'ひとつ'")
        assert await tx.scalar(count) == 1


async def test_a_mistake_stands_beside_its_field_and_nothing_is_lost(three: Three) -> None:
    answer = await three.asks.post("/chats/new", filled(category="", text="あ" * 2001))
    page = await answer.text()
    assert answer.status == 422
    assert "2,000文字までです。いまは2,001文字あります。" in page
    assert "カテゴリーを選んでください。" in page
    assert "あ" * 2001 in page
    # As people count: a family is one, and a full form of them is taken.
    answer = await three.asks.post("/chats/new", filled(text=FAMILY * 2000))
    assert answer.status == 303
    chat = await three.begin()
    for wrong in ("\u200b \u2060", "あ" * 2001):
        answer = await three.asks.post(chat, {"text": wrong, "press": "press-wrong"})
        assert (answer.status, 'aria-invalid="true"' in await answer.text()) == (422, True)
    assert await say(three.asks, chat, FAMILY * 2000, "press-long") == 303


async def test_what_is_written_is_text_and_no_link(three: Three) -> None:
    bomb = "<script>alert(1)</script> https://example.com/ {{ 7 * 7 }} \u202eabc"
    chat = await three.write(text=bomb, wishes="<b>太字</b>")
    for browser, path in (
        (three.answers, chat), (three.answers, "/chats/desk"),
        (three.asks, chat), (three.asks, "/chats"),
    ):  # fmt: skip
        page = await text_of(browser, path)
        assert "<script>alert" not in page
        assert "<b>太字" not in page
        assert 'href="https://example.com' not in page
        assert "\u202e" not in page


async def test_words_of_danger_are_met_with_numbers_that_only_their_writer_sees(
    three: Three,
) -> None:
    answer = await three.asks.post("/chats/new", filled(text="もう死にたいです"))
    page = await answer.text()
    assert answer.status == 200
    assert "いますぐ話せる窓口" in page
    chat = await three.write(text="もう死にたいです", knows="1")
    assert "いますぐ話せる窓口" in await text_of(three.asks, chat)
    assert "いますぐ話せる窓口" not in await text_of(three.answers, chat)
    assert (await three.answers.post(f"{chat}/take", {})).status == 303
    assert "いますぐ話せる窓口" not in await text_of(three.answers, chat)
    async with three.database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM reports")) == 0


async def test_nominated_from_their_page_and_opened_to_all_by_its_writers_word(
    three: Three,
) -> None:
    member = f"/board/members/{three.member.id}"
    page = await text_of(three.asks, member)
    assert "このメンバーを指名してチャット相談する" in page
    assert f'href="/chats/to/{three.member.id}"' in page
    chat = await three.write(three.member)
    assert "あなたを指名" in await text_of(three.answers, "/chats/desk")
    assert (await three.stands_by.get(chat)).status == 404
    assert "ほかのメンバーにも見てもらう" not in await text_of(three.asks, chat)
    async with three.database.transaction() as tx:
        await tx.execute(sa.text("UPDATE chats SET asked_at = now()"))
    assert "ほかのメンバーにも見てもらう" in await text_of(three.asks, chat)
    assert (await three.asks.post(f"{chat}/open", {})).status == 303
    assert WORDS in await text_of(three.stands_by, chat)


async def test_who_switched_nomination_off_is_not_nominated(three: Three) -> None:
    way = f"/chats/to/{three.member.id}"
    assert (await three.answers.post("/chats/desk/settings", {"most_open": "3"})).status == 303
    assert "いまは指名を受け付けていません" in await text_of(
        three.asks, f"/board/members/{three.member.id}"
    )
    answer = await three.asks.post(way, filled())
    assert (answer.status, WORDS in await answer.text()) == (409, True)
    answer = await three.answers.post("/chats/desk/settings", {"most_open": "51"})
    assert (answer.status, "50件まで" in await answer.text()) == (422, True)
    assert (await three.asks.get("/chats/desk")).status == 403
    assert (await three.asks.post("/chats/desk/settings", {"most_open": "1"})).status == 403


async def test_handed_over_with_both_sides_word(three: Three) -> None:
    chat = await three.begin()
    page = await text_of(three.answers, f"{chat}/hand-over")
    assert "ももさん" in page
    assert (await three.asks.get(f"{chat}/hand-over")).headers["Location"] == chat
    to = {"to": str(three.other.id)}
    assert (await three.answers.post(f"{chat}/hand-over", to)).status == 303
    # Before its caller has agreed, who is named doesn't see it.
    assert (await three.stands_by.get(chat)).status == 404
    assert (await three.stands_by.post(f"{chat}/hand-over/take", {})).status == 404
    assert "ももさんへの引き継ぎの提案です" in await text_of(three.asks, chat)
    assert (await three.asks.post(f"{chat}/hand-over/agree", {})).status == 303
    assert "さくらさんが、あなたへの引き継ぎを提案しています" in await text_of(
        three.stands_by, chat
    )
    assert "さくらさんから引き継ぎの提案" in await text_of(three.stands_by, "/chats/desk")
    taken = await three.stands_by.post(f"{chat}/hand-over/take", {})
    assert taken.headers["Location"] == f"{chat}?done=taken"
    assert (await three.answers.get(chat)).status == 404
    assert await say(three.stands_by, chat, "引き継ぎました") == 303
    assert "ももさん" in await text_of(three.asks, chat)


async def test_ended_and_opened_again_once(three: Three) -> None:
    chat = await three.begin()
    assert "相談を終了しますか" in await text_of(three.asks, f"{chat}/end")
    assert (await three.asks.post(f"{chat}/end", {})).status == 303
    page = await text_of(three.answers, chat)
    assert "お相手が終了しました。" in page
    assert 'data-part="composer"' not in page
    assert await say(three.answers, chat, "まだ話せますか") == 409
    assert (await three.answers.post(f"{chat}/reopen", {})).status == 303
    assert await say(three.answers, chat, "また話しましょう", "press-again") == 303
    assert (await three.answers.post(f"{chat}/end", {})).status == 303
    assert "相談を再開する" not in await text_of(three.answers, chat)


async def test_withdrawn_before_anybody_took_it(three: Three) -> None:
    chat = await three.write()
    assert (await three.asks.post(f"{chat}/withdraw", {})).status == 303
    assert "取り下げました。" in await text_of(three.asks, chat)
    assert (await three.answers.get(chat)).status == 404
    late = await three.answers.post(f"{chat}/take", {})
    assert (late.status, "受付を終了しました" in await late.text()) == (409, True)


async def test_nobody_came_an_apology_and_the_board_with_the_same_words(three: Three) -> None:
    chat = await three.write()
    async with three.database.transaction() as tx:
        gone = sa.text("UPDATE chats SET state = 'unanswered', ended_at = now()")
        await tx.execute(gone)
    page = await text_of(three.asks, chat)
    assert "申し訳ありません。担当者が見つかりませんでした" in page
    way = f"/board/new?chat={chat.rpartition('/')[2]}"
    assert f'href="{way}"' in page
    # Nothing of it stands in an address.
    assert all(WORDS[:6] not in href for href in re.findall(r'href="([^"]*)"', page))
    form = await text_of(three.asks, way)
    assert f">\n{WORDS}</textarea>" in form
    assert '<option value="health" selected>' in form
    # To nobody else.
    assert (await three.answers.get(way)).status == 404


async def test_photos_are_drawn_anew_and_shown_to_the_two_alone(three: Three) -> None:
    chat = await three.begin()
    answer = await send_photos(three.asks, chat, photo(), photo((10, 20, 30)), text="きょうの空")
    assert answer.status == 303, await answer.text()
    page = await text_of(three.answers, chat)
    paths = re.findall(rf'href="({chat}/photos/[\w-]+)"', page)
    assert len(paths) == 2
    for path in (paths[0], f"{paths[0]}?size=small"):
        shown = await three.answers.get(path)
        assert (shown.status, shown.headers["Cache-Control"]) == (200, "private, no-store")
        assert (await shown.read())[8:12] == b"WEBP"
        assert (await three.stands_by.get(path)).status == 404
    # Without words, too; nothing chosen, too many and no photo are refused in words.
    assert (await send_photos(three.asks, chat, photo(), press="press-alone")).status == 303
    for files, said in (
        ([b""], "写真を選んでください。"),
        ([photo()] * 5, "写真は4枚までです。"),
        ([photo(), b"GIF89a" + bytes(500)], "aria-invalid"),
    ):
        answer = await send_photos(three.asks, chat, *files, press="press-refused")
        assert answer.status in (409, 422)
        assert said in await answer.text()
    stranger = await send_photos(three.stands_by, chat, photo())
    assert stranger.status == 404


async def test_older_messages_by_page(three: Three) -> None:
    chat = await three.begin()
    chat_id = int(chat.rpartition("/")[2])
    async with three.database.transaction() as tx:
        many = sa.text("""
INSERT INTO chat_messages (chat_id, side, sender_id, key, text)
SELECT :chat, 'caller', :user, 'press-' || n, 'ことば' || n || '。' FROM generate_series(100, 170) n
""")
        await tx.execute(many, {"chat": chat_id, "user": three.caller.id})
    page = await text_of(three.answers, chat)
    assert "ことば170。" in page
    assert "ことば120。" not in page
    older = re.search(r'href="(\?before=\d+)"', page)
    assert older
    page = await text_of(three.answers, f"{chat}{older[1]}")
    assert "ことば120。" in page
    assert "いちばん新しいメッセージへ" in page


async def test_one_that_costs_is_looked_at_before_it_is_sent(
    open_browser: Open, database: Database
) -> None:
    three = await Three.open(open_browser, database, chat_points=1400, chat_days=7)
    answer = await three.asks.post("/chats/new", filled(wishes="静かに"))
    page = await answer.text()
    for said in ("1,400", "まだ送られていません", "お返事のなかった日の分はお返しします", WORDS):
        assert said in page
    fields = hidden(page) | {"text": WORDS, "wishes": "静かに"}
    # To write more is no sending.
    form = await (await three.asks.post("/chats/new", fields | {"step": "edit"})).text()
    assert f">\n{WORDS}</textarea>" in form
    sent = await three.asks.post("/chats/new", fields | {"step": "send"})
    assert sent.status == 303
    again = await three.asks.post("/chats/new", fields | {"step": "send"})
    assert again.headers["Location"] == sent.headers["Location"]
    async with database.transaction() as tx:
        assert await ledger.spendable(tx, three.caller.id) == 3600
    other = fields | {"step": "send", "points": "700", "press": "press-number-two"}
    dearer = await three.asks.post("/chats/new", other)
    assert (dearer.status, "1,400ポイントに変わりました" in await dearer.text()) == (409, True)


async def test_what_is_closed_or_unconfirmed_is_told(
    open_browser: Open, database: Database
) -> None:
    three = await Three.open(open_browser, database)
    chat = await three.begin()
    closed = await open_browser(chat=False)
    await closed.sign_in(three.caller, database)
    assert (await closed.get("/chats/new")).status == 404
    # What was begun goes on.
    assert await say(closed, chat, "つづけます") == 303
    young = await open_browser(chat=True)
    await young.sign_in(await make_user(database, confirmed=False), database)
    page = await (await young.get("/chats/new")).text()
    assert "メールアドレスの確認が済むとチャット相談を送れます。" in page
    answer = await young.post("/chats/new", filled())
    assert (answer.status, WORDS in await answer.text()) == (403, True)


async def test_a_block_ends_it_while_one_writes(three: Three) -> None:
    chat = await three.begin()
    page = await text_of(three.asks, f"{chat}/block")
    lost = hidden(page)
    assert (await three.asks.post(f"{chat}/block", lost)).status == 303
    assert await say(three.answers, chat, "もうひとこと") == 409
    assert "取りやめになりました" in await text_of(three.answers, chat)


async def test_staff_read_it_only_beside_an_open_report_and_are_logged(
    three: Three, settings: Settings, open_browser: Open
) -> None:
    chat = await three.begin()
    assert (await send_photos(three.asks, chat, photo(), text="ないしょの話")).status == 303
    staff = await make_staff(three.database, "support")
    desk = await open_browser(chat=True)
    await desk.sign_in(staff, three.database)
    assert (await desk.get(chat)).status == 404
    blank = await three.asks.post(f"{chat}/staff", {"text": " "})
    assert (blank.status, 'aria-invalid="true"' in await blank.text()) == (422, True)
    asked = await three.asks.post(f"{chat}/staff", {"text": "どうしたらよいでしょうか"})
    assert asked.headers["Location"] == f"{chat}?done=staff"
    assert "スタッフに伝えました" in await text_of(three.asks, f"{chat}?done=staff")
    # The other learns nothing of it.
    assert "スタッフに伝えました" not in await text_of(three.answers, chat)
    async with three.database.transaction() as tx:
        report = await tx.scalar(sa.text("SELECT id FROM reports WHERE kind = 'help'"))
    page = await text_of(desk, f"/staff/reports/{report}")
    assert "スタッフへの相談（通報ではありません）" in page
    words = f"/staff/reports/{report}/consultation"
    assert f'href="{words}"' in page
    read = await text_of(desk, words)
    assert "ないしょの話" in read
    picture = re.search(rf'href="({words}/photos/[\w-]+)"', read)
    assert picture
    assert (await desk.get(picture[1])).status == 200
    assert (await three.answers.get(words)).status == 404
    async with three.database.transaction() as tx:
        looks = sa.text("SELECT count(*) FROM staff_acts WHERE act = 'chat.read'")
        assert await tx.scalar(looks) == 1
    closed = await desk.post(f"/staff/reports/{report}/close", {"words": "確認しました"})
    assert closed.status == 303
    assert await carry_out(three.database, settings) == 1
    assert (await desk.get(words)).status == 403
    assert (await desk.get(picture[1])).status == 403


async def test_to_ask_staff_is_no_kind_of_report(three: Three) -> None:
    chat = await three.begin()
    assert 'value="help"' not in await text_of(three.asks, f"{chat}/report")
    sent = await three.asks.post(f"{chat}/report", {"kind": "harassment", "text": "こわいです"})
    assert sent.headers["Location"] == f"{chat}/report?done=1"


async def test_staff_see_what_waits_and_how_long_without_the_words(
    three: Three, open_browser: Open
) -> None:
    await three.begin()
    await three.write(three.other, press="press-of-another")
    desk = await open_browser(chat=True)
    await desk.sign_in(await make_staff(three.database), three.database)
    page = await text_of(desk, "/staff/chats")
    for said in ("ももさんを指名", "メンバーの担当", "0分", "さくら"):
        assert said in page
    assert "眠れない" not in page
    assert (await three.answers.get("/staff/chats")).status == 404
    closed = await open_browser(chat=False)
    await closed.sign_in(await make_staff(three.database), three.database)
    assert (await closed.get("/staff/chats")).status == 404
