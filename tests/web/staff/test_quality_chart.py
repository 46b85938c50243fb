"""The chart of a talk's quality is drawn to scale, breaks with silence, and is a table too."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from rooms.talk.proof.evidence import Evidence
from rooms.talk.proof.quality import Quality
from rooms.talk.proof.sides import KindEvidence, SideEvidence
from tests.web.scene import Browser
from tests.web.staff.scene import make_staff
from tests.web.staff.test_staff import claimed
from web.pages.staff.quality_chart import HEIGHT, LEFT, TOP, WIDTH, quality_chart

BEGAN = datetime(2026, 3, 1, 10, tzinfo=UTC)
PART = timedelta(minutes=1)


def part(place: int, loss: int | None, rtt: int | None) -> Quality:
    began_at = BEGAN + place * PART
    return Quality(began_at, began_at + PART, loss, rtt, 12, 12, 0)


def record(*caller: Quality) -> Evidence:
    none = KindEvidence(0, 0)
    empty = SideEvidence(
        "caller", None, None, None, None, 0, 0, 0, 0, 0, None, 0, 0, [], 0, [], none, none, 0, [], 0
    )
    sides = [replace(empty, quality=list(caller)), replace(empty, side="cast")]
    until = BEGAN + 10 * PART
    return Evidence(1, "ended", None, BEGAN, until, 0, 0, 100, True, [], sides, False)


def test_dots_stand_in_the_middle_of_their_time_and_to_scale() -> None:
    drawn = quality_chart(record(part(0, 0, 100), part(1, 40, 50), part(9, None, None)))
    assert drawn
    loss, rtt = drawn.panels
    assert [(dot.x, dot.y) for dot in loss.runs["caller"][0]] == [
        (LEFT + WIDTH / 20, TOP + HEIGHT),
        (LEFT + WIDTH * 3 / 20, TOP),
    ]
    assert [dot.y for dot in rtt.runs["caller"][0]] == [TOP + HEIGHT / 2, TOP + HEIGHT * 3 / 4]
    assert [value for _, value in loss.scale] == [0, 2, 4]
    assert [value for _, value in rtt.scale] == [0, 100, 200]
    assert drawn.panels[0].runs["cast"] == []


def test_lines_break_where_a_side_told_nothing() -> None:
    drawn = quality_chart(record(part(0, 5, 9), part(1, 5, 9), part(4, 5, None), part(5, 5, 9)))
    assert drawn
    assert [len(run) for run in drawn.panels[0].runs["caller"]] == [2, 2]
    assert [len(run) for run in drawn.panels[1].runs["caller"]] == [2, 1]


def test_where_nothing_was_told_there_is_no_chart() -> None:
    assert quality_chart(record()) is None


@pytest.fixture
async def staff(browser: Browser, database: Database) -> User:
    """A member of staff, signed in."""
    user = await make_staff(database)
    await browser.sign_in(user, database)
    return user


async def test_it_stands_beside_a_claim_with_words_and_a_table(
    browser: Browser, database: Database, settings: Settings, staff: User
) -> None:
    await claimed(database, settings)
    page = await (await browser.get("/staff/claims")).text()
    (shown,) = re.findall(r'(?s)<div class="quality.*?</div>\s*</details>', page)
    assert len(re.findall("<svg", shown)) == 2
    for label in re.findall(r'<svg[^>]*aria-label="([^"]*)"', shown):
        assert "お客様" in label
        assert "キャスト" in label
    assert "<table" in shown


async def test_a_side_that_was_silent_says_so_in_the_table(
    browser: Browser, database: Database, settings: Settings, staff: User
) -> None:
    await claimed(database, settings)
    async with database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM beats WHERE side = 'cast'"))
    page = await (await browser.get("/staff/claims")).text()
    (rows,) = re.findall(r"(?s)通信の質を表で見る.*?<tbody>(.*?)</tbody>", page)
    assert rows.count("応答なし") == rows.count("<tr>") > 0


async def test_without_beats_it_says_so(
    browser: Browser, database: Database, settings: Settings, staff: User
) -> None:
    await claimed(database, settings)
    async with database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM beats"))
    page = await (await browser.get("/staff/claims")).text()
    assert "通信の質の記録はありません。" in page
