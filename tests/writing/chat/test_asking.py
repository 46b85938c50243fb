"""Who may ask, whom, and what is refused; what a member sees of it."""

import pytest

from foundation.errors import UserError
from people.meeting import blocks
from record.site import changing
from tests.world import new_user
from tests.writing.chat.chatted import CHOICE, Chatted
from writing.chat import ending, listing, members, reading, saying, sending, taking, views
from writing.chat.members import ChatChoice
from writing.chat.saying import ChatWords
from writing.chat.sending import ChatToWrite


async def refused(doing: object) -> str:
    with pytest.raises(UserError) as found:
        await doing  # type: ignore[misc]
    return found.value.code


async def test_the_same_press_is_the_same_consultation(paid: Chatted) -> None:
    first = await paid.write(press="the-same-press")
    assert await paid.write(press="the-same-press") == first
    assert await paid.points_of() == 9300


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "words_blank"),
        ("\u200b\u2060 \u3000", "words_blank"),
        ("あ" * 2001, "words_too_long"),
        ("👨\u200d👩\u200d👧\u200d👦" * 2001, "words_too_long"),
    ],
)
async def test_words_are_within_their_bounds(chatted: Chatted, text: str, code: str) -> None:
    assert await refused(chatted.write(text)) == code
    await chatted.begin()
    assert await refused(chatted.say(chatted.member, text)) == code


async def test_a_thousand_families_and_turned_text_pass_as_people_count(chatted: Chatted) -> None:
    await chatted.begin()
    await chatted.say(chatted.member, "👨\u200d👩\u200d👧\u200d👦" * 1000)
    await chatted.say(
        chatted.member, "\u202eabc\u202c https://a.example " + "https://b.example " * 80
    )
    texts = await chatted.texts(chatted.caller)
    assert len(texts) == 3
    assert "\u202e" not in texts[2]


async def test_another_price_than_was_seen_is_refused(paid: Chatted) -> None:
    asked = ChatToWrite("health", "相談です", "", 600, "press-of-600")
    assert (
        await refused(paid.do(sending.write, paid.settings, paid.caller, asked))
        == "chat_price_changed"
    )
    assert await paid.points_of() == 10_000


async def test_who_lacks_points_sends_nothing(paid: Chatted) -> None:
    poor = await paid.do(new_user, "こまった", points=699)
    assert await refused(paid.write(caller=poor)) == "points_short"


async def test_three_are_open_at_most(chatted: Chatted) -> None:
    for _ in range(3):
        await chatted.write()
    assert await refused(chatted.write()) == "chats_open"
    await chatted.do(ending.withdraw, chatted.chat, chatted.caller)
    await chatted.write()


async def test_five_a_day_at_most(chatted: Chatted) -> None:
    for _ in range(5):
        await chatted.write()
        await chatted.do(ending.withdraw, chatted.chat, chatted.caller)
    assert await refused(chatted.write()) == "chats_too_many"


async def test_a_site_without_chat_takes_none(chatted: Chatted) -> None:
    chatted.settings = chatted.settings.model_copy(update={"chat": False})
    assert await refused(chatted.write()) == "chat_off"
    assert await chatted.do(members.shown, chatted.settings, chatted.member, chatted.caller) is None


async def test_who_is_not_confirmed_can_not_ask(chatted: Chatted) -> None:
    fresh = await chatted.do(new_user, "まだ", confirmed=False)
    assert await refused(chatted.write(caller=fresh)) == "not_confirmed"


@pytest.mark.parametrize(
    "choice", [ChatChoice(False, 3, False), ChatChoice(True, 3, True), ChatChoice(True, 1, False)]
)
async def test_only_who_takes_nominations_can_be_nominated(
    chatted: Chatted, choice: ChatChoice
) -> None:
    await chatted.do(members.set_own, chatted.member, choice)
    if choice.nominable and not choice.quiet:
        await chatted.begin()
    assert await refused(chatted.write(to=chatted.member)) == "chat_member_off"
    names = await chatted.do(members.to_name, chatted.settings, chatted.caller)
    assert [one.id for one in names] == [chatted.other]


async def test_nobody_nominates_who_they_block_or_themselves(chatted: Chatted) -> None:
    await chatted.do(blocks.block, chatted.member, chatted.caller)
    assert await refused(chatted.write(to=chatted.member)) == "chat_member_off"
    assert await refused(chatted.write(caller=chatted.other, to=chatted.other)) == "chat_member_off"


async def test_a_nominated_one_is_on_one_list_until_its_caller_says_all(chatted: Chatted) -> None:
    await chatted.write(to=chatted.member, wishes="同世代の方")

    async def ids(user: int) -> list[int]:
        return [one.id for one in (await chatted.do(listing.waiting_for, user, 1)).items]

    (mine,) = (await chatted.do(listing.waiting_for, chatted.member, 1)).items
    assert (mine.nominated, mine.wishes, mine.caller_name) == (True, "同世代の方", "けんじ")
    assert await ids(chatted.other) == []
    assert await refused(chatted.take(chatted.other)) == "chat_unknown"
    await chatted.do(ending.open_to_all, chatted.chat, chatted.caller)
    assert await ids(chatted.other) == [chatted.chat]
    await chatted.take(chatted.other)
    assert await ids(chatted.member) == []
    assert await refused(chatted.take(chatted.member)) == "chat_taken"


async def test_only_answering_members_take(chatted: Chatted) -> None:
    stranger = await chatted.do(new_user, "だれか")
    await chatted.write()
    assert await refused(chatted.take(stranger)) == "chat_unknown"
    assert await refused(chatted.take(chatted.caller)) == "chat_unknown"
    assert await refused(chatted.do(members.set_own, stranger, CHOICE)) == "not_answering"


async def test_a_paid_one_is_for_approved_casts_alone(paid: Chatted) -> None:
    async with paid.owner.transaction() as tx:
        await tx.exec_driver_sql(f"UPDATE users SET is_cast = false WHERE id = {paid.other}")
    await paid.write()
    assert (await paid.do(listing.waiting_for, paid.other, 1)).items == []
    assert await refused(paid.take(paid.other)) == "chat_unknown"
    (seen,) = (await paid.do(listing.waiting_for, paid.member, 1)).items
    assert (seen.points, seen.days, seen.earning) == (700, 7, 560)
    names = await paid.do(members.to_name, paid.settings, paid.caller)
    assert [one.id for one in names] == [paid.member]


async def test_a_member_takes_no_more_than_they_want(chatted: Chatted) -> None:
    await chatted.do(members.set_own, chatted.member, ChatChoice(True, 1, False))
    await chatted.begin()
    await chatted.write()
    assert await refused(chatted.take()) == "chat_load_full"


async def test_it_is_read_by_its_two_alone_with_photos(chatted: Chatted) -> None:
    await chatted.begin()
    await chatted.say(chatted.caller, "", photos=4)
    view = await chatted.see(chatted.member)
    last = (await chatted.do(reading.stretch, view)).messages[-1]
    assert (last.text, len(last.photos), last.mine, view.unread) == ("", 4, False, 1)
    name = last.photos[0].name
    for size, data in (("whole", b"whole"), ("small", b"small")):
        shown = await chatted.do(reading.picture, name, size, chatted.member)
        assert shown.data == data
    for who in (chatted.other, await chatted.do(new_user, "だれか")):
        assert await refused(chatted.do(reading.picture, name, "whole", who)) == "chat_unknown"
        assert await refused(chatted.do(views.find, chatted.chat, who)) == "chat_unknown"
        assert await chatted.do(saying.may_type, chatted.chat, who) is None
    assert await chatted.do(saying.may_type, chatted.chat, chatted.caller) == chatted.member


async def test_photos_are_few(chatted: Chatted) -> None:
    await chatted.begin()
    assert await refused(chatted.say(chatted.caller, photos=5)) == "chat_photos_most"
    for _ in range(15):
        await chatted.say(chatted.caller, photos=4)
    assert await refused(chatted.say(chatted.caller, photos=1)) == "chat_photos_many"


async def test_messages_in_an_hour_are_bounded(chatted: Chatted) -> None:
    chatted.settings = chatted.settings.model_copy(update={"chat_messages": 3})
    await chatted.begin()
    for _ in range(2):
        await chatted.say(chatted.caller)
    assert await refused(chatted.say(chatted.caller)) == "chat_messages_many"


async def test_reading_counts_down_and_is_seen_by_the_other(chatted: Chatted) -> None:
    await chatted.begin()
    first = await chatted.say(chatted.member, "一")
    await chatted.say(chatted.member, "二")
    assert await chatted.do(listing.wanting, chatted.caller) == 2
    view = await chatted.see(chatted.caller)
    assert await chatted.do(reading.mark_read, view, first.message_id)
    assert (await chatted.see(chatted.caller)).unread == 1
    page = await chatted.do(reading.stretch, await chatted.see(chatted.member))
    assert [one.read for one in page.messages] == [False, True, False]
    # An answer from a page that showed the last has read it.
    words = ChatWords("press-seen-1", "三", (), first.message_id + 1)
    await chatted.do(saying.say, chatted.settings, chatted.chat, chatted.caller, words)
    assert (await chatted.see(chatted.caller)).unread == 0


async def test_pages_go_back_through_all_that_was_written(chatted: Chatted) -> None:
    await chatted.begin(text="0")
    for number in range(1, 8):
        await chatted.say(chatted.caller, str(number))
    view, before = await chatted.see(chatted.member), None
    seen: list[str] = []
    while True:
        page = await chatted.do(reading.stretch, view, before, 3)
        seen = [one.text for one in page.messages] + seen
        if not page.has_older:
            break
        before = page.messages[0].id
    assert seen == [str(number) for number in range(8)]


async def test_lists_and_counts_say_where_each_stands(chatted: Chatted) -> None:
    await chatted.write()
    counts = await chatted.do(listing.counts_of, chatted.member)
    assert (counts.waiting, counts.running, counts.over) == (1, 0, 0)
    await chatted.take()
    await chatted.say(chatted.member, "お話しください")
    (mine,) = (await chatted.do(listing.of_caller, chatted.caller, 1)).items
    assert (mine.excerpt, mine.mine, mine.chat.other_name) == ("お話しください", False, "さくら")
    (theirs,) = (await chatted.do(listing.of_member, chatted.member, "running", 1)).items
    assert (theirs.mine, theirs.chat.side) == (True, "member")
    await chatted.end(chatted.member)
    counts = await chatted.do(listing.counts_of, chatted.member)
    assert (counts.waiting, counts.running, counts.over) == (0, 0, 1)
    assert (await chatted.do(listing.of_member, chatted.member, "running", 1)).items == []
    assert list(await chatted.do(listing.people_of, chatted.chat)) == sorted(
        [chatted.caller, chatted.member]
    )


async def test_its_words_are_carried_over_by_who_wrote_them_alone(chatted: Chatted) -> None:
    await chatted.begin(text="はじめの言葉")
    await chatted.say(chatted.member, "お返事")
    matter = await chatted.do(views.matter_of, chatted.chat, chatted.caller)
    assert (matter.category, matter.text) == ("health", "はじめの言葉")
    other = chatted.do(views.matter_of, chatted.chat, chatted.member)
    assert await refused(other) == "chat_unknown"


async def test_who_may_take_reads_it_before(chatted: Chatted) -> None:
    await chatted.write("読んでから決めて")
    one = await chatted.do(listing.one_waiting, chatted.chat, chatted.member)
    assert one.text == "読んでから決めて"
    stranger = await chatted.do(new_user, "だれか")
    assert await refused(chatted.do(listing.one_waiting, chatted.chat, stranger)) == "chat_unknown"
    assert await refused(chatted.do(taking.take, chatted.settings, 10**9, stranger)) == (
        "chat_unknown"
    )


async def test_a_shut_door_takes_no_new_one_and_lets_what_runs_go_on(chatted: Chatted) -> None:
    await chatted.begin()
    await chatted.do(changing.shut_doors, {"chat"}, seen=0, actor_id=chatted.member)
    assert await refused(chatted.write(press="another-press")) == "door_shut"
    await chatted.say(chatted.member, "つづけましょう")
    await chatted.end(chatted.caller)
