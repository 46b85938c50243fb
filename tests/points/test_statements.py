"""The passbook: every line is the step from one balance to the next, however it is paged."""

import itertools
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from foundation.database import Database, clock
from points import ledger, statements
from points.statement_lines import StatementLine
from tests.points.till import Till


@pytest.fixture
async def till(database: Database, owner_database: Database) -> AsyncIterator[Till]:
    """A caller with a long story; afterwards every invariant of the books holds."""
    till = await Till.open(database, owner_database)
    first = await till.buy(1000, 50)
    await till.enter()
    await till.charge(3)
    await till.buy(500)
    await till.charge(2)
    await till.do(ledger.return_points, till.talk, 150, reason="謝罪", actor_id=till.caller)
    await till.enter(70)
    await till.charge(1)
    await till.do(ledger.take_back, first, 100, why="r1")
    await till.do(ledger.correct, till.caller, 20, "訂正", actor_id=None, key="c1")
    await till.enter(70)
    await till.run_out("paid")
    await till.do(ledger.expire_due)
    yield till
    await till.prove()


async def lines(till: Till, **asked: object) -> list[StatementLine]:
    page = await till.do(statements.statement, till.caller, **asked)
    return list(page.lines)


async def test_every_movement_is_a_line_and_minutes_in_a_row_are_one(till: Till) -> None:
    told = [
        (line.kind, line.amount, line.first_minute, line.last_minute) for line in await lines(till)
    ][::-1]
    assert told[:6] == [
        ("purchase", 1000, None, None),
        ("bonus", 50, None, None),
        ("charge", -300, 1, 3),
        ("purchase", 500, None, None),
        ("charge", -200, 4, 5),
        ("return", 150, 4, 5),
    ]
    assert [kind for kind, *_ in told[6:]] == ["charge", "refund", "correction", "expiry"]


async def test_each_amount_is_the_step_between_balances(till: Till) -> None:
    story = await lines(till)
    for line, below in itertools.pairwise(story):
        assert line.balance_after - line.amount == below.balance_after
    assert story[-1].balance_after == story[-1].amount
    held = await till.do(ledger.points_of, till.caller)
    assert story[0].balance_after == held.balance


@pytest.mark.parametrize("size", [1, 2, 3, 7])
async def test_pages_put_together_are_the_whole(till: Till, size: int) -> None:
    whole = await lines(till)
    pages, cursor = [], None
    while True:
        page = await till.do(statements.statement, till.caller, cursor=cursor, size=size)
        assert len(page.lines) <= size
        pages += page.lines
        cursor = page.next_cursor
        if cursor is None:
            break
    assert pages == whole


@pytest.mark.parametrize("kind", statements.KINDS)
async def test_a_filter_shows_that_kind_alone(till: Till, kind: str) -> None:
    whole = await lines(till)
    assert await lines(till, kinds=[kind]) == [line for line in whole if line.kind == kind]


async def test_a_time_bounds_the_lines(till: Till) -> None:
    whole = await lines(till)
    cut = whole[4].at
    assert await lines(till, until=cut) == whole[5:]
    later = await lines(till, since=cut)
    assert later == whole[:5]


async def test_the_download_is_the_whole(till: Till) -> None:
    async with till.database.transaction() as tx:
        rows = [line async for line in statements.csv_rows(tx, till.caller)]
    assert rows == await lines(till)


async def test_somebody_without_points_has_an_empty_statement(till: Till) -> None:
    assert await till.do(statements.statement, 999_999) == statements.StatementPage([], None)


async def test_what_expires_when(till: Till) -> None:
    async with till.owner.transaction() as tx:
        await tx.execute(sa.text("SELECT 1"))
    expiring = await till.do(statements.expiring, till.caller)
    assert sum(line.points for line in expiring) == await till.points()
    assert [line.bonus for line in expiring] == [50]
    now = await till.do(clock)
    assert all(line.at > now for line in expiring)


@pytest.fixture
async def crowded(till: Till) -> Till:
    """A caller with many rows at one microsecond: transfers, and a run of minutes at its end."""
    async with till.owner.transaction() as tx:
        await tx.execute(sa.text(CROWD), {"caller": till.caller})
    return till


CROWD = """
WITH mine AS (
  SELECT w.id, w.balance FROM wallets w WHERE w.user_id = :caller AND w.kind = 'points'
), lasts AS (
  SELECT c.* FROM charges c JOIN mine ON c.payer_wallet = mine.id ORDER BY c.at DESC LIMIT 1
)
INSERT INTO transfers (debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
  input_hash, at, balance_after)
SELECT (SELECT id FROM wallets WHERE kind = 'issued'), mine.id, n, k.kind, 'x',
  'crowd-' || k.kind || n, '\\x00', lasts.at, mine.balance
FROM mine, lasts, generate_series(1, 5) n, unnest(ARRAY['grant', 'correction']) k (kind)
"""


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 11])
async def test_lines_of_one_microsecond_stand_on_one_page_each_and_on_none_twice(
    crowded: Till, size: int
) -> None:
    try:
        whole = await lines(crowded)
        at_once = [line for line in whole if line.transfer_id and line.reason == "x"]
        assert len(at_once) == 10
        assert len({line.at for line in at_once}) == 1
        pages, cursor = [], None
        while True:
            page = await crowded.do(statements.statement, crowded.caller, cursor=cursor, size=size)
            pages += page.lines
            cursor = page.next_cursor
            if cursor is None:
                break
        assert pages == whole
        assert [line.ends for line in whole] == sorted((line.ends for line in whole), reverse=True)
        assert len({line.ends for line in whole}) == len(whole)
    finally:
        await _disperse(crowded)


async def _disperse(till: Till) -> None:
    """The crowd was written behind the ledger's back: take it away before the books are proved."""
    async with till.owner.transaction() as tx:
        await tx.execute(sa.text("SET LOCAL session_replication_role = replica"))
        await tx.execute(
            sa.text("DELETE FROM transfers WHERE starts_with(idempotency_key, 'crowd')")
        )


@pytest.mark.parametrize("kind", ["charge", "return", "grant"])
async def test_a_place_at_one_microsecond_tells_what_is_before_it_in_every_source(
    crowded: Till, kind: str
) -> None:
    try:
        whole = await lines(crowded)
        for number, line in enumerate(whole):
            rest = await lines(crowded, kinds=[kind], cursor=line.begins)
            assert rest == [below for below in whole[number + 1 :] if below.kind == kind]
    finally:
        await _disperse(crowded)
