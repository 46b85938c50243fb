"""What may meet in one moment on the board: a block and an answer, a hiding and an answer."""

import asyncio

import pytest

from foundation.errors import UserError
from rooms.care import blocking
from tests.writing.board.scene import Board, key
from writing.board import answers, topics


async def test_a_block_while_an_answer_is_written_comes_before_it_or_after(board: Board) -> None:
    """One of the two orders, whichever: nobody answers whom a block already parts from them."""
    await board.ask()
    doing = board.do(answers.answer, board.settings, board.topic, board.other, key(), "はい")
    parting = board.do(blocking.block, board.settings, board.asker, board.other, 0)
    said, parted = await asyncio.gather(doing, parting, return_exceptions=True)
    assert not isinstance(parted, BaseException), parted
    if isinstance(said, BaseException):
        assert isinstance(said, UserError)
        assert said.code == "topic_unknown"
        assert await board.count("board_answers") == 0
    else:
        assert await board.count("board_answers") == 1
    assert await board.said(board.asker) == []


async def test_an_answer_waits_for_a_block_that_holds_the_people(board: Board) -> None:
    await board.ask()
    async with board.database.transaction() as tx:
        await blocking.block(tx, board.settings, board.asker, board.other, 0)
        trying = asyncio.create_task(
            board.refused(
                answers.answer, board.settings, board.topic, board.other, key(), "間に合う？"
            )
        )
        done, _ = await asyncio.wait({trying}, timeout=0.3)
        assert not done
    assert await trying == "topic_unknown"
    assert await board.count("board_answers") == 0


@pytest.mark.parametrize(
    "text", ["あ" * 2001, "👨‍👩‍👧‍👦" * 2001, "\u200b\u2060", " \n　", "https://a.jp " * 4]
)
async def test_one_too_many_and_nothing_to_see_are_no_answer(board: Board, text: str) -> None:
    await board.ask()
    tried = (answers.answer, board.settings, board.topic, board.other, key(), text)
    assert await board.refused(*tried) in ("words_too_long", "words_blank", "links_too_many")
    assert (await board.do(topics.find, board.topic, None)).answers == 0
