"""What staff see of consultations: what waits, how long it takes, who has how much."""

import sqlalchemy as sa

from tests.writing.chat.chatted import Chatted
from writing.chat import figures


async def sent_ago(chatted: Chatted, minutes: int, taken: int, answered: int) -> None:
    """Let the last one have been sent so many minutes ago, and taken and answered later."""
    moments = (
        f"sent_at = clock_timestamp() - interval '{minutes} minutes',"
        f" taken_at = clock_timestamp() - interval '{minutes - taken} minutes',"
        f" answered_at = clock_timestamp() - interval '{minutes - answered} minutes'"
    )
    async with chatted.owner.transaction() as tx:
        await tx.execute(
            sa.text(f"UPDATE chats SET {moments} WHERE id = :id"), {"id": chatted.chat}
        )


async def test_the_longest_that_waits_comes_first_without_words(chatted: Chatted) -> None:
    first = await chatted.write("ひみつ", to=chatted.member)
    second = await chatted.write("ひみつ")
    await chatted.begin()
    page = await chatted.do(figures.waiting, 1)
    assert [one.id for one in page.items] == [first, second]
    assert (page.items[0].nominee_name, page.items[0].to_all) == ("さくら", False)
    assert "ひみつ" not in str(page.items)


async def test_medians_are_of_what_was_sent_that_day(chatted: Chatted) -> None:
    for taken, answered in ((10, 20), (20, 60), (90, 91)):
        await chatted.begin()
        await chatted.say(chatted.member)
        await sent_ago(chatted, 24 * 60, taken, answered)
        await chatted.end(chatted.caller)
    days = await chatted.do(figures.by_day, 7)
    assert len(days) == 7
    assert days[0].day > days[-1].day
    (one,) = [day for day in days if day.sent]
    assert (one.sent, one.taken, one.unanswered) == (3, 3, 0)
    assert (one.take_minutes, one.answer_minutes) == (20, 60)
    assert days[0].take_minutes is None


async def test_loads_say_who_owes_answers(chatted: Chatted) -> None:
    await chatted.begin()
    await chatted.write()
    await chatted.take()
    await chatted.say(chatted.member)
    first, second = (await chatted.do(figures.loads, 1)).items
    assert (first.nickname, first.running, first.owed) == ("さくら", 2, 1)
    assert (second.running, second.owed, second.owed_since) == (0, 0, None)
    found = await chatted.do(figures.load, chatted.settings)
    assert (found.members, found.nominable, found.running, found.room) == (2, 2, 2, 4)
