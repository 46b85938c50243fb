"""Who may answer, what is counted and told, thanks and what was helpful."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from notify import choices, inbox
from tests.world import new_user
from tests.writing.board.scene import Board, key
from writing.board import adding, answers, changing, listing, reading, thanks
from writing.board.notices import unanswered
from writing.ground import answering


async def marks(board: Board, viewer: int | None = None) -> list[tuple[bool, int, bool]]:
    found = await board.do(reading.page, board.topic, viewer, 1)
    return [(one.thanked, one.helpful, one.found) for one in found]


async def test_many_answer_and_members_bear_a_mark(board: Board) -> None:
    await board.ask()
    await board.reply(board.member)
    await board.reply(board.other, "山もいいですよ")
    found = await board.do(reading.page, board.topic, None, 1)
    assert [(one.name, one.marked, one.by_asker) for one in found] == [
        ("こたえ", True, False),
        ("となり", False, False),
    ]
    assert (await board.see(None)).answers == 2
    await board.do(answering.take, board.settings, board.member, "お休み", actor_id=board.staff)
    found = await board.do(reading.page, board.topic, None, 1)
    assert [one.marked for one in found] == [False, False]


async def test_a_site_lets_answering_members_alone_answer(board: Board) -> None:
    board.settings = board.settings.model_copy(update={"board_answers": "members"})
    await board.ask()
    await board.reply(board.member)
    await board.reply(board.asker, "ありがとうございます")
    tried = (answers.answer, board.settings, board.topic, board.other, key(), "私も")
    assert await board.refused(*tried) == "answers_by_members"


async def test_the_same_press_is_one_answer(board: Board) -> None:
    await board.ask()
    press = key()
    made = await asyncio.gather(*(board.reply(press=press) for _ in range(3)))
    assert len({*made}) == 1
    assert (await board.see(None)).answers == 1


async def test_so_many_an_hour_with_additions_and_no_more(board: Board) -> None:
    board.settings = board.settings.model_copy(update={"board_replies": 3})
    await board.ask()
    tried = [board.reply(board.other, f"{n}") for n in range(5)]
    done = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(isinstance(one, UserError) for one in done) == 2
    refused = await board.refused(
        adding.add, board.settings, board.topic, board.other, key(), "補足", board.answer
    )
    assert refused == "answers_too_many"
    await board.pass_time(61)
    await board.add(board.other, "補足", board.answer)


async def test_an_answer_is_changed_for_ten_minutes_and_then_added_to(board: Board) -> None:
    await board.ask()
    mine = await board.reply()
    await board.do(answers.edit, board.settings, board.topic, mine, board.member, "海のそばです")
    assert await board.said(None) == [("こたえ", "海のそばです")]
    tried = (answers.edit, board.settings, board.topic, mine)
    assert await board.refused(*tried, board.other, "山") == "answer_unknown"
    await board.pass_time(11)
    assert await board.refused(*tried, board.member, "山") == "edit_too_late"
    for n in range(5):
        await board.add(board.member, f"補足{n}", mine)
    full = (adding.add, board.settings, board.topic, board.member, key(), "もうひとつ", mine)
    assert await board.refused(*full) == "additions_full"
    theirs = (adding.add, board.settings, board.topic, board.other, key(), "他人", mine)
    assert await board.refused(*theirs) == "answer_unknown"


async def test_a_deleted_answer_leaves_a_trace_and_counts_no_more(board: Board) -> None:
    await board.ask()
    mine = await board.reply(text="秘密")
    await board.add(board.member, "秘密の補足", mine)
    await board.do(answers.delete, board.topic, mine, board.member)
    assert await board.said(board.member) == [("こたえ", "")]
    assert (await board.see(None)).answers == 0
    assert await board.count("board_additions") == 0
    assert await board.listed(board.member, show="not_by_me") == [board.topic]


async def test_thanks_come_from_who_asked_and_are_told_once(board: Board) -> None:
    await board.ask()
    theirs = await board.reply()
    thank = (thanks.thank, board.settings, board.topic, theirs)
    assert await board.refused(*thank, board.other, on=True) == "topic_unknown"
    for on in (True, True, False, True):
        await board.do(*thank, board.asker, on=on)
    assert await marks(board) == [(True, 0, False)]
    assert len(await board.told(board.member)) == 1
    own = await board.reply(board.asker, "私です")
    refused = await board.refused(
        thanks.thank, board.settings, board.topic, own, board.asker, on=True
    )
    assert refused == "own_answer"


async def test_helpful_is_said_once_a_person_and_never_of_oneself(board: Board) -> None:
    await board.ask()
    theirs = await board.reply()
    helpful = (thanks.find_helpful, board.topic, theirs)
    await asyncio.gather(*(board.do(*helpful, board.other, on=True) for _ in range(4)))
    await board.do(*helpful, board.asker, on=True)
    assert await marks(board, board.other) == [(False, 2, True)]
    assert await board.refused(*helpful, board.member, on=True) == "own_answer"
    await board.do(*helpful, board.other, on=False)
    assert await marks(board, board.other) == [(False, 1, False)]
    stranger = await board.do(new_user, "まだ", confirmed=False)
    assert await board.refused(*helpful, stranger, on=True) == "not_confirmed"


async def test_what_one_has_not_answered_and_who_has_waited_longest(board: Board) -> None:
    first = await board.ask(title="ひとつめ")
    await board.pass_time(10)
    second = await board.ask(title="ふたつめ")
    await board.pass_time(10)
    third = await board.ask(title="みっつめ")
    board.topic = first
    await board.reply(board.other)
    assert await board.listed(board.member, show="not_by_me") == [third, second, first]
    waiting = await board.listed(board.member, show="not_by_me", order="waiting")
    assert waiting == [second, third, first]
    assert await board.listed(board.other, show="not_by_me") == [third, second]
    assert await board.listed(None, show="unanswered") == [third, second]
    assert await board.listed(board.asker, show="not_by_me") == []
    assert await board.do(listing.count_not_by_me, board.member) == 3
    assert await board.do(listing.count_not_by_me, board.asker) == 0
    assert await board.listed(board.other, show="answered") == [first]
    assert await board.listed(board.asker, show="asked") == [third, second, first]
    # A visitor has no list of their own.
    assert await board.listed(None, show="asked") == []


async def test_pages_of_twenty(board: Board) -> None:
    board.settings = board.settings.model_copy(update={"board_topics": 99, "board_replies": 99})
    for _ in range(21):
        await board.ask()
        await board.reply()
    assert len(await board.listed(None)) == 20
    assert len(await board.listed(None, 2)) == 1
    for n in range(20):
        await board.reply(board.other, f"{n}")
    assert len((await board.do(reading.page, board.topic, None, 2)).items) == 1
    assert await board.do(reading.page_of, board.topic, None, board.answer) == 2


async def test_who_asked_hears_of_answers_and_by_mail_once_an_hour(board: Board) -> None:
    await board.ask(title="朝が苦手")
    await board.reply(board.asker, "自分への返事")
    await board.tell()
    assert await board.told(board.asker) == []
    await board.reply()
    await board.reply(board.other, "私もです")
    await board.tell()
    await board.tell()
    said = await board.told(board.asker)
    assert len(said) == 1
    assert "朝が苦手" in said[0]
    assert "2件" in said[0]
    before = await board.mails()
    # What comes while that is unread is told with the next mail.
    await board.pass_time(30)
    await board.reply(board.other, "もうひとつ")
    await board.do(changing.mark_read, board.topic, board.asker)
    await board.reply(board.other, "さらに")
    await board.tell()
    assert len(await board.told(board.asker)) == 2
    assert await board.mails() == before
    await board.pass_time(31)
    await board.tell()
    assert await board.mails() == before + 1
    await board.tell()
    assert await board.mails() == before + 1


async def test_what_one_was_told_of_answers_is_read_with_them(board: Board) -> None:
    await board.ask()
    await board.reply()
    await board.tell()
    assert await board.do(inbox.unread, board.asker) == 1
    await board.do(changing.mark_read, board.topic, board.asker)
    assert await board.do(inbox.unread, board.asker) == 0


async def test_what_was_read_is_told_no_more(board: Board) -> None:
    await board.ask()
    await board.reply()
    assert await board.do(listing.count_unread, board.asker) == 1
    assert await board.do(changing.mark_read, board.topic, board.asker)
    assert not await board.do(changing.mark_read, board.topic, board.asker)
    await board.tell()
    assert await board.told(board.asker) == []
    refused = await board.refused(changing.mark_read, board.topic, board.other)
    assert refused == "topic_unknown"


async def test_a_day_without_an_answer_is_told_to_who_asked_for_it(board: Board) -> None:
    wanted = {("unanswered", "push"): True}
    for user in (board.member, board.other, board.asker):
        await board.do(choices.choose, user, wanted)
    first = await board.ask()
    await board.block(board.other, board.asker)
    assert await board.do(unanswered.call, board.settings) == 0
    await board.pass_time(24 * 60 + 1)
    second = await board.ask(board.member)
    assert await board.do(unanswered.call, board.settings) == 1
    assert await board.do(unanswered.call, board.settings) == 0
    assert [len(await board.told(user, "unanswered")) for user in
            (board.member, board.other, board.asker, board.staff)] == [1, 0, 0, 0]  # fmt: skip
    await board.pass_time(24 * 60 + 1)
    assert await board.do(unanswered.call, board.settings) == 1
    assert len(await board.told(board.asker, "unanswered")) == 1
    assert first < second


async def test_one_who_cannot_be_told_stops_nobody(board: Board) -> None:
    await board.do(choices.choose, board.member, {("unanswered", "mail"): True})
    await board.do(choices.choose, board.staff, {("unanswered", "mail"): True})
    await board.ask()
    await board.pass_time(24 * 60 + 1)
    async with board.owner.transaction() as tx:
        await tx.execute(sa.text(_SPOIL.format(user=board.member)))
    await board.do(unanswered.call, board.settings)
    assert len(await board.told(board.staff, "unanswered")) == 1
    assert await board.count("row_faults") == 1


_SPOIL = """
CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN IF NEW.user_id = {user} THEN RAISE EXCEPTION 'spoilt'; END IF; RETURN NEW; END $$;
CREATE TRIGGER spoil BEFORE INSERT ON notices FOR EACH ROW EXECUTE FUNCTION spoil()
"""


@pytest.mark.parametrize("change", [
    "UPDATE board_topics SET user_id = 1",
    "UPDATE board_answers SET topic_id = 1",
    "UPDATE board_additions SET text = 'x'",
    "DELETE FROM board_topics",
    "DELETE FROM board_answers",
    "DELETE FROM board_reports",
])  # fmt: skip
async def test_the_database_itself_keeps_places_and_writers(board: Board, change: str) -> None:
    await board.ask()
    await board.reply()
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
        await board.do(lambda tx: tx.execute(sa.text(change)))
