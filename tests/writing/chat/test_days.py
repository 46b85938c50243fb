"""What is paid and what goes back, day by day; and what the clock does."""

import asyncio

import pytest

from foundation.errors import UserError
from notify.senders import leave_in_mailbox
from people.meeting import blocks
from scheduler.errands import Tools
from tests.faults.spoiling import faults, spoil
from tests.scheduler.lines import run_line
from tests.world import new_user
from tests.writing.chat.chatted import Chatted
from writing.chat import ending, handing_over, listing
from writing.chat.rules import DayOf, parts_of, payee_of

LATE = 1.001


async def refused(doing: object) -> str:
    with pytest.raises(UserError) as found:
        await doing  # type: ignore[misc]
    return found.value.code


@pytest.mark.parametrize(
    ("points", "days", "parts"),
    [(0, 7, []), (700, 7, [100] * 7), (703, 7, [103, *[100] * 6]), (3, 7, [1, 1, 1])],
)
def test_a_price_is_spread_over_its_days(points: int, days: int, parts: list[int]) -> None:
    assert parts_of(points, days) == parts
    assert sum(parts) == points


@pytest.mark.parametrize(
    ("writer", "owed", "payee"),
    [(1, True, 1), (1, False, 1), (None, False, 2), (None, True, None)],
)
def test_a_day_is_paid_where_somebody_wrote_or_owed_nothing(
    writer: int | None, owed: bool, payee: int | None
) -> None:
    assert payee_of(DayOf(writer, owed, 2)) == payee


async def test_all_days_are_paid_where_nothing_is_owed(paid: Chatted) -> None:
    await paid.begin()
    await paid.say(paid.member)
    for _ in range(7):
        await paid.pass_days(LATE)
        await paid.tick()
    assert await paid.states() == "ppppppp"
    assert (await paid.row()).ended_how == "over"
    assert (await paid.points_of(), await paid.earned(paid.member)) == (9300, 560)
    assert await paid.told(paid.caller) == ["taken", "over"]
    assert await refused(paid.say(paid.caller)) == "chat_over"
    assert await refused(paid.reopen(paid.caller)) == "chat_not_reopened"


async def test_a_day_without_an_owed_answer_goes_back_and_the_next_may_be_paid(
    paid: Chatted,
) -> None:
    await paid.begin()
    await paid.pass_days(LATE)
    await paid.tick()
    assert await paid.states() == "rhhhhhh"
    await paid.say(paid.member)
    await paid.pass_days(LATE)
    await paid.tick()
    await paid.say(paid.caller)
    await paid.pass_days(LATE)
    await paid.tick()
    assert await paid.states() == "rprhhhh"
    assert (await paid.row()).state == "running"


async def test_two_days_of_silence_return_the_rest_and_end_it(paid: Chatted) -> None:
    await paid.begin()
    await paid.say(paid.member)
    await paid.say(paid.caller)
    for _ in range(3):
        await paid.pass_days(LATE)
        await paid.tick()
    assert await paid.states() == "prrrrrr"
    assert (await paid.row()).ended_how == "silent"
    assert (await paid.points_of(), await paid.earned(paid.member)) == (9900, 80)
    assert await paid.told(paid.caller) == ["taken", "silent"]
    assert await paid.told(paid.member) == ["silent_member"]


async def test_what_is_over_is_over_also_where_the_clock_comes_late(paid: Chatted) -> None:
    await paid.begin()
    await paid.pass_days(3)
    assert await refused(paid.say(paid.member, "遅れました")) == "chat_over"
    await paid.tick()
    assert await paid.states() == "rrrrrrr"
    assert await paid.points_of() == 10_000


async def test_an_answer_of_today_pays_no_day_of_yesterday(paid: Chatted) -> None:
    await paid.begin()
    await paid.pass_days(LATE)
    await paid.say(paid.member)
    assert await paid.states() == "rhhhhhh"


@pytest.mark.parametrize(("says", "states"), [(True, "prrrrrr"), (False, "rrrrrrr")])
async def test_ended_in_a_day_that_day_goes_by_its_rule(
    paid: Chatted, says: bool, states: str
) -> None:
    await paid.begin()
    if says:
        await paid.say(paid.member)
    await paid.end(paid.caller)
    assert await paid.states() == states
    assert await paid.end(paid.member) == 0


async def test_a_hand_over_splits_by_days(paid: Chatted) -> None:
    await paid.begin()
    await paid.say(paid.member)
    await paid.pass_days(LATE)
    await paid.hand_over()
    await paid.tick()
    await paid.say(paid.other)
    await paid.pass_days(LATE)
    await paid.tick()
    # Nobody writes, nothing is owed: who is in charge.
    await paid.pass_days(LATE)
    await paid.tick()
    assert (await paid.earned(paid.member), await paid.earned(paid.other)) == (80, 160)


async def test_a_day_is_of_who_wrote_last_in_it(paid: Chatted) -> None:
    await paid.begin()
    await paid.say(paid.member)
    await paid.hand_over()
    await paid.pass_days(LATE)
    await paid.tick()
    assert (await paid.earned(paid.member), await paid.earned(paid.other)) == (80, 0)


async def test_a_late_clock_pays_who_was_in_charge_then(paid: Chatted) -> None:
    await paid.begin()
    await paid.say(paid.member)
    await paid.pass_days(2.5)
    await paid.hand_over()
    await paid.tick()
    assert await paid.states() == "pphhhhh"
    assert (await paid.earned(paid.member), await paid.earned(paid.other)) == (160, 0)


async def test_nobody_within_three_days(paid: Chatted) -> None:
    await paid.write()
    await paid.pass_days(2.99)
    await paid.tick()
    assert (await paid.row()).state == "waiting"
    await paid.pass_days(0.02)
    assert await refused(paid.take()) == "chat_gone"
    assert (await paid.do(listing.waiting_for, paid.member, 1)).items == []
    await paid.tick()
    assert (await paid.row()).state == "unanswered"
    assert await paid.points_of() == 10_000
    assert await paid.told(paid.caller) == ["unanswered"]


async def test_after_three_hours_off_it_is_done_once(paid: Chatted) -> None:
    await paid.write()
    await paid.pass_days(3 + 3 / 24)
    tools = Tools(paid.settings, paid.database, leave_in_mailbox)
    await asyncio.gather(*(run_line("lapse_chats", tools) for _ in range(3)))
    assert await paid.points_of() == 10_000
    assert await paid.told(paid.caller) == ["unanswered"]


async def test_a_nominated_member_has_a_day_then_the_writer_is_asked(chatted: Chatted) -> None:
    await chatted.write(to=chatted.member)
    assert await chatted.told(chatted.member) == ["nominated"]
    await chatted.pass_days(LATE)
    await chatted.tick()
    await chatted.tick()
    assert await chatted.told(chatted.caller) == ["ask_all"]
    view = await chatted.see(chatted.caller)
    assert (view.asked, view.to_all) == (True, False)
    assert await chatted.do(listing.wanting, chatted.caller) == 1
    assert (await chatted.do(listing.waiting_for, chatted.other, 1)).items == []
    await chatted.do(ending.open_to_all, chatted.chat, chatted.caller)
    assert not (await chatted.see(chatted.caller)).asked
    assert len(await chatted.do(listing.waiting_for, chatted.other, 1)) == 1
    # Three days are three days from the sending.
    await chatted.pass_days(2)
    await chatted.tick()
    assert (await chatted.row()).state == "unanswered"


async def test_withdrawn_everything_comes_back(paid: Chatted) -> None:
    await paid.write()
    assert await paid.do(ending.withdraw, paid.chat, paid.caller) == 700
    assert await paid.do(ending.withdraw, paid.chat, paid.caller) == 0
    assert await paid.points_of() == 10_000
    await paid.begin()
    again = paid.do(ending.withdraw, paid.chat, paid.caller)
    assert await refused(again) == "chat_taken_back"


async def test_it_is_opened_again_once_within_seven_days_for_nothing(paid: Chatted) -> None:
    await paid.begin()
    await paid.say(paid.member)
    await paid.end(paid.member)
    await paid.pass_days(6.9)
    before = await paid.points_of()
    # Whoever had days back doesn't have them once more for nothing.
    assert await refused(paid.reopen(paid.caller)) == "chat_not_reopened"
    assert (await paid.see(paid.caller)).reopen_until is None
    await paid.reopen(paid.member)
    await paid.say(paid.caller, "もうひとつ")
    await paid.pass_days(9)
    await paid.tick()
    assert (await paid.row()).state == "running"
    assert await paid.points_of() == before
    await paid.end(paid.caller)
    assert await refused(paid.reopen(paid.caller)) == "chat_not_reopened"
    assert await paid.told(paid.member) == ["closed_by_caller"]
    assert await paid.told(paid.caller) == ["taken", "closed_by_member", "reopened_by_member"]


async def test_after_seven_days_it_stays_ended(chatted: Chatted) -> None:
    await chatted.begin()
    await chatted.end(chatted.caller)
    await chatted.pass_days(7.01)
    assert await refused(chatted.reopen(chatted.member)) == "chat_not_reopened"


async def test_a_hand_over_needs_both_words(chatted: Chatted) -> None:
    await chatted.begin()
    offer = (chatted.settings, chatted.chat, chatted.member, chatted.other)
    await chatted.do(handing_over.offer, *offer)
    await chatted.do(handing_over.offer, *offer)
    early = chatted.do(handing_over.take_over, chatted.settings, chatted.chat, chatted.other)
    assert await refused(early) == "handover_unknown"
    assert await chatted.do(handing_over.offered_to, chatted.other) == []
    agree = (handing_over.agree, chatted.settings, chatted.chat, chatted.caller)
    await chatted.do(*agree, yes=True)
    assert (await chatted.row()).member_id == chatted.member
    (seen,) = await chatted.do(handing_over.offered_to, chatted.other)
    assert (seen.matter, seen.caller_name) == ("眠れない夜がつづいています", "けんじ")
    await chatted.do(handing_over.decline, chatted.settings, chatted.chat, chatted.other)
    assert await chatted.told(chatted.member) == ["handover_declined"]
    await chatted.do(handing_over.offer, *offer)
    await chatted.do(*agree, yes=False)
    assert await chatted.told(chatted.member) == ["handover_declined", "handover_refused"]
    await chatted.do(handing_over.offer, *offer)
    await chatted.do(handing_over.take_back, chatted.chat, chatted.member)
    assert await refused(chatted.do(*agree, yes=True)) == "handover_unknown"
    await chatted.hand_over()
    assert (await chatted.row()).member_id == chatted.other
    assert await refused(chatted.say(chatted.member)) == "chat_unknown"
    assert await chatted.texts(chatted.other) == ["眠れない夜がつづいています"]
    (past,) = await chatted.do(handing_over.past_of, chatted.chat)
    assert (past.from_name, past.to_name) == ("さくら", "もも")


async def test_nobody_is_asked_to_take_over_whom_the_caller_blocks(chatted: Chatted) -> None:
    await chatted.begin()
    await chatted.do(blocks.block, chatted.caller, chatted.other)
    assert await chatted.do(handing_over.candidates, chatted.chat, chatted.member) == []
    offer = (chatted.settings, chatted.chat, chatted.member, chatted.other)
    assert await refused(chatted.do(handing_over.offer, *offer)) == "chat_away"


async def test_a_bad_one_stops_no_other(paid: Chatted, owner_url: str) -> None:
    first = await paid.write()
    second = await paid.write()
    await paid.pass_days(3.01)
    spoil(owner_url, "UPDATE", "chats", f"OLD.id = {first}")
    await paid.tick()
    assert faults(owner_url) == [("lapse_chat", f"chat:{first}")]
    assert ((await paid.row(first)).state, (await paid.row(second)).state) == (
        "waiting", "unanswered",
    )  # fmt: skip
    assert await paid.points_of() == 9300


async def test_the_clock_takes_those_of_several_callers(paid: Chatted) -> None:
    other = await paid.do(new_user, "あとから", points=1400)
    for caller in (other, paid.caller, other):
        await paid.write(caller=caller)
    await paid.pass_days(3.01)
    # One transaction for all of them, whatever the order in which they were sent.
    assert await paid.tick() == 3
    assert (await paid.points_of(), await paid.points_of(other)) == (10_000, 1400)
