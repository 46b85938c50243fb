"""Text beside the picture: kept with its talk, once, within its bounds."""

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.embedded import EmbeddedPostgres
from foundation.errors import UserError
from foundation.settings import Settings
from rooms.talk import messages
from rooms.talk.messages import Message
from rooms.talk.past import history
from tests.faults.databases import fresh_database
from tests.world import World, new_user


@pytest.fixture(scope="module")
def database_name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as name:
        yield name


@pytest.fixture
async def world(database: Database, settings: Settings) -> World:
    world = await World.of(database, settings)
    await world.enter()
    return world


async def say(world: World, text: str, key: str = "message-1", user: int | None = None) -> Message:
    async with world.database.transaction() as tx:
        return await messages.say(tx, world.settings, world.talk, user or world.caller, key, text)


async def kept(world: World) -> list[tuple[str, str]]:
    async with world.database.transaction() as tx:
        return [(one.side, one.text) for one in await messages.latest(tx, world.talk)]


async def test_messages_of_both_sides_are_kept_in_order(world: World) -> None:
    await say(world, "こんばんは")
    await say(world, "いらっしゃい", user=world.cast)
    await say(world, "元気？", key="message-2")
    assert await kept(world) == [
        ("caller", "こんばんは"),
        ("cast", "いらっしゃい"),
        ("caller", "元気？"),
    ]


async def test_the_same_key_again_is_the_message_first_kept(world: World) -> None:
    first = await say(world, "一度だけ")
    assert await say(world, "ほかの文") == first
    assert await kept(world) == [("caller", "一度だけ")]


async def test_the_same_key_at_the_same_instant_is_one_message(world: World) -> None:
    told = await asyncio.gather(*(say(world, f"文{number}") for number in range(4)))
    assert len({one.id for one in told}) == 1
    assert len(await kept(world)) == 1


async def test_a_message_has_at_most_500_characters(world: World) -> None:
    assert len((await say(world, "あ" * 500)).text) == 500
    with pytest.raises(UserError, match="message_too_long") as caught:
        await say(world, "あ" * 501, key="message-2")
    assert caught.value.status == 400
    assert len(await kept(world)) == 1


async def test_the_longest_message_that_a_setting_allows_is_kept(world: World) -> None:
    world.settings = Settings(message_characters=2000)
    assert len((await say(world, "あ" * 2000)).text) == 2000


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\x00\x1b", "　"])
async def test_a_message_without_text_is_refused(world: World, text: str) -> None:
    with pytest.raises(UserError, match="message_empty"):
        await say(world, text)
    assert await kept(world) == []


async def test_control_characters_are_left_out_and_lines_stay(world: World) -> None:
    said = await say(world, "  一行目\n二\x00行\x1b[31m目\ud800\r\n  ")
    assert said.text == "一行目\n二行[31m目"


async def test_nothing_is_said_after_the_end(world: World) -> None:
    await say(world, "さようなら")
    async with world.database.transaction() as tx:
        await history.leave(tx, world.settings, world.talk, world.caller)
    with pytest.raises(UserError, match="talk_over"):
        await say(world, "まだ？", key="message-2")
    assert await kept(world) == [("caller", "さようなら")]


async def test_a_stranger_says_nothing(world: World) -> None:
    async with world.database.transaction() as tx:
        stranger = await new_user(tx)
    with pytest.raises(UserError, match="talk_unknown") as caught:
        await say(world, "こんにちは", user=stranger)
    assert caught.value.status == 404


async def test_the_last_200_are_shown_the_oldest_first(world: World) -> None:
    async with world.database.transaction() as tx:
        await tx.execute(
            sa.text(
                "INSERT INTO messages (talk_id, side, key, text) SELECT :talk, 'caller', n, n"
                " FROM generate_series(0, 204) n ORDER BY n"
            ),
            {"talk": world.talk},
        )
    assert [text for _, text in await kept(world)] == [str(number) for number in range(5, 205)]
