"""Unread counts and read marks, lists in their order, and pages of many messages."""

import sqlalchemy as sa

from rooms.questions import listing, reading, writing
from tests.rooms.questions.asked import Asked
from tests.world import HASH, new_room, new_user


async def test_what_is_read_is_counted_no_more_and_its_writer_sees_it(asked: Asked) -> None:
    await asked.ask("いち")
    first = asked.last
    await asked.ask("に")
    assert await asked.do(listing.unread, asked.cast) == 2
    assert await asked.do(listing.unread, asked.caller) == 0
    assert await asked.read(asked.cast, first)
    assert await asked.texts(asked.caller) == [(True, "いち", True), (True, "に", False)]
    assert await asked.do(listing.unread, asked.cast) == 1
    assert await asked.read(asked.cast)
    assert not await asked.read(asked.cast)
    assert (await asked.see(asked.cast)).unread == 0


async def test_nobody_reads_what_is_not_written_yet(asked: Asked) -> None:
    await asked.ask("いち")
    assert await asked.read(asked.cast, 10**12)
    await asked.ask("に")
    assert await asked.texts(asked.caller) == [(True, "いち", True), (True, "に", False)]
    # One's own are no news, and an old mark takes nothing back.
    assert not await asked.read(asked.caller)
    assert not await asked.read(asked.cast, 1)
    assert await asked.do(listing.unread, asked.cast) == 1


async def test_who_answers_has_read_what_their_page_showed(asked: Asked) -> None:
    await asked.ask("いち")
    shown = asked.last
    await asked.ask("に")
    await asked.do(writing.say, asked.thread, asked.cast, "answer-1", "はい", seen=shown)
    assert [read for _, _, read in await asked.texts(asked.caller)] == [True, False, False]
    assert await asked.do(listing.unread, asked.cast) == 1


async def test_the_list_is_in_the_order_of_the_last_message(asked: Asked) -> None:
    for name in ("あおい", "みお", "ゆう"):
        await asked.ask(f"{name}です", caller=await asked.do(new_user, name))
    await asked.ask("けんじです")
    other = await asked.do(new_room, await asked.do(new_user, "よしこ"))
    await asked.ask("cast as caller", caller=asked.cast, room=other)
    found = await asked.do(listing.of_user, asked.cast, 1)
    assert [one.thread.other_name for one in found] == [
        "よしこ",
        "けんじ",
        "ゆう",
        "みお",
        "あおい",
    ]
    assert [(one.excerpt, one.mine) for one in found][:2] == [
        ("cast as caller", True),
        ("けんじです", False),
    ]
    await asked.read(asked.cast)
    unread = await asked.do(listing.of_user, asked.cast, 1, unread=True)
    assert [one.thread.other_name for one in unread] == ["ゆう", "みお", "あおい"]


async def test_older_messages_come_a_page_at_a_time(asked: Asked) -> None:
    await asked.ask("0")
    for number in range(1, 120):
        await asked.say((asked.caller, asked.cast)[number % 2], str(number))
    thread = await asked.see(asked.caller)
    page = await asked.do(reading.stretch, thread)
    assert ([one.text for one in page.messages], page.has_older) == (
        [str(n) for n in range(70, 120)],
        True,
    )
    older = await asked.do(reading.stretch, thread, page.messages[0].id)
    oldest = await asked.do(reading.stretch, thread, older.messages[0].id)
    assert [one.text for one in oldest.messages] == [str(n) for n in range(20)]
    assert (older.has_older, oldest.has_older) == (True, False)


_MANY = """
INSERT INTO users (email, nickname, password_hash)
  SELECT 'm' || n || '@many.example', 'many' || n, '{hash}' FROM generate_series(1, 10000) n;
INSERT INTO question_threads (room_id, cast_id, caller_id, said, run)
  SELECT {room}, {cast}, id, 1, 1 FROM users WHERE email LIKE 'm%@many.example';
INSERT INTO question_sides (thread_id, side, user_id, last_at, unread, unread_since)
  SELECT id, 'cast', cast_id, now() - id * interval '1 s', 1, now() FROM question_threads
  UNION ALL SELECT id, 'caller', caller_id, now() - id * interval '1 s', 0, NULL
  FROM question_threads;
INSERT INTO question_messages (thread_id, side, key, text)
  SELECT id, 'caller', 'message-' || id, 'q' FROM question_threads;
ANALYZE
"""


async def test_ten_thousand_threads_are_read_by_their_index(asked: Asked) -> None:
    for statement in _MANY.format(hash=HASH, room=asked.room, cast=asked.cast).split(";"):
        async with asked.owner.transaction() as tx:
            await tx.execute(sa.text(statement))
    assert await asked.do(listing.unread, asked.cast) == 99
    page = await asked.do(listing.of_user, asked.cast, 3)
    assert (len(page), page.has_next) == (20, True)
    asked_for = {"user": asked.cast, "unread": False, "skip": 40, "most": 21}
    async with asked.database.transaction() as tx:
        plan = await tx.execute(
            sa.text(f"EXPLAIN (ANALYZE, FORMAT TEXT) {listing._LIST.text}"), asked_for
        )
        told = "\n".join(plan.scalars())
    assert "ix_question_sides_list" in told
    # No table is read from end to end for it.
    assert "Seq Scan on question_" not in told, told
