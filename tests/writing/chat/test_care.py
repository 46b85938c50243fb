"""Blocks, suspensions, withdrawals; reports, what staff may read, and for how long words stay."""

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from notify.senders import leave_in_mailbox
from payouts import maturing
from points import usage
from points.tables import transfers
from record.tables import staff_acts
from rooms.booking import views as booking_views
from rooms.care import blocking, own_data, reports, sanctioning, withdrawal, withdrawal_effects
from rooms.care.chats import chat_evidence
from rooms.day import earned
from scheduler.errands import Tools
from tests.scheduler.lines import run_line
from tests.world import HASH, new_user
from tests.writing.chat.chatted import Chatted
from writing.chat import members, reading
from writing.chat.clock import telling, visits
from writing.chat.tables import chat_photos


async def refused(doing: object) -> str:
    with pytest.raises(UserError) as found:
        await doing  # type: ignore[misc]
    return found.value.code


async def report(chatted: Chatted, reporter: int, kind: str = "outside", text: str = "外で") -> int:
    other = await chatted.do(blocking.other_of, "chats", chatted.chat, reporter)
    return await chatted.do(reports.file, reporter, other, "chats", kind, text)


async def staff(chatted: Chatted) -> int:
    return await chatted.do(new_user, "スタッフ")


async def sweep(chatted: Chatted) -> None:
    await run_line("sweep_chats", Tools(chatted.settings, chatted.database, leave_in_mailbox))


async def written(chatted: Chatted) -> list[str]:
    query = sa.text("SELECT text FROM chat_messages WHERE chat_id = :id ORDER BY id")
    return list(await chatted.do(lambda tx: tx.scalars(query, {"id": chatted.chat})))


async def test_a_block_ends_it_at_once_and_settles_the_day(paid: Chatted) -> None:
    await paid.begin()
    await paid.say(paid.member)
    seen = await paid.do(blocking.foresee, paid.caller, paid.member)
    assert seen.chats == 1
    await paid.block(paid.member, paid.caller)
    row = await paid.row()
    assert (row.state, row.stopped_for) == ("stopped", "member")
    assert await paid.states() == "prrrrrr"
    assert await paid.told(paid.caller) == ["taken", "stopped"]
    assert await refused(paid.say(paid.caller)) == "chat_over"
    assert await refused(paid.reopen(paid.caller)) == "chat_not_reopened"


async def test_a_block_of_others_ends_nothing(paid: Chatted) -> None:
    await paid.begin()
    await paid.block(paid.caller, paid.other)
    assert (await paid.row()).state == "running"


async def test_where_a_nominated_member_goes_the_caller_is_asked(chatted: Chatted) -> None:
    await chatted.write(to=chatted.member)
    await chatted.do(withdrawal.withdraw, chatted.settings, chatted.member, HASH)
    row = await chatted.row()
    assert (row.state, row.asked_at is not None) == ("waiting", True)
    assert await chatted.told(chatted.caller) == ["ask_all"]


async def test_a_suspension_ends_it(paid: Chatted) -> None:
    await paid.begin()
    member = await staff(paid)
    async with paid.owner.transaction() as tx:
        await tx.exec_driver_sql(
            f"UPDATE users SET staff_role = 'administrator' WHERE id = {member}"
        )
    why = {"reason": "確認のため", "words": "確認しています"}
    await paid.do(sanctioning.suspend, paid.settings, member, paid.member, 3, **why)
    assert (await paid.row()).state == "stopped"
    assert await paid.points_of() == 10_000


async def test_who_goes_takes_their_words_and_leaves_the_others(paid: Chatted) -> None:
    await paid.begin(text="わたしの言葉", wishes="やさしい方")
    await paid.say(paid.member, "お返事")
    await paid.say(paid.caller, "写真です", photos=1)
    effects = await paid.do(withdrawal_effects.foresee, paid.settings, paid.caller)
    assert (effects.chats.asked, effects.chats.points) == (1, 700)
    assert effects.returning == 700
    await paid.do(withdrawal.withdraw, paid.settings, paid.caller, HASH)
    assert await written(paid) == ["お返事"]
    assert await paid.do(lambda tx: tx.scalar(sa.select(sa.func.count(chat_photos.c.id)))) == 0
    assert (await paid.row()).wishes == ""
    view = await paid.see(paid.member)
    assert (view.other_gone, view.other_name, view.unread) == (True, "退会した会員", 0)
    assert await paid.texts(paid.member) == ["お返事"]


async def test_a_member_who_goes_leaves_the_callers_words(paid: Chatted) -> None:
    await paid.begin(text="わたしの言葉")
    await paid.say(paid.member, "消える言葉")
    await paid.do(withdrawal.withdraw, paid.settings, paid.member, HASH)
    assert await paid.texts(paid.caller) == ["わたしの言葉"]
    assert (await paid.row()).state == "stopped"
    told = sa.text("SELECT string_agg(text, '') FROM notices WHERE user_id = :user")
    said = await paid.do(lambda tx: tx.scalar(told, {"user": paid.caller}))
    assert "さくら" not in str(said)


async def test_staff_read_it_beside_an_open_report_alone(chatted: Chatted) -> None:
    await chatted.begin(text="ひみつ")
    await chatted.say(chatted.caller, "", photos=1)
    member = await staff(chatted)
    filed = await report(chatted, chatted.caller, "help", "")
    assert await report(chatted, chatted.caller, "help", "") == filed
    found = await chatted.do(chat_evidence.read, filed, member)
    assert [one.text for one in found.messages] == ["ひみつ", ""]
    (name,) = found.messages[1].photos
    shown = await chatted.do(chat_evidence.photo, filed, member, name, "small")
    assert shown.data == b"small"
    logged = sa.select(staff_acts.c.act, staff_acts.c.subject, staff_acts.c.reason)
    assert [tuple(row) for row in await chatted.do(lambda tx: tx.execute(logged))] == [
        ("chat.read", f"chat:{chatted.chat}", f"report:{filed}")
    ]
    for one in (chatted.caller, chatted.member):
        assert await refused(chatted.do(chat_evidence.read, filed, one)) == "chat_own"
    assert await refused(chatted.do(reading.picture, name, "whole", member)) == "chat_unknown"
    await chatted.do(reports.close, chatted.settings, filed, member, "確認しました")
    assert await refused(chatted.do(chat_evidence.read, filed, member)) == "chat_sealed"
    photo = chatted.do(chat_evidence.photo, filed, member, name, "small")
    assert await refused(photo) == "chat_sealed"


async def test_help_is_asked_for_in_chats_alone(chatted: Chatted) -> None:
    await chatted.begin()
    other = await chatted.do(blocking.other_of, "chats", chatted.chat, chatted.caller)
    asked = chatted.do(reports.file, chatted.caller, other, "rooms", "help", "")
    assert await refused(asked) == "report_kind_unknown"


async def test_words_go_after_their_year_and_the_row_stays(chatted: Chatted) -> None:
    await chatted.begin(wishes="同じ年ごろの方")
    await chatted.end(chatted.caller)
    await chatted.pass_days(364.9)
    await sweep(chatted)
    assert len(await written(chatted)) == 1
    await chatted.pass_days(0.2)
    await sweep(chatted)
    assert await written(chatted) == []
    row = await chatted.row()
    assert (row.state, row.wishes) == ("ended", "")


async def test_what_runs_is_not_swept_however_old(chatted: Chatted) -> None:
    await chatted.begin()
    await chatted.pass_days(800)
    await sweep(chatted)
    assert len(await written(chatted)) == 1


async def test_what_is_reported_stays_until_it_is_decided_and_as_long_again(
    chatted: Chatted,
) -> None:
    await chatted.begin(text="通報された話")
    await chatted.say(chatted.member, "返事")
    filed, member = await report(chatted, chatted.member), await staff(chatted)
    await chatted.do(withdrawal.withdraw, chatted.settings, chatted.caller, HASH)
    await chatted.pass_days(400)
    await sweep(chatted)
    assert await written(chatted) == ["通報された話", "返事"]
    assert await chatted.texts(chatted.member) == ["返事"]
    await chatted.do(reports.close, chatted.settings, filed, member, "確認しました")
    await sweep(chatted)
    assert await written(chatted) == ["返事"]
    async with chatted.owner.transaction() as tx:
        await tx.execute(sa.text("UPDATE reports SET closed_at = closed_at - interval '366 days'"))
    await sweep(chatted)
    assert await written(chatted) == []


async def test_one_takes_ones_own_words_along_and_no_others(paid: Chatted) -> None:
    await paid.begin(text="私の言葉", wishes="私の希望")
    await paid.say(paid.member, "あなたの言葉")

    async def part(user: int, name: str) -> str:
        return str(await paid.do(own_data.part, user, name))

    assert "私の言葉" in await part(paid.caller, "chat_messages")
    assert "あなた" not in await part(paid.caller, "chat_messages")
    assert "あなたの言葉" in await part(paid.member, "chat_messages")
    assert "私の希望" in await part(paid.caller, "chats")
    assert "私の希望" not in await part(paid.member, "chats")
    assert "'points': 100" in await part(paid.caller, "chat_days")
    assert await part(paid.member, "chat_days") == "[]"
    assert "'nominable': True" in await part(paid.member, "chat_choice")
    assert await part(paid.caller, "chat_choice") == "None"


async def test_a_day_stands_in_statements_earnings_and_usage(paid: Chatted) -> None:
    await paid.begin()
    await paid.say(paid.member)
    await paid.pass_days(1.001)
    await paid.tick()
    first = (await paid.days())[0].hold_id
    (line,) = await paid.do(maturing.lines, paid.settings, paid.member, 1, 10)
    assert (line.share, line.hold_id) == (80, first)
    (whom,) = await paid.do(earned.known, paid.member, [(None, first)])
    assert (whom.name, whom.link, whom.by_chat) == ("けんじ", f"/chats/{paid.chat}", True)
    held = await paid.do(booking_views.of_holds, [first])
    assert held[first] == (f"/chats/{paid.chat}", "さくら")
    (month,) = await paid.do(usage.months, paid.caller)
    found = await paid.do(usage.of_month, paid.settings, paid.caller, month)
    (used,) = found.sold[0].lines
    assert (used.kind, used.name, used.paid, used.chat_id) == ("chat", "さくら", 100, paid.chat)
    kinds = sa.select(transfers.c.kind).where(transfers.c.hold_id == first)
    assert sorted(await paid.do(lambda tx: tx.scalars(kinds))) == ["reserved", "reserved_fee"]
    await paid.hand_over()
    (whom,) = await paid.do(earned.known, paid.member, [(None, first)])
    assert (whom.name, whom.link) == ("けんじ", None)


async def test_who_reads_is_told_nothing_and_others_once(chatted: Chatted) -> None:
    async def told(user: int) -> int:
        query = sa.text("SELECT count(*) FROM notices WHERE kind = 'chat_message' AND user_id = :u")
        return int(await chatted.do(lambda tx: tx.scalar(query, {"u": user})) or 0)

    async def mails() -> int:
        query = sa.text("SELECT count(*) FROM mails WHERE subject LIKE '%メッセージが届い%'")
        return int(await chatted.do(lambda tx: tx.scalar(query)) or 0)

    await chatted.begin()
    for _ in range(3):
        await chatted.say(chatted.member)
    await chatted.do(telling.tell, chatted.settings)
    assert await told(chatted.caller) == 0
    await chatted.pass_days(1 / 1440)
    for _ in range(2):
        await chatted.do(telling.tell, chatted.settings)
    assert (await told(chatted.caller), await mails(), await told(chatted.member)) == (1, 1, 0)
    view = await chatted.see(chatted.caller)
    page = await chatted.do(reading.stretch, view)
    await chatted.do(reading.mark_read, view, page.messages[-1].id)
    await chatted.say(chatted.member)
    await chatted.pass_days(1 / 1440)
    await chatted.do(telling.tell, chatted.settings)
    # Within the hour by mail once, on the page again.
    assert (await told(chatted.caller), await mails()) == (2, 1)


async def test_nomination_goes_off_by_itself_and_is_told_before(chatted: Chatted) -> None:
    async def nominable() -> bool:
        return (await chatted.do(members.own, chatted.member)).nominable

    async def told() -> list[str]:
        return [":".join(one.split(":")[:2]) for one in await chatted.keys(chatted.member)]

    await chatted.pass_days(1.9)
    await chatted.do(visits.switch_off, chatted.settings)
    assert await told() == []
    await chatted.pass_days(0.2)
    for _ in range(2):
        await chatted.do(visits.switch_off, chatted.settings)
    assert await told() == ["nomination:warned"]
    assert await nominable()
    await chatted.pass_days(1)
    await chatted.do(visits.switch_off, chatted.settings)
    assert await told() == ["nomination:warned", "nomination:off"]
    own = await chatted.do(members.own, chatted.member)
    assert (own.nominable, own.off_at is not None) == (False, True)
    assert await refused(chatted.write(to=chatted.member)) == "chat_member_off"


async def test_a_visit_in_any_session_keeps_it_on_also_once_signed_out(chatted: Chatted) -> None:
    await chatted.pass_days(2.5)
    await chatted.do(visits.switch_off, chatted.settings)
    async with chatted.owner.transaction() as tx:
        await tx.exec_driver_sql(
            "INSERT INTO sessions (token_hash, user_id, expires_at) VALUES"
            f" (sha256('a'), {chatted.member}, clock_timestamp() + interval '9 days')"
        )
    await chatted.do(visits.note)
    async with chatted.owner.transaction() as tx:
        await tx.exec_driver_sql("DELETE FROM sessions")
    await chatted.pass_days(1)
    await chatted.do(visits.switch_off, chatted.settings)
    assert (await chatted.do(members.own, chatted.member)).nominable
    assert not (await chatted.do(members.own, chatted.other)).nominable
