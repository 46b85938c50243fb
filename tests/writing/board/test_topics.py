"""Who may write a topic, what may stand in it, who sees it, and what becomes of it."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from foundation.text.visible import MOST_MARKS
from tests.world import new_user
from tests.writing.board.scene import Board, key
from writing.board import answers, changing, texts, topics, writing
from writing.board.rules import MOST_TITLE

FAMILY = "👨‍👩‍👧‍👦"
RLO = "\u202e"


async def test_a_topic_is_there_for_everybody(board: Board) -> None:
    await board.ask(title="朝が苦手です", text="起きられません。\nどうしていますか")
    for viewer in (None, board.asker, board.member):
        seen = await board.see(viewer)
        assert (seen.title, seen.text, seen.name) == (
            "朝が苦手です",
            "起きられません。\nどうしていますか",
            "たずね",
        )
        assert seen.mine == (viewer == board.asker)
        assert await board.listed(viewer) == [board.topic]


async def test_the_same_press_is_one_topic_also_at_once(board: Board) -> None:
    press = key()
    made = await asyncio.gather(*(board.ask(press=press) for _ in range(3)))
    assert len({*made}) == 1
    assert await board.count("board_topics") == 1


async def test_only_who_is_confirmed_writes(board: Board) -> None:
    user = await board.do(new_user, "まだ", confirmed=False)
    refused = await board.refused(writing.write, board.settings, user, key(), board.draft())
    assert refused == "not_confirmed"
    await board.ask()
    tried = (answers.answer, board.settings, board.topic, user, key(), "はい")
    assert await board.refused(*tried) == "not_confirmed"


async def test_three_topics_an_hour_and_presses_at_once_never_make_four(board: Board) -> None:
    tried = [
        board.do(writing.write, board.settings, board.asker, key(), board.draft()) for _ in range(5)
    ]
    done = await asyncio.gather(*tried, return_exceptions=True)
    codes = [one.code for one in done if isinstance(one, UserError)]
    assert codes == ["topics_too_many"] * 2
    await board.pass_time(61)
    await board.ask()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "words_blank"),
        ("\u200b\u2060 \n\u3164\u00ad", "words_blank"),
        (f"{RLO}\u2066\u2069", "words_blank"),
        ("あ" * 2001, "words_too_long"),
        (FAMILY * 2001, "words_too_long"),
        ("見て https://a.example https://b.example http://c.example www.d.example",
         "links_too_many"),
        ("yuki@example.jp へどうぞ", "contact_mail"),
        ("yuki アットマーク example ドット jp", "contact_mail"),
        ("090-1234-5678 にください", "contact_phone"),
        ("〇九〇一二三四五六七八まで", "contact_phone"),
        ("０９０－１２３４－５６７８", "contact_phone"),
        ("09\u200b0-1234-5678", "contact_phone"),
        ("LINEのIDは yuki です", "contact_line"),
        ("PayPayのリンクを送ります", "contact_payment"),
        ("口座は1234567です", "contact_payment"),
        ("東京都千代田区丸の内1-9-1", "contact_address"),
    ],
)  # fmt: skip
def test_what_may_not_stand_on_the_board(text: str, code: str) -> None:
    with pytest.raises(UserError) as found:
        texts.text_of(text)
    assert (found.value.code, found.value.status) == (code, 400)


@pytest.mark.parametrize(
    "text",
    [
        "あ" * 2000,
        FAMILY * 1000,
        "#いのちSOS 0120-061-338 へ電話してみてください",
        "いのちの電話は 0570-783-556 です",
        "出典は https://www.mhlw.go.jp/ です",
        "2026年11月30日に、1,200,000円を払いました",
        "ライン引きの練習をしています",
    ],
)
async def test_what_may_stand_there_is_kept_whole(board: Board, text: str) -> None:
    await board.ask(text=text)
    assert (await board.see(None)).text == text


async def test_nothing_in_it_turns_or_hides(board: Board) -> None:
    await board.ask(title=f"表{RLO}裏", text=f"甲{RLO}乙\u2069丙\u200b丁\n\n\n\n\n\n戊")
    seen = await board.see(None)
    assert (seen.title, seen.text) == ("表裏", "甲乙丙丁\n\n\n戊")


async def test_letters_bear_no_towers_of_marks(board: Board) -> None:
    await board.ask(text="あ" + "\u0301" * 500)
    assert len((await board.see(None)).text) <= 1 + MOST_MARKS


@pytest.mark.parametrize("title", ["", " \u200b", "あ" * (MOST_TITLE + 1), "a@example.jp"])
def test_a_title_has_rules_as_well(title: str) -> None:
    with pytest.raises(UserError) as found:
        texts.title_of(title)
    assert found.value.code in ("title_needed", "words_too_long", "contact_mail")


@pytest.mark.parametrize("category", ["", "love", "living'--"])
def test_a_category_is_one_of_the_list(category: str) -> None:
    with pytest.raises(UserError, match="category_unknown"):
        texts.draft_of(category, "題", "文")


async def test_a_pen_name_stands_for_its_writer_in_all_of_the_topic(board: Board) -> None:
    await board.ask(pen_name="  雨の日 ")
    await board.reply(board.asker, "ありがとうございます")
    await board.reply(board.member)
    for viewer in (None, board.member, board.asker):
        seen = await board.see(viewer)
        assert (seen.name, seen.portrait, seen.has_pen_name) == ("雨の日", None, True)
        assert [name for name, _ in await board.said(viewer)] == ["雨の日", "こたえ"]
    await board.ask()
    assert (await board.see(None)).name == "たずね"


async def test_a_pen_name_hides_the_mark_of_an_answering_member(board: Board) -> None:
    await board.ask(board.member)
    assert (await board.see(None)).marked
    await board.ask(board.member, pen_name="雨の日")
    assert not (await board.see(None)).marked


async def test_what_is_for_members_is_in_no_list_of_visitors(board: Board) -> None:
    await board.ask(members_only=True)
    assert await board.listed(None) == []
    assert await board.listed(board.other) == [board.topic]
    # The page asks a visitor to sign in.
    assert (await board.see(None)).members_only


@pytest.mark.parametrize("by_asker", [True, False])
async def test_whom_one_blocks_one_neither_reads_nor_answers(board: Board, by_asker: bool) -> None:
    await board.ask()
    await board.reply(board.other, "こんにちは")
    await board.reply(board.member, "はい")
    pair = (board.asker, board.other) if by_asker else (board.other, board.asker)
    await board.block(*pair)
    assert await board.said(board.asker) == [("こたえ", "はい")]
    assert await board.refused(topics.find, board.topic, board.other) == "topic_unknown"
    assert await board.listed(board.other) == []
    tried = (answers.answer, board.settings, board.topic, board.other, key(), "でも")
    assert await board.refused(*tried) == "topic_unknown"
    # One's own words may go nevertheless.
    mine = await board.do(answer_of, board.other)
    await board.do(answers.delete, board.topic, mine, board.other)
    assert len(await board.said(None)) == 2


async def answer_of(tx: object, user: int) -> int:
    query = sa.text("SELECT max(id) FROM board_answers WHERE user_id = :user")
    return int(await tx.scalar(query, {"user": user}))  # type: ignore[attr-defined]


async def test_ten_minutes_to_change_it_then_only_to_add(board: Board) -> None:
    await board.ask()
    new = board.draft(title="直しました", text="どの町がよいでしょう", category="work")
    await board.do(changing.edit, board.settings, board.topic, board.asker, new)
    seen = await board.see(None)
    assert (seen.title, seen.category) == ("直しました", "work")
    assert seen.edited_at
    tried = (changing.edit, board.settings, board.topic)
    assert await board.refused(*tried, board.other, new) == "topic_unknown"
    await board.pass_time(11)
    assert await board.refused(*tried, board.asker, new) == "edit_too_late"
    await board.add(board.asker, "予算は月に8万円です")
    assert await board.count("board_additions") == 1


async def test_the_name_of_a_topic_is_settled_when_it_is_written(board: Board) -> None:
    await board.ask(pen_name="雨の日")
    new = board.draft(pen_name="")
    await board.do(changing.edit, board.settings, board.topic, board.asker, new)
    assert (await board.see(None)).name == "雨の日"


async def test_closed_nobody_writes_and_all_may_read(board: Board) -> None:
    await board.ask()
    await board.reply()
    await board.do(changing.close, board.topic, board.asker, closed=True)
    for user in (board.asker, board.other):
        tried = (answers.answer, board.settings, board.topic, user, key(), "まだ")
        assert await board.refused(*tried) == "topic_over"
    assert await board.said(None) == [("こたえ", "川のそばがよいですよ")]
    assert await board.listed(board.other, show="not_by_me") == []
    await board.do(changing.close, board.topic, board.asker, closed=False)
    await board.reply(board.other)
    refused = await board.refused(changing.close, board.topic, board.other, closed=True)
    assert refused == "topic_unknown"


async def test_deleted_its_words_are_gone_and_others_stay(board: Board) -> None:
    await board.ask(pen_name="雨の日", title="秘密の題", text="秘密の文")
    await board.add(board.asker, "秘密の補足")
    await board.reply(board.asker, "私の返事")
    await board.reply()
    assert await board.refused(changing.delete, board.topic, board.other) == "topic_unknown"
    await board.do(changing.delete, board.topic, board.asker)
    seen = await board.see(None)
    assert (seen.title, seen.text, seen.shown) == ("", "", False)
    assert seen.deleted_at
    assert await board.listed(None) == []
    assert await board.listed(board.asker, show="asked") == []
    # The pen name goes on standing for who asked.
    assert await board.said(None) == [("雨の日", "私の返事"), ("こたえ", "川のそばがよいですよ")]
    async with board.database.transaction() as tx:
        for table in ("board_topics", "board_additions", "board_words"):
            held = await tx.scalar(sa.text(f"SELECT string_agg(t::text, '') FROM {table} t"))
            assert "秘密" not in (held or "")


async def test_answering_deleting_and_closing_at_once_leave_it_as_one_after_the_other(
    board: Board,
) -> None:
    for _ in range(3):
        await board.ask(await board.do(new_user, "だれか"))
        asker = (await board.see(None)).writer_id
        await asyncio.gather(
            board.do(changing.close, board.topic, asker, closed=True),
            board.do(changing.delete, board.topic, asker),
            *(board.do(answers.answer, board.settings, board.topic, user, key(), "はい")
              for user in (board.member, board.other)),
            return_exceptions=True,
        )  # fmt: skip
        seen = await board.see(None)
        assert seen.deleted_at
        assert seen.answers == len(await board.said(None))


async def test_the_first_topics_wait_for_staff(board: Board) -> None:
    board.settings = board.settings.model_copy(update={"board_first_looks": 1})
    await board.ask()
    assert (await board.see(board.asker)).waits
    for viewer in (None, board.other):
        assert await board.refused(topics.find, board.topic, viewer) == "topic_unknown"
        assert await board.listed(viewer) == []
    assert await board.listed(board.asker, show="asked") == [board.topic]
    tried = (answers.answer, board.settings, board.topic, board.other, key(), "はい")
    assert await board.refused(*tried) == "topic_unknown"
