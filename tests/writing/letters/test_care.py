"""Claims about answers, reports, what staff may read, and for how long words are kept."""

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from notify.senders import leave_in_mailbox
from payouts import book, maturing
from points.tab import bills
from record.tables import staff_acts
from rooms.care import blocking, claims, decisions, own_data, reports, withdrawal
from rooms.care.letters import letter_claims, letter_evidence
from rooms.day import earned, hearing
from rooms.talk import billing
from scheduler.errands import Tools
from tests.scheduler.lines import run_line
from tests.world import HASH, TAB, new_user
from tests.writing.letters.lettered import Lettered
from writing.letters import answering


async def refused(doing: object) -> str:
    with pytest.raises(UserError) as found:
        await doing  # type: ignore[misc]
    return found.value.code


async def claim(lettered: Lettered, kind: str = "no_answer", user: int = 0) -> int:
    return await lettered.do(
        letter_claims.file_letter_claim,
        lettered.settings,
        lettered.letter,
        user or lettered.caller,
        kind,
        "質問に触れていません",
    )


async def staff(lettered: Lettered) -> int:
    return await lettered.do(new_user, "スタッフ")


async def give_back(lettered: Lettered, filed: int, points: int | None) -> None:
    member = await staff(lettered)
    await lettered.do(
        decisions.return_points, lettered.settings, filed, member, points, "答えになっていない",
        "急ぎ",
    )  # fmt: skip


async def sweep(lettered: Lettered) -> None:
    tools = Tools(lettered.settings, lettered.database, leave_in_mailbox)
    await run_line("sweep_letters", tools)


async def test_a_claim_gives_an_answer_back_in_part(lettered: Lettered) -> None:
    await lettered.send()
    assert await refused(claim(lettered)) == "letter_not_answered"
    await lettered.answer()
    assert await refused(claim(lettered, user=lettered.cast)) == "letter_unknown"
    assert await refused(claim(lettered, kind="cast_absent")) == "claim_kind_unknown"
    filed = await claim(lettered)
    assert await refused(claim(lettered)) == "claim_exists"
    asked = await lettered.do(hearing.of_claim, filed, lettered.cast)
    assert (asked.letter_id, asked.room_title) == (lettered.letter, None)
    await give_back(lettered, filed, 500)
    assert (await lettered.points_of(), await lettered.earned()) == (9000, 800)
    shown = await lettered.do(claims.claim, filed)
    assert (shown.link, shown.paid, shown.returned, shown.left) == (
        f"/letters/{lettered.letter}", 1500, 500, 0,
    )  # fmt: skip
    assert (await lettered.see(lettered.caller)).returned == 500


async def test_a_whole_return_takes_all_of_the_share(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.answer()
    await give_back(lettered, await claim(lettered), None)
    assert (await lettered.points_of(), await lettered.earned()) == (10_000, 0)
    assert (await lettered.row()).state == "answered"


async def test_a_declined_claim_changes_nothing(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.answer()
    filed, member = await claim(lettered), await staff(lettered)
    await lettered.do(decisions.decline, lettered.settings, filed, member, "答えている")
    assert (await lettered.points_of(), await lettered.earned()) == (8500, 1200)


async def test_a_claim_has_its_term(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.answer()
    await lettered.pass_days(lettered.settings.claim_days + 0.01)
    assert await refused(claim(lettered)) == "claim_too_late"


async def test_on_the_tab_a_return_lowers_the_bill(lettered: Lettered) -> None:
    lettered.settings = lettered.settings.model_copy(update=TAB)
    await lettered.send(pays="tab")
    await lettered.answer()
    await lettered.do(billing.bill_settled, lettered.settings)
    await give_back(lettered, await claim(lettered), 500)
    (bill,) = await lettered.do(bills.bills_of, lettered.caller)
    assert bill.owed == 1000
    told = sa.text("SELECT text FROM notices WHERE kind = 'claim' AND user_id = :user")
    text = await lettered.do(lambda tx: tx.scalar(told, {"user": lettered.caller}))
    assert "メール相談" in str(text)
    assert "¥500" in str(text)


async def test_an_answer_matures_and_a_claim_holds_it(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.answer()
    for claimed in (False, True):
        if claimed:
            await claim(lettered)
        (line,) = await lettered.do(maturing.lines, lettered.settings, lettered.cast, 1, 10)
        assert (line.share, line.claimed) == (1200, claimed)
    found = await lettered.do(book.book_of, lettered.settings, lettered.cast)
    assert (found.maturing, found.due) == (1200, 0)
    (whom,) = await lettered.do(
        earned.known, lettered.cast, [(None, (await lettered.row()).hold_id)]
    )
    assert (whom.name, whom.link, whom.by_letter) == (
        "けんじ", f"/letters/{lettered.letter}", True,
    )  # fmt: skip


async def report(lettered: Lettered, reporter: int) -> int:
    other = await lettered.do(blocking.other_of, "letters", lettered.letter, reporter)
    return await lettered.do(reports.file, reporter, other, "letters", "outside", "外で会おうと")


async def test_staff_read_a_letter_beside_its_report_alone(lettered: Lettered) -> None:
    await lettered.send("ひみつ")
    filed, member = await report(lettered, lettered.cast), await staff(lettered)
    assert await report(lettered, lettered.cast) == filed
    found = await lettered.do(letter_evidence.of_report, filed, member)
    assert (found.caller_name, found.texts["letter"].text) == ("けんじ", "ひみつ")
    logged = sa.select(staff_acts.c.act, staff_acts.c.subject, staff_acts.c.reason)
    assert [tuple(row) for row in await lettered.do(lambda tx: tx.execute(logged))] == [
        ("letter.read", f"letter:{lettered.letter}", f"report:{filed}")
    ]
    for one in (lettered.caller, lettered.cast):
        doing = lettered.do(letter_evidence.of_report, filed, one)
        assert await refused(doing) == "letter_own"
    await lettered.do(reports.close, lettered.settings, filed, member, "確認しました")
    assert await refused(lettered.do(letter_evidence.of_report, filed, member)) == "letter_sealed"


async def test_a_report_of_its_people_opens_no_letter(lettered: Lettered) -> None:
    await lettered.send()
    other = await lettered.do(blocking.other_of, "rooms", lettered.room, lettered.caller)
    filed = await lettered.do(reports.file, lettered.caller, other, "rooms", "fraud", "x")
    member = await staff(lettered)
    assert await refused(lettered.do(letter_evidence.of_report, filed, member)) == "letter_sealed"


async def test_a_claim_opens_its_letter_until_it_is_decided(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.answer("答えです")
    filed, member = await claim(lettered), await staff(lettered)
    found = await lettered.do(letter_evidence.of_claim, filed, member)
    assert found.texts["answer"].text == "答えです"
    await lettered.do(decisions.decline, lettered.settings, filed, member, "答えている")
    assert await refused(lettered.do(letter_evidence.of_claim, filed, member)) == "letter_sealed"


async def test_words_go_after_their_year_and_the_letter_stays(lettered: Lettered) -> None:
    await lettered.send("むかしの話")
    await lettered.answer("むかしの返事")
    await lettered.pass_days(364.9)
    await sweep(lettered)
    assert set(await lettered.texts()) == {"letter", "answer"}
    await lettered.pass_days(0.2)
    await sweep(lettered)
    assert await lettered.texts() == {}
    assert (await lettered.see(lettered.caller)).state == "answered"


async def test_what_is_reported_stays_until_it_is_decided_and_as_long_again(
    lettered: Lettered,
) -> None:
    await lettered.send("通報された話")
    await lettered.answer()
    filed, member = await report(lettered, lettered.cast), await staff(lettered)
    await lettered.pass_days(400)
    await sweep(lettered)
    assert set(await lettered.texts()) == {"letter", "answer"}
    await lettered.do(reports.close, lettered.settings, filed, member, "確認しました")
    await sweep(lettered)
    assert set(await lettered.texts()) == {"letter", "answer"}
    async with lettered.owner.transaction() as tx:
        await tx.execute(sa.text("UPDATE reports SET closed_at = closed_at - interval '366 days'"))
    await sweep(lettered)
    assert await lettered.texts() == {}


async def test_who_goes_under_a_report_leaves_their_words_to_staff(lettered: Lettered) -> None:
    await lettered.send("証拠")
    filed, member = await report(lettered, lettered.cast), await staff(lettered)
    await lettered.do(withdrawal.withdraw, lettered.settings, lettered.caller, HASH)
    await sweep(lettered)
    assert await lettered.texts() == {"letter": "証拠"}
    await lettered.do(reports.close, lettered.settings, filed, member, "確認しました")
    await sweep(lettered)
    assert await lettered.texts() == {}


async def test_drafts_of_what_is_over_go(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.do(answering.save_draft, lettered.letter, lettered.cast, "書きかけ")
    await sweep(lettered)
    assert await lettered.do(answering.draft_of, lettered.letter) == "書きかけ"
    await lettered.pass_days(5.01)
    await lettered.lapse()
    await sweep(lettered)
    assert await lettered.do(answering.draft_of, lettered.letter) == ""


async def test_one_takes_ones_own_words_along_and_no_others(lettered: Lettered) -> None:
    await lettered.send("私の言葉")
    await lettered.answer("あなたの言葉")
    await lettered.ask_back("私の質問")
    await lettered.do(answering.save_draft, lettered.letter, lettered.cast, "下書き")

    async def part(user: int, name: str) -> str:
        return str(await lettered.do(own_data.part, user, name))

    mine, theirs = await part(lettered.caller, "letters"), await part(lettered.cast, "letters")
    assert "私の言葉\\n\\n私の質問" in mine
    assert "あなた" not in mine
    assert "あなたの言葉" in theirs
    assert "私の" not in theirs
    assert "下書き" in await part(lettered.cast, "letter_drafts")
    assert await part(lettered.caller, "letter_drafts") == "[]"
    assert "1500" in await part(lettered.cast, "letter_offer")
