"""The clock's verbs for the board, on a site that has one."""

from scheduler.errands import Tools, until_none
from writing.board import indexing
from writing.board.notices import new_answers, unanswered


async def tell_of_answers(tools: Tools) -> None:
    """Tell those who asked of answers that they haven't read."""
    if tools.settings.board:
        await until_none(tools, lambda tx: new_answers.tell(tx, tools.settings))


async def call_for_answers(tools: Tools) -> None:
    """Tell those who want it of topics that nobody has answered for long."""
    if tools.settings.board:
        async with tools.database.transaction() as tx:
            await unanswered.call(tx, tools.settings)


async def make_board_words(tools: Tools) -> None:
    """Let topics be found whose words could not be read when they were written."""
    await until_none(tools, indexing.make_missing)
