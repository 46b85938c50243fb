"""Things that happen in the same moment: one of them wins, and the books agree."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from tests.world import new_user
from tests.writing.chat.chatted import Chatted
from writing.chat import ending, handing_over, members
from writing.chat.clock import visits
from writing.chat.members import ChatChoice

OFF = ChatChoice(nominable=False, most_open=3, quiet=False)


async def codes(*doing: object) -> list[str]:
    """What came of each: "" where it was done, else the code of its refusal."""
    found = await asyncio.gather(*doing, return_exceptions=True)  # type: ignore[call-overload]
    for one in found:
        assert not isinstance(one, BaseException) or isinstance(one, UserError), one
    return [one.code if isinstance(one, UserError) else "" for one in found]


async def test_of_ten_who_take_at_once_one_gets_it(paid: Chatted) -> None:
    people = [paid.member, paid.other]
    for number in range(8):
        people.append(await paid.do(new_user, f"仲間{number}"))
        await paid.be_member(people[-1])
    await paid.write()
    found = await codes(*(paid.take(one) for one in people))
    assert sorted(found) == ["", *["chat_taken"] * 9]
    assert (await paid.row()).member_id == people[found.index("")]
    assert await paid.told(paid.caller) == ["taken"]


async def test_two_presses_of_one_member_are_one(chatted: Chatted) -> None:
    await chatted.write()
    assert await codes(chatted.take(), chatted.take()) == ["", ""]


async def test_two_tabs_send_one_message(chatted: Chatted) -> None:
    await chatted.begin()
    said = await asyncio.gather(
        *(chatted.say(chatted.caller, "いちどだけ", key="one-press-1") for _ in range(4))
    )
    assert len({one.message_id for one in said}) == 1
    assert (await chatted.texts(chatted.member)).count("いちどだけ") == 1
    assert (await chatted.see(chatted.member)).unread == 1


async def test_two_tabs_send_one_consultation(paid: Chatted) -> None:
    sent = await asyncio.gather(*(paid.write(press="one-press-2") for _ in range(4)))
    assert len(set(sent)) == 1
    assert await paid.points_of() == 9300


async def test_an_answer_and_the_end_of_its_days_at_once(paid: Chatted) -> None:
    for number in range(4):
        before = await paid.points_of()
        await paid.begin(text=f"{number}つめ")
        await paid.pass_days(2.001)
        found = await codes(paid.say(paid.member), paid.tick())
        await paid.tick()
        assert found[0] == "chat_over"
        assert (await paid.row()).ended_how == "silent"
        assert await paid.points_of() == before
        assert await paid.broken() == []


async def test_taking_and_lapsing_at_once(paid: Chatted) -> None:
    for number in range(4):
        before = await paid.points_of()
        await paid.write(text=f"{number}つめ")
        # So near to its end that either may come first.
        async with paid.owner.transaction() as tx:
            await tx.execute(
                sa.text(
                    "UPDATE chats SET take_until = clock_timestamp() + interval '5 ms'"
                    " WHERE id = :id"
                ),
                {"id": paid.chat},
            )
        await codes(paid.take(), paid.tick())
        await paid.tick()
        row = await paid.row()
        assert row.state in ("running", "unanswered")
        assert await paid.points_of() == before - (700 if row.state == "running" else 0)
        assert await paid.broken() == []
        if row.state == "running":
            await paid.end(paid.caller)


async def test_taking_and_withdrawing_at_once(paid: Chatted) -> None:
    for _ in range(4):
        await paid.write()
        taking = codes(paid.take(), paid.do(ending.withdraw, paid.chat, paid.caller))
        assert sorted(await taking) in (["", "chat_gone"], ["", "chat_taken_back"])
        if (await paid.row()).state == "running":
            await paid.end(paid.caller)
    assert await paid.points_of() == 10_000


async def test_a_block_while_one_writes(paid: Chatted) -> None:
    await paid.begin()
    found = await codes(paid.say(paid.member, "送れたかな"), paid.block(paid.caller, paid.member))
    assert found in (["", ""], ["chat_over", ""], ["chat_away", ""])
    row = await paid.row()
    assert (row.state, row.stopped_for) == ("stopped", "caller")
    earned = 80 if found[0] == "" else 0
    assert await paid.earned(paid.member) == earned
    assert await paid.points_of() == (9900 if earned else 10_000)
    assert (await codes(paid.say(paid.member)))[0] == "chat_over"


async def test_nomination_off_in_the_same_second(chatted: Chatted) -> None:
    for _ in range(3):
        await chatted.do(members.set_own, chatted.member, ChatChoice(True, 3, False))
        found = await codes(
            chatted.write(to=chatted.member), chatted.do(members.set_own, chatted.member, OFF)
        )
        assert found in (["", ""], ["chat_member_off", ""])
        if found[0] == "":
            assert (await chatted.row()).nominee_id == chatted.member
            await chatted.do(ending.withdraw, chatted.chat, chatted.caller)
    assert (await codes(chatted.write(to=chatted.member)))[0] == "chat_member_off"


async def test_the_clock_ends_a_nomination_in_the_same_second(chatted: Chatted) -> None:
    await chatted.pass_days(3.1)
    found = await codes(
        chatted.write(to=chatted.member), chatted.do(visits.switch_off, chatted.settings)
    )
    assert found in (["", ""], ["chat_member_off", ""])


async def test_two_take_over_and_one_ends_at_once(paid: Chatted) -> None:
    await paid.begin()
    await paid.say(paid.member)
    offer = (paid.settings, paid.chat, paid.member, paid.other)
    await paid.do(handing_over.offer, *offer)
    await paid.do(handing_over.agree, paid.settings, paid.chat, paid.caller, yes=True)
    found = await codes(
        paid.do(handing_over.take_over, paid.settings, paid.chat, paid.other),
        paid.end(paid.caller),
    )
    assert found[0] in ("", "handover_unknown")
    assert found[1] == ""
    assert (await paid.row()).state == "ended"
    assert await paid.earned(paid.member) == 80


@pytest.mark.parametrize("both", ["caller", "member"])
async def test_both_end_at_once_or_open_again_at_once(chatted: Chatted, both: str) -> None:
    await chatted.begin()
    assert await codes(chatted.end(chatted.caller), chatted.end(chatted.member)) == ["", ""]
    assert (await chatted.row()).ended_how in ("caller", "member")
    who = chatted.caller if both == "caller" else chatted.member
    assert await codes(chatted.reopen(who), chatted.reopen(who)) == ["", ""]
    assert (await chatted.row()).state == "running"
