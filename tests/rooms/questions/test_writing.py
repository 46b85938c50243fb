"""Who may write to whom, how much, and what becomes of what they typed."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from rooms.care import blocking
from rooms.questions import closing, listing, reading, threads, writing
from tests.rooms.questions.asked import Asked
from tests.waiting import somebody_waits
from tests.world import new_room, new_user


async def refused(asked: Asked, user: int, text: str = "もう一度") -> str:
    with pytest.raises(UserError) as found:
        await asked.say(user, text)
    return found.value.code


async def test_a_question_and_its_answer_are_one_thread(asked: Asked) -> None:
    await asked.ask("映画の話もできますか？")
    await asked.say(asked.cast, "もちろんです。\nどんな映画がお好きですか")
    again = await asked.ask("ホラーです")
    assert again.thread_id == asked.thread
    assert await asked.count("question_threads") == 1
    assert await asked.texts(asked.caller) == [
        (True, "映画の話もできますか？", False),
        (False, "もちろんです。\nどんな映画がお好きですか", False),
        (True, "ホラーです", False),
    ]
    assert (await asked.see(asked.cast)).other_name == "けんじ"
    assert (await asked.see(asked.caller)).other_name == "さくら"


async def test_the_same_key_is_one_message_even_once_the_thread_is_closed(asked: Asked) -> None:
    await asked.ask()
    first = await asked.say(asked.cast, "はい", key="one-key-only")
    await asked.do(closing.close, asked.thread, asked.caller)
    assert await asked.say(asked.cast, "はい", key="one-key-only") == first
    assert await asked.count("question_messages") == 2


async def test_five_without_an_answer_and_no_more(asked: Asked) -> None:
    for _ in range(5):
        await asked.ask()
    assert (await asked.see(asked.caller)).left == 0
    assert await refused(asked, asked.caller) == "question_unanswered"
    await asked.say(asked.cast)
    assert (await asked.see(asked.caller)).left == 5
    await asked.say(asked.caller)
    # The cast is held to it as well.
    for _ in range(5):
        await asked.say(asked.cast)
    assert await refused(asked, asked.cast) == "question_unanswered"


async def test_two_presses_at_once_never_make_six(asked: Asked) -> None:
    for _ in range(4):
        await asked.ask()
    tries = [asked.say(asked.caller, f"{n}番目") for n in range(4)]
    done = await asyncio.gather(*tries, return_exceptions=True)
    codes = [one.code for one in done if isinstance(one, UserError)]
    assert codes == ["question_unanswered"] * 3
    assert await asked.count("question_messages") == 5


async def test_the_database_itself_takes_no_sixth(asked: Asked) -> None:
    await asked.ask()
    with pytest.raises(sa.exc.IntegrityError, match="run_bounds"):
        async with asked.database.transaction() as tx:
            await tx.execute(sa.text("UPDATE question_threads SET run = 6"))
    for change in ("UPDATE question_messages SET text = 'x'",):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            async with asked.database.transaction() as tx:
                await tx.execute(sa.text(change))


async def test_two_first_questions_at_once_are_one_thread(asked: Asked) -> None:
    await asyncio.gather(*(asked.ask(f"{n}つめ") for n in range(3)))
    assert (await asked.count("question_threads"), await asked.count("question_messages")) == (1, 3)


async def test_new_rooms_a_day_are_bounded_and_open_threads_are_not(asked: Asked) -> None:
    asked.settings = asked.settings.model_copy(update={"question_threads": 2})
    for _ in range(2):
        room = await asked.do(new_room, await asked.do(new_user, "キャスト"))
        await asked.ask(room=room)
    with pytest.raises(UserError) as found:
        await asked.ask()
    assert (found.value.code, found.value.status) == ("questions_too_many", 429)
    await asked.ask(room=room)
    await asked.pass_time(24 * 60 + 1)
    await asked.ask()


@pytest.mark.parametrize("by", ["caller", "cast"])
async def test_a_block_holds_at_once_both_ways_and_one_may_read_on(asked: Asked, by: str) -> None:
    await asked.ask("読めますか")
    me, other = (asked.caller, asked.cast) if by == "caller" else (asked.cast, asked.caller)
    await asked.block(me, other)
    assert await refused(asked, me) == "question_blocking"
    assert await refused(asked, other) == "question_away"
    for user in (me, other):
        assert [text for _, text, _ in await asked.texts(user)] == ["読めますか"]


async def test_nobody_asks_whom_they_block_or_are_blocked_by(asked: Asked) -> None:
    await asked.block(asked.cast, asked.caller)
    with pytest.raises(UserError) as found:
        await asked.ask()
    assert found.value.code == "room_unknown"
    assert await asked.count("question_threads") == 0


async def test_a_message_that_meets_a_block_comes_before_it_or_not_at_all(asked: Asked) -> None:
    await asked.ask()
    async with asked.database.transaction() as tx:
        await blocking.block(tx, asked.settings, asked.cast, asked.caller, 0)
        late = asyncio.create_task(asked.say(asked.caller, "まにあった？"))
        await somebody_waits(asked.database)
    with pytest.raises(UserError) as found:
        await late
    assert found.value.code == "question_away"
    assert await asked.count("question_messages") == 1


async def test_a_message_that_meets_a_close_comes_before_it_or_not_at_all(asked: Asked) -> None:
    await asked.ask()
    async with asked.database.transaction() as tx:
        await closing.close(tx, asked.thread, asked.cast)
        late = asyncio.create_task(asked.say(asked.caller, "まにあった？"))
        await somebody_waits(asked.database)
    with pytest.raises(UserError) as found:
        await late
    assert found.value.code == "question_closed"


async def test_either_closes_and_only_who_closed_opens_again(asked: Asked) -> None:
    await asked.ask()
    await asked.do(closing.close, asked.thread, asked.cast)
    for user in (asked.caller, asked.cast):
        assert await refused(asked, user) == "question_closed"
    await asked.do(closing.reopen, asked.thread, asked.caller)
    assert await refused(asked, asked.caller) == "question_closed"
    # The other's second word doesn't take the first one's place.
    await asked.do(closing.close, asked.thread, asked.caller)
    assert (await asked.see(asked.caller)).closed_by == "cast"
    await asked.do(closing.reopen, asked.thread, asked.cast)
    await asked.say(asked.caller)


CHANGES = {
    "question_room_closed": "UPDATE rooms SET published = false",
    "question_away": "UPDATE users SET suspended_until = now() + interval '1 day' WHERE id = :cast",
    "questions_off": "UPDATE rooms SET takes_questions = false",
    "not_confirmed": "UPDATE users SET confirmed_at = NULL WHERE id = :caller",
}


@pytest.mark.parametrize("code", CHANGES)
async def test_what_ends_a_room_or_a_person_ends_writing_and_leaves_reading(
    asked: Asked, code: str
) -> None:
    await asked.ask("読めますか")
    values = {"cast": asked.cast, "caller": asked.caller}
    named = {name: value for name, value in values.items() if f":{name}" in CHANGES[code]}
    async with asked.owner.transaction() as tx:
        await tx.execute(sa.text(CHANGES[code]), named)
    assert await refused(asked, asked.caller) == code
    assert [text for _, text, _ in await asked.texts(asked.caller)] == ["読めますか"]


async def test_a_cast_who_takes_no_questions_may_still_answer(asked: Asked) -> None:
    await asked.ask()
    await asked.do(closing.take_questions, asked.room, asked.cast, takes=False)
    assert await refused(asked, asked.caller) == "questions_off"
    await asked.say(asked.cast, "またこんど")
    stranger = await asked.do(new_user, "みお")
    with pytest.raises(UserError) as found:
        await asked.ask(caller=stranger)
    assert found.value.code == "questions_off"
    with pytest.raises(UserError) as found:
        await asked.do(closing.take_questions, asked.room, stranger, takes=True)
    assert found.value.code == "room_unknown"


async def test_nobody_asks_at_their_own_room_or_at_one_that_is_not_there(asked: Asked) -> None:
    with pytest.raises(UserError) as found:
        await asked.ask(caller=asked.cast)
    assert found.value.code == "own_room"
    for room in (999, await asked.do(new_room, asked.cast, published=False)):
        with pytest.raises(UserError) as found:
            await asked.ask(room=room)
        assert found.value.code == "room_unknown"


async def test_another_persons_thread_is_not_there(asked: Asked) -> None:
    await asked.ask()
    stranger = await asked.do(new_user, "みお")
    for verb, args in (
        (threads.find, ()),
        (reading.mark_read, (asked.last,)),
        (closing.close, ()),
        (closing.reopen, ()),
        (writing.say, ("a-key-of-mine", "のぞき見")),
    ):
        with pytest.raises(UserError) as found:
            await asked.do(verb, asked.thread, stranger, *args)
        assert (found.value.code, found.value.status) == ("question_unknown", 404)
    assert len(await asked.do(listing.of_user, stranger, 1)) == 0


@pytest.mark.parametrize(
    "text", ["", "   \n\n", "\u200b\u200d", "\u202e\u2066", "\u3164\u2800", "\u00ad", "\ufe0f"]
)
async def test_what_nobody_can_see_is_no_message(asked: Asked, text: str) -> None:
    with pytest.raises(UserError) as found:
        await asked.ask(text)
    assert found.value.code == "question_empty"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("あ\x00い\x1bう", "あいう"),
        ("\u202eevil\u202c 12", "evil 12"),
        ("<b>太字</b> & 'x'", "<b>太字</b> & 'x'"),
        ("上\n\n\n\n\n\n\n下", "上\n\n\n下"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("あ" * 1000, "あ" * 1000),
    ],
)
async def test_what_is_kept_of_what_was_typed(asked: Asked, typed: str, kept: str) -> None:
    await asked.ask(typed)
    assert await asked.texts(asked.caller) == [(True, kept, False)]


async def test_a_message_too_long_says_how_long_it_is(asked: Asked) -> None:
    with pytest.raises(UserError) as found:
        await asked.ask("あ" * 1001)
    assert (found.value.code, found.value.params["now"]) == ("question_too_long", "1,001")
