"""Staff read a thread with an open report about it only; who withdraws takes their words along."""

from typing import Any

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from notify.senders import leave_in_mailbox
from rooms.care import (
    blocking,
    own_data,
    question_evidence,
    report_list,
    reports,
    withdrawal,
)
from rooms.lobby import own_rooms
from scheduler.errands import Tools
from tests.rooms.questions.asked import Asked
from tests.scheduler.lines import run_line
from tests.world import HASH, new_user


async def sweep(asked: Asked) -> None:
    tools = Tools(asked.settings, asked.database, leave_in_mailbox)
    await run_line("sweep_questions", tools)


async def looks(asked: Asked) -> list[Any]:
    async with asked.database.transaction() as tx:
        found = await tx.execute(
            sa.text("SELECT act, subject, reason, actor_id FROM staff_acts WHERE act = :act"),
            {"act": "question.read"},
        )
        return [tuple(row) for row in found]


async def test_staff_read_it_while_the_report_is_open_and_each_look_is_logged(asked: Asked) -> None:
    await asked.ask("LINEで話しませんか")
    await asked.say(asked.cast, "ここでお願いします")
    report = await asked.report(asked.cast)
    staff = await asked.do(new_user, "スタッフ")
    for _ in range(2):
        seen = await asked.do(question_evidence.read, report, staff)
    assert [(one.by_reporter, one.text) for one in seen.messages] == [
        (False, "LINEで話しませんか"),
        (True, "ここでお願いします"),
    ]
    one = ("question.read", f"question:{asked.thread}", f"report:{report}", staff)
    assert await looks(asked) == [one, one]
    await asked.close_report(report)
    with pytest.raises(UserError) as found:
        await asked.do(question_evidence.read, report, staff)
    assert found.value.code == "question_sealed"
    assert len(await looks(asked)) == 2


async def test_a_report_of_the_person_or_of_a_talk_shows_no_thread(asked: Asked) -> None:
    await asked.ask()
    other = await asked.do(blocking.other_of, "rooms", asked.room, asked.caller)
    report = await asked.do(reports.file, asked.caller, other, "rooms", "fraud", "")
    staff = await asked.do(new_user, "スタッフ")
    with pytest.raises(UserError) as found:
        await asked.do(question_evidence.read, report, staff)
    assert found.value.code == "question_sealed"
    # And beside it the thread has a report of its own.
    assert await asked.report(asked.caller) != report


async def test_who_is_part_of_it_reads_no_evidence(asked: Asked) -> None:
    await asked.ask()
    report = await asked.report(asked.caller)
    for one in (asked.caller, asked.cast):
        with pytest.raises(UserError) as found:
            await asked.do(question_evidence.read, report, one)
        assert found.value.code == "report_own"


async def test_reporting_twice_is_one_report_until_it_is_closed(asked: Asked) -> None:
    await asked.ask()
    first = await asked.report(asked.caller)
    assert await asked.report(asked.caller) == first
    await asked.close_report(first)
    assert await asked.report(asked.caller) != first


async def test_a_strangers_report_of_a_thread_is_none(asked: Asked) -> None:
    await asked.ask()
    with pytest.raises(UserError) as found:
        await asked.report(await asked.do(new_user, "みお"))
    assert found.value.code == "person_unknown"


@pytest.mark.parametrize("who", ["caller", "cast"])
async def test_whoever_withdraws_takes_their_words_and_name_along(asked: Asked, who: str) -> None:
    await asked.ask("お客様の言葉")
    await asked.say(asked.cast, "キャストの言葉")
    gone, stays = (asked.caller, asked.cast) if who == "caller" else (asked.cast, asked.caller)
    await asked.pass_time(1)
    await asked.tell()
    await asked.do(withdrawal.withdraw, asked.settings, gone, HASH)
    mine = "お客様の言葉" if stays == asked.caller else "キャストの言葉"
    assert [text for _, text, _ in await asked.texts(stays)] == [mine]
    assert (await asked.see(stays)).other_name == "退会した会員"
    with pytest.raises(UserError) as found:
        await asked.say(stays, "もしもし")
    assert found.value.code == "question_withdrawn"
    async with asked.database.transaction() as tx:
        told = await tx.scalars(sa.text("SELECT title FROM notices WHERE kind = 'question'"))
        assert not [one for one in told if "けんじ" in one and who == "caller"]
    assert (await asked.see(stays)).unread == 0


async def test_words_under_report_wait_for_the_staff_and_nobody_else_reads_them(
    asked: Asked,
) -> None:
    await asked.ask("ひどい言葉")
    report = await asked.report(asked.cast)
    await asked.do(withdrawal.withdraw, asked.settings, asked.caller, HASH)
    await sweep(asked)
    assert await asked.texts(asked.cast) == []
    staff = await asked.do(new_user, "スタッフ")
    seen = await asked.do(question_evidence.read, report, staff)
    assert [one.text for one in seen.messages] == ["ひどい言葉"]
    await asked.close_report(report)
    await sweep(asked)
    assert await asked.count("question_messages") == 0


async def test_a_thread_goes_after_a_year_but_not_from_under_a_report(asked: Asked) -> None:
    day = 24 * 60
    await asked.ask()
    await asked.pass_time(364 * day)
    await sweep(asked)
    assert await asked.count("question_threads") == 1
    report = await asked.report(asked.cast)
    await asked.pass_time(2 * day)
    await sweep(asked)
    assert await asked.count("question_threads") == 1
    await asked.close_report(report)
    await sweep(asked)
    assert await asked.count("question_threads") == 1
    async with asked.owner.transaction() as tx:
        await tx.execute(sa.text("UPDATE reports SET closed_at = closed_at - interval '366 days'"))
    await sweep(asked)
    assert await asked.count("question_threads") == 0
    assert (await asked.count("question_sides"), await asked.count("question_messages")) == (0, 0)
    assert (await asked.do(report_list.find, report)).question_id is None


async def test_each_takes_their_own_words_along_and_not_the_others(asked: Asked) -> None:
    await asked.ask("お客様の言葉")
    await asked.say(asked.cast, "キャストの言葉")
    for user, text in ((asked.caller, "お客様の言葉"), (asked.cast, "キャストの言葉")):
        said = await asked.do(own_data.part, user, "question_messages")
        assert isinstance(said, list)
        assert [one["text"] for one in said] == [text]


async def test_a_room_that_was_asked_at_is_not_deleted(asked: Asked) -> None:
    await asked.ask()
    await asked.do(own_rooms.unpublish, asked.room, asked.cast)
    with pytest.raises(UserError) as found:
        await asked.do(own_rooms.delete, asked.room, asked.cast)
    assert found.value.code == "room_used"
