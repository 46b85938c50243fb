"""What members write to each other reaches open pages: that something came, never what it says."""

import asyncio

import pytest
from aiohttp.test_utils import TestServer

from foundation.database import Database
from foundation.settings import Settings
from scheduler import ticker
from signaling.push import PUSH
from tests.signaling.conftest import Connect
from tests.world import new_user
from tests.writing.board.scene import Board
from tests.writing.letters.lettered import Lettered


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"board": True, "letters": True})


@pytest.fixture
async def board(database: Database, owner_database: Database, settings: Settings) -> Board:
    made = await Board.open(database, owner_database, settings)
    await made.ask()
    return made


@pytest.fixture
async def pair(database: Database, owner_database: Database, settings: Settings) -> Lettered:
    return await Lettered.open(database, owner_database, settings)


async def test_who_has_a_topic_open_hears_of_it_and_of_no_other(
    board: Board, connect: Connect, server: TestServer
) -> None:
    first = board.topic
    second = await board.ask(title="別の相談")
    asker, other = [await connect(one) for one in (board.asker, board.other)]
    assert (await asker.ask("topic:watch", {"topic_id": first})) == {"ok": True}
    assert (await other.ask("topic:watch", {"topic_id": first}))["ok"]
    await server.app[PUSH].topic(first)
    for one in (asker, other):
        assert await one.wait_for("topic:changed") == {"topic_id": first}
    # One topic at a time: what the page shows.
    assert (await other.ask("topic:watch", {"topic_id": second}))["ok"]
    await server.app[PUSH].topic(first)
    await asker.wait_for("topic:changed", 2)
    await server.app[PUSH].topic(second)
    assert await other.wait_for("topic:changed", 2) == {"topic_id": second}
    assert len(other.heard["topic:changed"]) == 2


async def test_nobody_hears_of_a_topic_that_is_not_there_for_them(
    board: Board, connect: Connect
) -> None:
    await board.block(board.asker, board.other)
    other, visitor = await connect(board.other), await connect(None)
    asked = {"topic_id": board.topic}
    assert (await other.ask("topic:watch", asked))["code"] == "topic_unknown"
    assert (await other.ask("topic:watch", {"topic_id": 10**9}))["code"] == "topic_unknown"
    assert (await visitor.ask("topic:watch", asked))["code"] == "not_signed_in"


async def test_a_letter_its_answer_and_the_counts_arrive(
    pair: Lettered, connect: Connect, server: TestServer
) -> None:
    caller, cast = [await connect(one) for one in (pair.caller, pair.cast)]
    await pair.send()
    await server.app[PUSH].letter(pair.letter)
    # Nothing of what was written: which letter, and how much waits.
    assert await cast.wait_for("letter:changed") == {"letter_id": pair.letter, "unread": 1}
    assert await caller.wait_for("letter:changed") == {"letter_id": pair.letter, "unread": 0}
    assert await cast.wait_for("inbox:changed") == {"notices": 1, "unread": 1}
    await pair.answer()
    await server.app[PUSH].letter(pair.letter)
    assert (await caller.wait_for("letter:changed", 2))["unread"] == 1
    assert (await cast.wait_for("letter:changed", 2))["unread"] == 0
    # What they were told of it is done with as well.
    assert await cast.wait_for("inbox:changed", 2) == {"notices": 0, "unread": 0}


async def test_what_the_clock_tells_reaches_open_pages(
    pair: Lettered, connect: Connect, server: TestServer
) -> None:
    caller = await connect(pair.caller)
    stranger = await connect(await pair.do(new_user, "よそ"))
    await pair.send()
    await pair.pass_days(pair.settings.letter_days)
    await pair.lapse()
    await ticker.tick(pair.settings, pair.database, server.app[PUSH])
    assert (await caller.wait_for("inbox:changed"))["notices"] == 1
    await asyncio.sleep(0.1)
    assert stranger.heard["inbox:changed"] == []
