"""One consultation from the first words to its end."""

from tests.writing.chat.chatted import Chatted


async def test_a_free_one_runs_from_the_first_words_to_its_end(chatted: Chatted) -> None:
    await chatted.begin()
    await chatted.say(chatted.member, "いつからですか")
    await chatted.say(chatted.caller, "先月からです", photos=2)

    assert await chatted.texts(chatted.member) == [
        "眠れない夜がつづいています", "いつからですか", "先月からです",
    ]  # fmt: skip
    assert (await chatted.see(chatted.member)).unread == 1

    await chatted.end(chatted.caller)
    assert (await chatted.row()).ended_how == "caller"
    assert await chatted.told(chatted.caller) == ["taken"]
    assert await chatted.told(chatted.member) == ["ended_by_caller"]


async def test_a_paid_one_pays_by_days(paid: Chatted) -> None:
    await paid.begin()
    assert await paid.points_of() == 9300
    await paid.say(paid.member)
    await paid.pass_days(1)
    await paid.tick()
    assert await paid.states() == "phhhhhh"
    await paid.end(paid.caller)
    assert await paid.states() == "pprrrrr"
    assert await paid.points_of() == 9800
