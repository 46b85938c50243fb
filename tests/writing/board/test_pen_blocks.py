"""Whoever blocks people one by one, to see by which a pen name vanishes, learns nothing."""

from typing import Any

import sqlalchemy as sa

from notify import choices
from tests.writing.board.scene import Board, key
from writing.board import answers, erasing, listing, reports, thanks, topics
from writing.board.listing import ListedTopic, Show, TopicWish
from writing.board.notices import unanswered
from writing.board.pens import blocking as pen_blocks

WISHES: tuple[Show, ...] = ("all", "unanswered", "not_by_me", "answered")


async def found_by(board: Board, viewer: int, wish: TopicWish) -> list[ListedTopic]:
    return list((await board.do(listing.find, viewer, wish)).topics.items)


async def view(board: Board, viewer: int, topic: int) -> dict[str, Any]:
    """Everything that somebody can see of a topic, by every way there is."""
    seen = await board.do(topics.find, topic, viewer)
    lists = {
        show: [one.id for one in (await found_by(board, viewer, TopicWish(show)))]
        for show in WISHES
    }
    found = await found_by(board, viewer, TopicWish("all", text="引っこし"))
    return {
        "topic": (seen.name, seen.title, seen.text, seen.answers, seen.shown),
        "answers": await board.said(viewer),
        "lists": lists,
        "found": [one.id for one in found],
        "count": await board.do(listing.count_not_by_me, viewer),
    }


async def test_blocking_one_after_the_other_changes_nothing_under_a_pen_name(board: Board) -> None:
    await board.ask(pen_name="雨の日")
    await board.reply(board.asker, "補足です")
    await board.reply(board.staff, "わたしも知りたいです")
    before = await view(board, board.other, board.topic)
    # The attacker blocks everybody, and the writer blocks the attacker.
    for suspect in (board.member, board.asker):
        await board.block(board.other, suspect)
        assert await view(board, board.other, board.topic) == before
    await board.block(board.asker, board.other)
    assert await view(board, board.other, board.topic) == before
    # Nor does trying: to answer, to mark, to report, to be called for an answer.
    said = await board.do(
        answers.answer, board.settings, board.topic, board.other, key(), "こんにちは"
    )
    again = await board.do(answers.own, board.topic, said, board.other)
    assert again.shown
    theirs = await board.do(_first_answer_of, board.asker)
    await board.do(thanks.find_helpful, board.topic, theirs, board.other, on=True)
    await board.do(reports.file, board.other, board.topic, None, "other", "")


async def _first_answer_of(tx: Any, user: int) -> int:
    query = sa.text("SELECT min(id) FROM board_answers WHERE user_id = :user")
    return int(await tx.scalar(query, {"user": user}))


async def test_who_asked_never_meets_the_words_of_whom_they_block(board: Board) -> None:
    """Others read them, so the blocked one sees no difference; the writer is spared."""
    await board.ask(pen_name="雨の日")
    await board.block(board.asker, board.other)
    await board.reply(board.other, "こんにちは")
    assert await board.said(board.asker) == []
    assert await board.said(board.other) == [("となり", "こんにちは")]
    assert await board.said(board.member) == [("となり", "こんにちは")]
    assert (await board.see(board.asker)).unread == 0
    await board.tell()
    assert await board.told(board.asker) == []
    answer = await board.do(_first_answer_of, board.other)
    tried = (thanks.thank, board.settings, board.topic, answer, board.asker)
    assert await board.refused(*tried, on=True) == "answer_unknown"
    await board.reply(board.member, "はい")
    assert (await board.see(board.asker)).unread == 1


async def test_a_call_for_answers_counts_what_the_list_shows(board: Board) -> None:
    await board.do(choices.choose, board.other, {("unanswered", "push"): True})
    await board.ask(pen_name="雨の日")
    await board.block(board.other, board.asker)
    await board.pass_time(24 * 60 + 1)
    await board.do(unanswered.call, board.settings)
    assert len(await board.told(board.other, "unanswered")) == 1
    assert await board.listed(board.other, show="not_by_me") == [board.topic]


async def test_one_press_on_the_topic_hides_it_and_all_under_that_name(board: Board) -> None:
    named = await board.ask(title="名前の相談")
    penned = await board.ask(title="ペンネームの相談", pen_name="雨の日")
    await board.do(pen_blocks.block, penned, board.other)
    assert await board.listed(board.other) == [named]
    assert await board.refused(topics.find, penned, board.other) == "topic_unknown"
    tried = (answers.answer, board.settings, penned, board.other, key(), "でも")
    assert await board.refused(*tried) == "topic_unknown"
    # Of the person nothing is hidden, and no list of people names them.
    assert (await board.do(topics.find, named, board.other)).name == "たずね"
    assert await board.count("blocks") == 0
    (mine,) = await board.do(pen_blocks.of, board.other)
    assert (mine.topic_id, mine.title, mine.name) == (penned, "ペンネームの相談", "雨の日")
    assert await board.do(pen_blocks.of, board.asker) == []
    # Everybody else goes on, and its writer sees nothing of it.
    assert penned in await board.listed(board.member)
    await board.do(pen_blocks.lift, penned, board.other)
    assert await board.listed(board.other) == [penned, named]
    assert await board.refused(pen_blocks.lift, penned, board.other) == "topic_unknown"


async def test_neither_a_name_nor_ones_own_topic_is_blocked_so(board: Board) -> None:
    named = await board.ask()
    assert await board.refused(pen_blocks.block, named, board.other) == "topic_unknown"
    penned = await board.ask(pen_name="雨の日")
    assert await board.refused(pen_blocks.block, penned, board.asker) == "topic_unknown"


async def test_a_call_leaves_out_what_one_wants_to_see_no_more(board: Board) -> None:
    await board.do(choices.choose, board.other, {("unanswered", "push"): True})
    await board.ask(pen_name="雨の日")
    await board.do(pen_blocks.block, board.topic, board.other)
    await board.pass_time(24 * 60 + 1)
    await board.do(unanswered.call, board.settings)
    assert await board.told(board.other, "unanswered") == []


async def test_it_goes_with_who_withdraws(board: Board) -> None:
    await board.ask(pen_name="雨の日")
    await board.do(pen_blocks.block, board.topic, board.other)
    await board.do(erasing.withdraw, board.other)
    assert await board.count("board_pen_blocks") == 0
