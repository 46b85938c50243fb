"""A letter is sent, answered, asked back about; who may, and what it costs whom."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.errors import UserError
from points import earnings, limits, statements
from points.tab import bills
from rooms.talk import billing
from tests.world import TAB, new_user
from tests.writing.letters.lettered import OFFER, Lettered
from writing.letters import answering, asking_back, offers, views
from writing.letters.offers import LetterOffer

# Of 1,500 points, at the site's fee of 20 %.
SHARE = 1200


async def refused(doing: object) -> str:
    with pytest.raises(UserError) as found:
        await doing  # type: ignore[misc]
    return found.value.code


async def test_a_letter_holds_its_points_and_its_answer_pays_them(lettered: Lettered) -> None:
    await lettered.send("転職するか迷っています。\r\n来月で三十歳です")
    assert (await lettered.points_of(), await lettered.earned()) == (8500, 0)
    assert await lettered.told(lettered.cast) == ["sent"]
    await lettered.answer("焦らなくて大丈夫です")
    assert (await lettered.points_of(), await lettered.earned()) == (8500, SHARE)
    assert await lettered.told(lettered.caller) == ["answered"]
    assert await lettered.texts() == {
        "letter": "転職するか迷っています。\n来月で三十歳です",
        "answer": "焦らなくて大丈夫です",
    }


async def test_one_question_back_is_free_and_no_second(lettered: Lettered) -> None:
    await lettered.send()
    assert await refused(lettered.ask_back()) == "letter_back_late"
    await lettered.answer()
    await lettered.ask_back()
    assert await refused(lettered.ask_back("もうひとつ")) == "letter_back_used"
    await lettered.answer_back()
    assert await refused(lettered.answer_back("もう一度")) == "letter_answered"
    assert await refused(lettered.ask_back("もうひとつ")) == "letter_back_used"
    assert (await lettered.points_of(), await lettered.earned()) == (8500, SHARE)
    assert await lettered.told(lettered.cast) == ["sent", "asked_back"]
    assert await lettered.told(lettered.caller) == ["answered", "back_answered"]


async def test_asking_back_has_an_end(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.answer()
    await lettered.pass_days(7.01)
    assert await refused(lettered.ask_back()) == "letter_back_late"


async def test_what_is_told_never_bears_the_words(lettered: Lettered) -> None:
    await lettered.send("ひみつの相談")
    await lettered.answer("ひみつの返事")
    await lettered.ask_back("ひみつの質問")
    await lettered.answer_back("ひみつの続き")
    said = sa.text("SELECT title || text FROM notices UNION ALL SELECT subject || text FROM mails")
    found = list(await lettered.do(lambda tx: tx.scalars(said)))
    assert len(found) == 8
    assert not [text for text in found if "ひみつ" in text]


async def test_the_same_press_is_one_letter(lettered: Lettered) -> None:
    first = await lettered.send(press="the-same-one")
    assert await lettered.send("ほかの言葉", press="the-same-one") == first
    assert await lettered.points_of() == 8500
    # Another letter waits for its answer first.
    assert await refused(lettered.send()) == "letter_waiting"


async def test_two_tabs_at_once_send_one_letter(lettered: Lettered) -> None:
    done = await asyncio.gather(
        *(lettered.send(press=f"tab-number-{n}") for n in range(4)), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in done) == ["UserError"] * 3 + ["int"]
    assert await lettered.points_of() == 8500


async def test_a_double_press_is_one_answer(lettered: Lettered) -> None:
    await lettered.send()
    await asyncio.gather(*(lettered.answer("同じ言葉") for _ in range(3)))
    assert await lettered.earned() == SHARE
    assert await refused(lettered.answer("ほかの言葉")) == "letter_answered"
    await asyncio.gather(*(lettered.ask_back("同じ質問") for _ in range(3)))
    await asyncio.gather(*(lettered.answer_back("同じ返事") for _ in range(3)))
    assert await lettered.told(lettered.caller) == ["answered", "back_answered"]


async def test_the_price_is_the_one_that_was_shown(lettered: Lettered) -> None:
    raised = LetterOffer(accepts=True, points=2000, usual_hours=24, most_open=3, takes_tab=False)
    await lettered.do(offers.set_own, lettered.settings, lettered.cast, raised)
    assert await refused(lettered.send()) == "letter_price_changed"
    await lettered.send(points=2000)
    await lettered.do(offers.set_own, lettered.settings, lettered.cast, OFFER)
    await lettered.answer()
    assert (await lettered.points_of(), await lettered.earned()) == (8000, 1600)


async def test_no_more_wait_than_the_cast_takes(lettered: Lettered) -> None:
    for number in range(OFFER.most_open):
        other = await lettered.do(new_user, f"客{number}", points=2000)
        await lettered.send(caller=other)
    assert await refused(lettered.send()) == "letters_full"
    await lettered.answer()
    await lettered.send()


async def test_who_may_send_is_said(lettered: Lettered) -> None:
    poor = await lettered.do(new_user, "貧しい", points=1499)
    assert await refused(lettered.send(caller=poor)) == "points_short"
    unsure = await lettered.do(new_user, "未確認", points=2000, confirmed=False)
    assert await refused(lettered.send(caller=unsure)) == "not_confirmed"
    assert await refused(lettered.send(caller=lettered.cast)) == "own_letter"
    await lettered.do(limits.set_limits, lettered.caller, day_points=1000, month_points=None)
    assert await refused(lettered.send()) == "own_limit_reached"
    lettered.settings = lettered.settings.model_copy(update={"letters": False})
    assert await refused(lettered.send()) == "letters_off"


async def test_so_many_a_day_and_no_more(lettered: Lettered) -> None:
    lettered.settings = lettered.settings.model_copy(update={"letters_a_day": 1})
    await lettered.send()
    await lettered.answer()
    assert await refused(lettered.send()) == "letters_too_many"
    await lettered.pass_days(1.01)
    await lettered.send()


async def test_nobody_else_reads_or_answers(lettered: Lettered) -> None:
    await lettered.send()
    stranger = await lettered.do(new_user, "他人")
    for verb in (answering.answer, answering.answer_back, asking_back.ask_back):
        doing = lettered.do(verb, lettered.settings, lettered.letter, stranger, "だれ")
        assert await refused(doing) == "letter_unknown"
    assert await refused(lettered.do(views.letter, lettered.letter, stranger)) == "letter_unknown"
    # Nor does one side do what the other's is.
    mine = lettered.do(answering.answer, lettered.settings, lettered.letter, lettered.caller, "私")
    assert await refused(mine) == "letter_unknown"


async def test_a_draft_is_kept_until_it_is_answered(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.do(answering.save_draft, lettered.letter, lettered.cast, "書きかけ\n")
    assert await lettered.do(answering.draft_of, lettered.letter) == "書きかけ"
    await lettered.do(answering.save_draft, lettered.letter, lettered.cast, " ")
    assert await lettered.do(answering.draft_of, lettered.letter) == ""
    await lettered.do(answering.save_draft, lettered.letter, lettered.cast, "書きなおし")
    await lettered.answer()
    assert await lettered.do(answering.draft_of, lettered.letter) == ""
    late = lettered.do(answering.save_draft, lettered.letter, lettered.cast, "遅い")
    assert await refused(late) == "letter_answered"


async def test_what_wants_something_is_counted(lettered: Lettered) -> None:
    async def wanting() -> tuple[int, int]:
        both = (lettered.caller, lettered.cast)
        found = [await lettered.do(views.wanting, user) for user in both]
        return found[0], found[1]

    await lettered.send()
    assert await wanting() == (0, 1)
    await lettered.answer()
    assert await wanting() == (1, 0)
    await lettered.do(asking_back.look, lettered.letter, lettered.caller)
    assert await wanting() == (0, 0)
    await lettered.ask_back()
    assert await wanting() == (0, 1)
    await lettered.answer_back()
    assert await wanting() == (1, 0)
    (one,) = (await lettered.do(views.of_user, lettered.caller, 1, wanting=True)).items
    assert (one.id, one.side, one.other_name) == (lettered.letter, "caller", "さくら")


async def test_it_stands_in_statement_and_earnings(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.answer()
    page = await lettered.do(statements.statement, lettered.caller)
    assert [(line.kind, line.amount) for line in page.lines][:1] == [("hold", -1500)]
    wallet = await lettered.do(earnings.wallet_of, lettered.cast)
    found = await lettered.do(earnings.lines, wallet, earnings.BEGINNING, earnings.END, 1, 10)
    assert [(one.kind, one.gross, one.share) for one in found] == [("reserved", 1500, SHARE)]


async def test_on_the_tab_it_holds_the_limit_and_is_billed_once(lettered: Lettered) -> None:
    lettered.settings = lettered.settings.model_copy(update=TAB)
    await lettered.send(pays="tab")
    assert await lettered.points_of() == 10_000
    assert await lettered.do(billing.bill_settled, lettered.settings) == []
    await lettered.answer()
    assert await lettered.earned() == SHARE
    for _ in range(2):
        await lettered.do(billing.bill_settled, lettered.settings)
    (bill,) = await lettered.do(bills.bills_of, lettered.caller)
    assert (bill.yen, bill.owed) == (1500, 1500)
    assert (await lettered.see(lettered.caller)).pays == "tab"


async def test_the_tab_must_be_taken_by_site_and_cast(lettered: Lettered) -> None:
    assert await refused(lettered.send(pays="tab")) == "tab_not_taken"
    lettered.settings = lettered.settings.model_copy(update={**TAB, "tab_limit": 1000})
    assert await refused(lettered.send(pays="tab")) == "tab_short"


async def test_the_database_keeps_what_was_agreed(lettered: Lettered) -> None:
    await lettered.send()
    for change in (
        "UPDATE letters SET points = 1", "UPDATE letter_texts SET text = 'x'",
        "DELETE FROM letters", "UPDATE letters SET due_at = now()",
    ):  # fmt: skip
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
            await lettered.do(lambda tx, change=change: tx.execute(sa.text(change)))


@pytest.mark.parametrize(
    ("offer", "code"),
    [
        (LetterOffer(True, 99, 48, 3, False), "letter_points_bounds"),
        (LetterOffer(True, 30_001, 48, 3, False), "letter_points_bounds"),
        (LetterOffer(True, 1000, 47, 3, False), "letter_hours_unknown"),
        # Later than what is promised.
        (LetterOffer(True, 1000, 240, 3, False), "letter_hours_unknown"),
        (LetterOffer(True, 1000, 48, 0, False), "letter_open_bounds"),
        (LetterOffer(True, 1000, 48, 51, False), "letter_open_bounds"),
    ],
)
async def test_what_can_not_be_offered_is_refused(
    lettered: Lettered, offer: LetterOffer, code: str
) -> None:
    doing = lettered.do(offers.set_own, lettered.settings, lettered.cast, offer)
    assert await refused(doing) == code
