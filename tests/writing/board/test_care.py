"""Reports, hiding, danger, first topics, help lines, and what goes with a member."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.database import Database
from people.desk import roles
from tests.writing.board.scene import Board, key
from writing.board import (
    answers,
    changing,
    erasing,
    hiding,
    report_list,
    reports,
    thanks,
    topics,
    writing,
)
from writing.board.report_list import BoardReport
from writing.ground import answering, danger, help_lines


async def waiting(board: Board) -> list[BoardReport]:
    found = await board.do(report_list.queue, "open", 1, 20)
    return list(found)


async def report(
    board: Board, reporter: int, answer: int | None = None, kind: str = "other"
) -> None:
    await board.do(reports.file, reporter, board.topic, answer, kind, "こまります")


async def acts(board: Board) -> list[tuple[str, str]]:
    async with board.database.transaction() as tx:
        rows = await tx.execute(sa.text("SELECT act, subject FROM staff_acts ORDER BY id"))
        return [(row.act, row.subject) for row in rows if not row.act.startswith("answering")]


@pytest.mark.parametrize(
    "text",
    ["もう死にたいです", "シニタイ", "死 に た い", "消えてしまいたい", "リストカットが止まらない",
     "首を吊るしかない", "生きるのに疲れました", "I want to die", "thinking of suicide",
     "I don't want to live", "夫に殺されそうです"],
)  # fmt: skip
def test_words_that_point_to_danger(text: str) -> None:
    assert danger.is_danger(text)


@pytest.mark.parametrize(
    "text",
    ["眠くて倒れそうです", "締め切りに追われています", "必死に勉強しています", "きょうは暑い",
     "I could eat a horse", "この役を生き生きと演じたい"],
)  # fmt: skip
def test_words_that_do_not(text: str) -> None:
    assert not danger.is_danger(text)


async def test_danger_is_told_to_staff_first_and_refuses_nothing(board: Board) -> None:
    await board.ask(title="つらい", text="眠れません")
    await report(board, board.other)
    await board.ask(title="つらい", text="消えたいです", pen_name="雨の日")
    assert (await board.see(None)).danger
    await board.reply(board.other, "私も死にたいときがありました")
    found = await waiting(board)
    assert [(one.kind, one.reporter_id, one.writer_name) for one in found] == [
        ("danger", None, "たずね"),
        ("danger", None, "となり"),
        ("other", board.other, "たずね"),
    ]
    assert found[0].pen_name == "雨の日"
    assert "消えたいです" in found[0].said


async def test_danger_in_what_is_changed_or_added_is_told_as_well(board: Board) -> None:
    await board.ask()
    await board.do(
        changing.edit, board.settings, board.topic, board.asker, board.draft(text="消えたい")
    )
    await board.do(
        changing.edit, board.settings, board.topic, board.asker, board.draft(text="きえたい")
    )
    mine = await board.reply()
    await board.add(board.member, "死にたくなります。しにたい", mine)
    assert [(one.kind, one.answer_id) for one in await waiting(board)] == [
        ("danger", None),
        ("danger", mine),
    ]


async def test_a_report_keeps_what_was_said_until_staff_close_it(board: Board) -> None:
    await board.ask(title="題", text="ひどい文")
    await report(board, board.other, kind="harassment")
    await report(board, board.other, kind="harassment")
    await board.do(changing.delete, board.topic, board.asker)
    found = await waiting(board)
    assert [(one.said, one.text, one.deleted) for one in found] == [("題\nひどい文", "", True)]
    await board.do(reports.close, board.settings, found[0].id, board.staff, "見ました")
    assert await waiting(board) == []
    closed = (await board.do(report_list.queue, "closed", 1, 20)).items
    assert [(one.said, one.words) for one in closed] == [("", "見ました")]
    assert len(await board.told(board.other, "safety")) == 1
    refused = await board.refused(
        reports.close, board.settings, found[0].id, board.staff, "もう一度"
    )
    assert refused == "report_closed"
    assert await acts(board) == [("board.close", f"board:{board.topic}")]


async def test_nobody_reports_themselves_or_what_they_cannot_see(board: Board) -> None:
    await board.ask()
    tried = (reports.file, board.asker, board.topic, None, "other", "")
    assert await board.refused(*tried) == "board_report_own"
    mine = await board.reply()
    await board.do(answers.delete, board.topic, mine, board.member)
    gone = (reports.file, board.other, board.topic, mine, "other", "")
    assert await board.refused(*gone) == "topic_unknown"
    await board.block(board.asker, board.other)
    blocked = (reports.file, board.other, board.topic, None, "other", "")
    assert await board.refused(*blocked) == "topic_unknown"
    other = await board.ask(board.member)
    wrong = (reports.file, board.other, other, mine, "other", "")
    assert await board.refused(*wrong) == "answer_unknown"
    assert await board.refused(reports.file, board.other, other, None, "x", "") == "report_kind"


async def test_staff_hide_with_a_reason_that_its_writer_reads(board: Board) -> None:
    await board.ask()
    mine = await board.reply(text="私とつきあいませんか")
    await report(board, board.other, mine, "partner")
    hide = (hiding.hide, board.settings, board.topic, mine)
    assert await board.refused(*hide, board.member, "partner", "だめです") == "report_own"
    assert await board.refused(*hide, board.staff, "low", "だめです") == "hiding_reason"
    assert await board.refused(*hide, board.staff, "partner", " ") == "reason_needed"
    await board.do(*hide, board.staff, "partner", "出会いを求める書きこみです")
    assert await board.said(board.other) == [("こたえ", "")]
    assert await board.said(board.member) == [("こたえ", "私とつきあいませんか")]
    assert (await board.see(None)).answers == 0
    assert await waiting(board) == []
    assert len(await board.told(board.member, "board_look")) == 1
    assert len(await board.told(board.other, "safety")) == 1
    again = await board.refused(*hide, board.staff, "partner", "もう一度")
    assert again == "board_hidden"
    show = (hiding.show_again, board.settings, board.topic, mine, board.staff, "まちがいでした")
    await board.do(*show)
    assert (await board.see(None)).answers == 1
    assert await board.refused(*show) == "board_not_hidden"
    assert [act for act, _ in await acts(board)] == ["board.hide", "board.show"]


async def test_a_hidden_topic_is_there_for_its_writer_alone(board: Board) -> None:
    await board.ask()
    hide = (hiding.hide, board.settings, board.topic, None, board.staff)
    await board.do(*hide, "partner", "理由です")
    assert (await board.see(board.asker)).hidden_words == "理由です"
    for viewer in (None, board.member):
        assert await board.refused(topics.find, board.topic, viewer) == "topic_unknown"
        assert await board.listed(viewer) == []
    tried = (answers.answer, board.settings, board.topic, board.asker, key(), "なぜ")
    assert await board.refused(*tried) == "topic_over"
    edit = (changing.edit, board.settings, board.topic, board.asker, board.draft())
    assert await board.refused(*edit) == "topic_over"


async def test_who_deletes_a_hidden_topic_brings_nothing_of_it_back(board: Board) -> None:
    await board.ask()
    await board.reply(board.asker, "あやしい話です")
    await board.do(hiding.hide, board.settings, board.topic, None, board.staff, "other", "理由です")
    await board.do(changing.delete, board.topic, board.asker)
    for viewer in (None, board.member):
        assert await board.refused(topics.find, board.topic, viewer) == "topic_unknown"
    assert (await board.see(board.asker)).text == ""


async def test_two_of_staff_hide_at_once_and_it_is_done_once(board: Board) -> None:
    await board.ask()
    hide = (hiding.hide, board.settings, board.topic, None, board.staff, "other", "理由です")
    done = await asyncio.gather(*(board.do(*hide) for _ in range(3)), return_exceptions=True)
    assert sum(one is None for one in done) == 1
    assert len(await acts(board)) == 1


async def test_a_first_topic_is_let_pass_or_hidden(board: Board) -> None:
    board.settings = board.settings.model_copy(update={"board_first_looks": 1})
    await board.ask(text="消えたい気持ちです")
    assert await board.do(report_list.waiting_topics) == 1
    (seen,) = await board.do(report_list.first_topics, 1, 20)
    let = (hiding.let_pass, board.settings, board.topic)
    assert await board.refused(*let, board.asker, seen.last_at) == "report_own"
    new = board.draft(text="消えたい気持ちで、連絡を待っています")
    await board.do(changing.edit, board.settings, board.topic, board.asker, new)
    assert await board.refused(*let, board.staff, seen.last_at) == "look_changed"
    (seen,) = await board.do(report_list.first_topics, 1, 20)
    await board.do(*let, board.staff, seen.last_at)
    assert await board.listed(None) == [board.topic]
    # That it was let pass doesn't close what was told of danger.
    assert [one.kind for one in await waiting(board)] == ["danger"]
    assert await board.refused(*let, board.staff, seen.last_at) == "look_over"
    # Once one has passed, the next ones stand at once.
    made = await board.do(writing.write, board.settings, board.asker, key(), board.draft())
    assert not made.waits
    await board.ask(board.other)
    hide = (hiding.hide, board.settings, board.topic, None, board.staff)
    await board.do(*hide, "partner", "出会いを求める書きこみです")
    assert await board.do(report_list.waiting_topics) == 0
    assert await board.refused(topics.find, board.topic, None) == "topic_unknown"


async def test_what_staff_did_keeps_nothing_of_what_is_deleted(board: Board) -> None:
    board.settings = board.settings.model_copy(update={"board_first_looks": 1})
    await board.ask(title="秘密の題")
    (seen,) = await board.do(report_list.first_topics, 1, 20)
    await board.do(hiding.let_pass, board.settings, board.topic, board.staff, seen.last_at)
    await board.do(changing.delete, board.topic, board.asker)
    assert await board.count("staff_acts WHERE staff_acts::text LIKE '%board.pass%'") == 1
    assert await board.count("staff_acts WHERE staff_acts::text LIKE '%秘密%'") == 0


async def test_nobody_gets_past_the_first_look_by_deleting_or_editing(board: Board) -> None:
    board.settings = board.settings.model_copy(update={"board_first_looks": 1})
    await board.ask()
    await board.do(changing.delete, board.topic, board.asker)
    await board.ask(text="ひとことめ")
    assert (await board.see(board.asker)).waits
    (seen,) = await board.do(report_list.first_topics, 1, 20)
    await board.do(hiding.let_pass, board.settings, board.topic, board.staff, seen.last_at)
    new = board.draft(text="だれも見ていない言葉")
    await board.do(changing.edit, board.settings, board.topic, board.asker, new)
    assert await board.refused(topics.find, board.topic, None) == "topic_unknown"
    (seen,) = await board.do(report_list.first_topics, 1, 20)
    await board.do(hiding.let_pass, board.settings, board.topic, board.staff, seen.last_at)
    # The next one stands at once, and so does what is changed in it.
    await board.ask()
    await board.do(changing.edit, board.settings, board.topic, board.asker, new)
    assert (await board.see(None)).text == "だれも見ていない言葉"


async def test_the_right_to_answer_is_given_and_taken_with_a_reason(board: Board) -> None:
    give = (answering.give, board.settings, board.other)
    assert await board.refused(*give, " ", actor_id=board.staff) == "reason_needed"
    mine = (answering.give, board.settings, board.staff, "自分です")
    assert await board.refused(*mine, actor_id=board.staff) == "answering_own"
    for _ in range(2):
        await board.do(*give, "経験の多い方です", actor_id=board.staff)
    assert await board.do(answering.is_one, board.other)
    assert len(await board.told(board.other, "answering")) == 1
    found = await board.do(answering.page, 1)
    assert [one.nickname for one in found] == ["こたえ", "となり"]
    await board.do(answering.take, board.settings, board.other, "お休み", actor_id=board.staff)
    assert "お休み" in (await board.told(board.other, "answering"))[1]
    assert await board.refused(answering.find, board.other) == "answering_unknown"


async def test_help_lines_are_of_a_language_and_never_none(board: Board) -> None:
    japanese = await board.do(help_lines.of, "ja")
    assert {one.dialled for one in japanese} == {
        "0120061338", "0120279338", "0570783556", "0570064556",
    }  # fmt: skip
    assert all(one.locale == "en" for one in await board.do(help_lines.of, "en"))
    add = (help_lines.add, "ja", "こころの窓", "０３（１２３４）５６７８", "平日", "新しい窓口")
    await board.do(*add, actor_id=board.staff)
    assert (await board.do(help_lines.of, "ja"))[-1].number == "0312345678"
    wrong = (help_lines.add, "ja", "こころの窓", "でんわ", "", "新しい窓口")
    assert await board.refused(*wrong, actor_id=board.staff) == "help_number"
    lines = await board.do(help_lines.of, "ja")
    for line in lines[:-1]:
        await board.do(help_lines.remove, line.id, "終わりました", actor_id=board.staff)
    refused = await board.refused(
        help_lines.remove, lines[-1].id, "終わりました", actor_id=board.staff
    )
    assert refused == "help_last"
    for line in await board.do(help_lines.of, "en"):
        await board.do(help_lines.remove, line.id, "終わりました", actor_id=board.staff)
    assert [one.locale for one in await board.do(help_lines.of, "en")] == ["ja"]


def test_support_sees_to_the_board_and_finance_does_not() -> None:
    assert roles.may("support", "board")
    assert roles.may("administrator", "board")
    assert not roles.may("finance", "board")


async def test_who_withdraws_takes_their_words_along_and_others_stay(board: Board) -> None:
    await board.ask(title="秘密", text="秘密の文", pen_name="秘密の名")
    mine = await board.reply()
    await board.do(thanks.find_helpful, board.topic, mine, board.asker, on=True)
    await board.reply(board.asker, "秘密の返事")
    await board.add(board.asker, "秘密の補足")
    asked = board.topic
    theirs = await board.ask(board.other)
    await board.reply(board.asker, "秘密の回答")
    await report(board, board.other, board.answer)
    await board.do(erasing.withdraw, board.asker)
    assert (await board.see(None)).answers == 0
    board.topic = asked
    seen = await board.see(None)
    assert (seen.title, seen.text, seen.has_pen_name) == ("", "", False)
    assert await board.said(None) == [("こたえ", "川のそばがよいですよ"), ("たずね", "")]
    assert await board.listed(None) == [theirs]
    async with board.database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT sum(helpful) FROM board_answers")) == 0
        for table in ("topics", "answers", "additions", "words", "helpful"):
            held = await tx.scalar(sa.text(f"SELECT string_agg(t::text, '') FROM board_{table} t"))
            assert "秘密" not in (held or ""), table
    # As evidence it stays until staff have closed the report.
    (left,) = await waiting(board)
    assert "秘密の回答" in left.said
    await board.do(reports.close, board.settings, left.id, board.staff, "見ました")
    async with board.database.transaction() as tx:
        held = await tx.scalar(sa.text("SELECT string_agg(t::text, '') FROM board_reports t"))
    assert "秘密" not in held


async def test_an_answering_member_who_withdraws_is_none_any_more(board: Board) -> None:
    await board.do(erasing.withdraw, board.member)
    assert not await board.do(answering.is_one, board.member)


async def test_answers_meet_a_withdrawal_before_or_after(board: Board, database: Database) -> None:
    await board.ask()
    async with database.transaction() as tx:
        await topics.locked(tx, board.topic, board.asker)
        trying = asyncio.create_task(board.reply())
        await asyncio.sleep(0)
        await erasing.withdraw(tx, board.asker)
    done = (await asyncio.gather(trying, return_exceptions=True))[0]
    assert getattr(done, "code", "") == "topic_over"
    assert (await board.see(None)).answers == 0
