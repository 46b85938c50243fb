"""Letters that nobody answers, and those whose people part: everything goes back, once."""

import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx, clock
from foundation.errors import UserError
from notify.senders import leave_in_mailbox
from people.accounts.tables import users
from people.meeting import blocks
from points import limits
from rooms.care import blocking, sanctioning, withdrawal, withdrawal_effects
from rooms.talk import billing
from scheduler.errands import Tools
from tests.faults.spoiling import faults, mend, spoil
from tests.scheduler.lines import run_line
from tests.waiting import somebody_waits
from tests.world import HASH, TAB, World, new_user
from tests.writing.letters.lettered import Lettered
from writing.letters import answering, lapsing


async def refused(doing: object) -> str:
    with pytest.raises(UserError) as found:
        await doing  # type: ignore[misc]
    return found.value.code


def tools_of(lettered: Lettered) -> Tools:
    return Tools(lettered.settings, lettered.database, leave_in_mailbox)


async def test_not_answered_within_the_days_everything_goes_back(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.pass_days(4.99)
    assert await lettered.lapse() == 0
    await lettered.pass_days(0.02)
    # The day is over, also where the clock has not come to it yet.
    assert await refused(lettered.answer()) == "letter_over"
    await run_line("lapse_letters", tools_of(lettered))
    assert (await lettered.points_of(), await lettered.earned()) == (10_000, 0)
    assert (await lettered.row()).state == "expired"
    assert await lettered.told(lettered.caller) == ["expired"]
    assert await lettered.told(lettered.cast) == ["sent", "expired_cast"]
    assert await lettered.lapse() == 0
    await lettered.send()


async def test_after_three_hours_off_it_is_done_once(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.pass_days(5 + 3 / 24)
    await asyncio.gather(*(run_line("lapse_letters", tools_of(lettered)) for _ in range(3)))
    assert await lettered.points_of() == 10_000
    assert await lettered.told(lettered.caller) == ["expired"]


async def test_what_lapses_on_the_tab_frees_the_limit(lettered: Lettered) -> None:
    lettered.settings = lettered.settings.model_copy(update=TAB)
    await lettered.send(pays="tab")
    await lettered.pass_days(5.01)
    await lettered.lapse()
    await lettered.do(billing.bill_settled, lettered.settings)
    assert await lettered.do(lambda tx: tx.scalar(sa.text("SELECT count(*) FROM tab_bills"))) == 0
    text = sa.text(f"SELECT text FROM notices WHERE key = 'letters:{lettered.letter}:expired'")
    assert "1,500円分" in str(await lettered.do(lambda tx: tx.scalar(text)))


@pytest.fixture
def just_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an answer have looked at the clock the moment before its day was over."""

    async def earlier(tx: Tx) -> datetime:
        return await clock(tx) - timedelta(hours=1)

    monkeypatch.setattr(answering, "clock", earlier)


@pytest.mark.usefixtures("just_before")
async def test_an_answer_under_way_is_left_by_the_clock(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.pass_days(5.01)
    async with lettered.database.transaction() as tx:
        await answering.answer(tx, lettered.settings, lettered.letter, lettered.cast, "はい")
        assert await lettered.lapse() == 0
    assert await lettered.lapse() == 0
    assert (await lettered.points_of(), await lettered.earned()) == (8500, 1200)
    assert await lettered.told(lettered.caller) == ["answered"]


@pytest.mark.usefixtures("just_before")
async def test_an_answer_that_comes_behind_the_clock_is_refused(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.pass_days(5.01)
    async with lettered.database.transaction() as tx:
        assert await lapsing.lapse(tx, lettered.settings) == 1
        late = asyncio.create_task(refused(lettered.answer()))
        await somebody_waits(lettered.owner)
    assert await late == "letter_over"
    assert (await lettered.points_of(), await lettered.earned()) == (10_000, 0)
    assert await lettered.told(lettered.caller) == ["expired"]


@pytest.mark.usefixtures("just_before")
async def test_answer_and_expiry_at_once_one_wins(lettered: Lettered) -> None:
    for number in range(6):
        before = await lettered.points_of()
        await lettered.send(f"{number}通目")
        await lettered.pass_days(5.01)
        await asyncio.gather(lettered.answer(), lettered.lapse(), return_exceptions=True)
        await lettered.lapse()
        answered = (await lettered.row()).state == "answered"
        assert await lettered.points_of() == before - (1500 if answered else 0)
        assert await lettered.broken() == []


async def test_the_clock_takes_those_of_several_callers(lettered: Lettered) -> None:
    other = await lettered.do(new_user, "あとから", points=2000)
    await lettered.send(caller=other)
    await lettered.send()
    await lettered.pass_days(5.01)
    assert await lettered.lapse() == 2
    assert (await lettered.points_of(), await lettered.points_of(other)) == (10_000, 2000)


async def test_a_bad_letter_stops_no_other(lettered: Lettered, owner_url: str) -> None:
    first = await lettered.send()
    other = await lettered.do(new_user, "客", points=2000)
    await lettered.send(caller=other)
    await lettered.pass_days(5.01)
    spoil(owner_url, "UPDATE", "letters", f"OLD.id = {first}")
    await lettered.lapse()
    assert faults(owner_url) == [("lapse_letter", f"letter:{first}")]
    assert (await lettered.points_of(other), await lettered.points_of()) == (2000, 8500)
    mend(owner_url, "letters")
    await lettered.lapse()
    assert await lettered.points_of() == 10_000
    assert faults(owner_url) == []


@pytest.mark.parametrize("blocker", ["caller", "cast"])
async def test_a_block_while_the_answer_is_being_written(lettered: Lettered, blocker: str) -> None:
    await lettered.send()
    await lettered.do(answering.save_draft, lettered.letter, lettered.cast, "書きかけ")
    one, other = lettered.caller, lettered.cast
    one, other = (one, other) if blocker == "caller" else (other, one)
    effects = await lettered.do(blocking.foresee, one, other)
    assert (effects.letters, effects.lost) == (1, 0)
    async with lettered.database.transaction() as tx:
        await blocking.block(tx, lettered.settings, one, other, 0)
        answer = asyncio.create_task(refused(lettered.answer()))
        await somebody_waits(lettered.owner)
    assert await answer == "letter_over"
    assert (await lettered.points_of(), await lettered.earned()) == (10_000, 0)
    # Neither is told who it was.
    assert await lettered.told(lettered.caller) == ["stopped"]
    assert await lettered.told(lettered.cast) == ["sent", "stopped_cast"]
    late = lettered.do(answering.save_draft, lettered.letter, lettered.cast, "続き")
    assert await refused(late) == "letter_over"


async def test_a_block_while_the_letter_is_being_written(lettered: Lettered) -> None:
    async with lettered.database.transaction() as tx:
        await blocking.block(tx, lettered.settings, lettered.cast, lettered.caller, 0)
        sent = asyncio.create_task(refused(lettered.send()))
        await somebody_waits(lettered.owner)
    assert await sent == "letters_off"
    assert await lettered.points_of() == 10_000


async def test_who_is_blocked_after_an_answer_asks_nothing_back(lettered: Lettered) -> None:
    await lettered.send()
    await lettered.answer()
    await lettered.do(blocks.block, lettered.cast, lettered.caller)
    assert await refused(lettered.ask_back()) == "letters_away"
    # What was answered stays paid, and may be read.
    assert (await lettered.points_of(), await lettered.earned()) == (8500, 1200)
    assert (await lettered.see(lettered.caller)).state == "answered"


@pytest.mark.parametrize("side", ["caller", "cast"])
async def test_a_suspension_gives_everything_back(lettered: Lettered, side: str) -> None:
    await lettered.send()
    staff = await lettered.do(new_user, "スタッフ")
    await lettered.do(set_role, staff)
    user = lettered.caller if side == "caller" else lettered.cast
    words = {"reason": "確認", "words": "確認中です"}
    await lettered.do(sanctioning.suspend, lettered.settings, staff, user, 3, **words)
    assert (await lettered.points_of(), await lettered.earned()) == (10_000, 0)
    row = await lettered.row()
    assert (row.state, row.stopped_for) == ("stopped", side)


async def set_role(tx: Tx, user_id: int) -> None:
    await tx.execute(
        sa.update(users).where(users.c.id == user_id).values(staff_role="administrator")
    )


async def test_a_cast_who_withdraws_gives_everything_back(lettered: Lettered) -> None:
    await lettered.send("退会する前に")
    await lettered.do(answering.save_draft, lettered.letter, lettered.cast, "書きかけ")
    await lettered.do(withdrawal.withdraw, lettered.settings, lettered.cast, HASH)
    assert await lettered.points_of() == 10_000
    assert await lettered.texts() == {"letter": "退会する前に"}
    assert await lettered.do(answering.draft_of, lettered.letter) == ""
    assert (await lettered.see(lettered.caller)).other_name == "退会した会員"
    assert await refused(lettered.send()) == "letters_off"


async def test_a_caller_who_withdraws_leaves_the_answer_and_not_their_words(
    lettered: Lettered,
) -> None:
    await lettered.send("一通目")
    await lettered.answer("一通目の返事")
    await lettered.ask_back("一通目の質問")
    first = lettered.letter
    await lettered.send("二通目")
    foreseen = await lettered.do(withdrawal_effects.foresee, lettered.settings, lettered.caller)
    assert (foreseen.letters.sent, foreseen.forfeited) == (1, 8500)
    await lettered.do(withdrawal.withdraw, lettered.settings, lettered.caller, HASH)
    assert await lettered.points_of() == 0
    assert await lettered.texts(first) == {"answer": "一通目の返事"}
    assert await lettered.texts() == {}
    assert await refused(lettered.do(answer_back, lettered, first)) == "letter_withdrawn"


async def answer_back(tx: Tx, lettered: Lettered, letter: int) -> None:
    await answering.answer_back(tx, lettered.settings, letter, lettered.cast, "続き")


async def test_a_letter_counts_for_the_limits_of_a_talk_that_runs(
    lettered: Lettered, database: Database
) -> None:
    """What is held is spent by one's own limits, also for the talk in which one writes."""
    world = await World.of(database, lettered.settings, points=10_000, rate=100)
    await world.enter()
    await lettered.do(limits.set_limits, world.caller, day_points=2000, month_points=None)
    await lettered.send(caller=world.caller)
    cap = sa.text("SELECT spend_cap_minutes FROM talks WHERE id = :talk")
    left = await lettered.do(lambda tx: tx.scalar(cap, {"talk": world.talk}))
    assert left == (2000 - 1500) // 100
