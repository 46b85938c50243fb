"""The desk of payouts with much on it: a page asks no more of the database, and leads on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from foundation.database import Database
from foundation.settings import Settings
from tests.payouts.payday import Payday
from tests.web.conftest import Open
from tests.web.scene import Browser
from tests.web.staff.scene import make_staff

MANY = 24
ASKED = {"payout": "request", "talk_seller": "cast"}
# As many again of the one payout that there is.
_MORE = sa.text("""
INSERT INTO payouts (user_id, way, state, gross, bank_fee, requested_on, run_id, seller,
  tax_percent, withheld, category, account_id)
SELECT user_id, way, state, gross, bank_fee, requested_on - n, run_id, seller, tax_percent,
  withheld, category, account_id
FROM payouts, generate_series(1, 200) n WHERE run_id = :run
""")


@dataclass
class Asked:
    """How many statements were sent."""

    number: int = field(default=0)

    def note(self, *_: Any) -> None:
        """One more."""
        self.number += 1


@contextmanager
def counted(database: Database) -> Iterator[Asked]:
    """Count what is asked of the database."""
    asked, engine = Asked(), database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", asked.note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", asked.note)


@pytest.fixture
async def day(database: Database, owner_database: Database, settings: Settings) -> Payday:
    return await Payday.of(database, owner_database, settings.model_copy(update=ASKED))


async def earners(day: Payday, many: int) -> list[int]:
    """Casts who earned, and asked for it."""
    casts = [await day.cast(f"キャスト{number}") for number in range(many)]
    for number, cast in enumerate(casts, 1):
        await day.account(cast, number=f"{cast:07}")
        await day.earn(cast, 6 + number % 3)
    await day.top_up()
    await day.pass_days(40)
    for cast in casts:
        await day.ask(cast, 6000)
    return casts


async def at_the_desk(open_browser: Open, database: Database) -> Browser:
    """Somebody of finance who signs in now: sessions end while days pass."""
    browser = await open_browser(**ASKED)
    await browser.sign_in(await make_staff(database, "finance"), database)
    return browser


async def cost(browser: Browser, database: Database, path: str) -> tuple[int, str]:
    """What a page asks of the database when it has been read before, and what it says."""
    await browser.get(path)
    with counted(database) as asked:
        answer = await browser.get(path)
        assert answer.status == 200
        said = await answer.text()
    return asked.number, said


async def test_a_page_asks_the_same_of_the_database_with_many_lines(
    day: Payday, open_browser: Open, database: Database
) -> None:
    (first,) = await earners(day, 1)
    one_run = await day.gather(await day.staff())
    await earners(day, MANY)
    finance = await at_the_desk(open_browser, database)
    waiting, said = await cost(finance, database, "/staff/payouts")
    assert f"{MANY}件をまとめる" in said
    many_run = await day.gather(await day.staff())
    empty, _ = await cost(finance, database, "/staff/payouts")
    assert waiting <= empty + 2
    lines = [
        await cost(finance, database, f"/staff/payouts/runs/{run}") for run in (one_run, many_run)
    ]
    assert [text.count("/staff/payouts/casts/") for _, text in lines] == [1, MANY]
    assert lines[1][0] == lines[0][0]
    single, _ = await cost(finance, database, f"/staff/payouts/casts/{first}")
    # A good third of them are the counts in the bar.
    assert single < 48


async def test_a_line_leads_to_noting_that_it_came_back(
    day: Payday, open_browser: Open, database: Database
) -> None:
    cast = await day.payable()
    payout = await day.paid(cast, 6000)
    async with database.transaction() as tx:
        run = await tx.scalar(sa.text("SELECT run_id FROM payouts"))
    finance = await at_the_desk(open_browser, database)
    page = f"/staff/payouts/runs/{run}"
    _, said = await cost(finance, database, page)
    assert '<details id="reject">' in said
    assert f'href="?page=1&amp;reject={payout}#reject"' in said
    _, said = await cost(finance, database, f"{page}?page=1&reject={payout}")
    assert '<details id="reject" open>' in said
    assert f'name="payout" value="{payout}"' in said
    assert (await finance.get(f"{page}?reject=x")).status == 400


async def test_the_lines_that_want_a_look_are_first_and_can_be_shown_alone(
    day: Payday, open_browser: Open, database: Database
) -> None:
    known = await day.payable("みお", minutes=30)
    await day.paid(known, 6000)
    await day.pass_days(1)
    new = await day.payable("さくら")
    for cast in (known, new):
        await day.ask(cast, 6000)
    run = await day.gather(await day.staff())
    finance = await at_the_desk(open_browser, database)
    page = f"/staff/payouts/runs/{run}"
    _, said = await cost(finance, database, page)
    assert said.index(f"casts/{new}") < said.index(f"casts/{known}")
    assert "はじめての振込" in said
    assert "印のついた1件" in said
    assert 'href="?marked=1#lines"' in said
    _, said = await cost(finance, database, f"{page}?marked=1")
    assert f"casts/{new}" in said
    assert f"casts/{known}" not in said
    await day.agreed(run, await day.staff())
    _, said = await cost(finance, database, f"{page}?marked=1")
    assert f"casts/{known}" in said
    assert "はじめての振込" not in said


async def test_a_page_of_a_run_holds_two_hundred_lines(
    day: Payday, open_browser: Open, database: Database
) -> None:
    await earners(day, 1)
    run = await day.gather(await day.staff())
    async with day.owner.transaction() as tx:
        await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        await tx.execute(_MORE, {"run": run})
    finance = await at_the_desk(open_browser, database)
    pages = [f"/staff/payouts/runs/{run}?page={number}" for number in (1, 2)]
    said = [(await cost(finance, database, page))[1] for page in pages]
    assert [text.count("/staff/payouts/casts/") for text in said] == [200, 1]
    assert "印のついた201件" in said[0]
