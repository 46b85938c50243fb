"""How long a page of a statement takes in the database, of a wallet with 100,000 rows.

Two such wallets: one that is used as people use one, and the worst that can be made of the rows,
where every minute stands alone because something else came between it and the next.
"""

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import sqlalchemy as sa
import uvloop

from benchmarks.place import HASH, Place, percentile, place, told
from foundation.database import Database, Tx
from points import limits, statement_lines, statements
from web.pages.points.moves import moves
from web.pages.points.statement import GROUPS, PAGE_LINES

TALKS = 8_000
MINUTES = 11  # a talk: 88,000 charges; purchases, returns and expiries make it 100,000
LONG_MINUTES = 1_000
PAGES = 60
# The fastest of so many reads counts: what a page costs, not what else the machine does.
READS = 3
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
HOURS = TALKS

PEOPLE = f"""
INSERT INTO users (email, nickname, password_hash, is_cast)
VALUES ('usual@bench.example', 'usual', '{HASH}', false),
  ('worst@bench.example', 'worst', '{HASH}', false),
  ('cast@bench.example', 'cast', '{HASH}', true);
INSERT INTO wallets (kind, user_id)
SELECT CASE WHEN is_cast THEN 'earnings' ELSE 'points' END, id FROM users;
INSERT INTO rooms (cast_id, title, topic, rate) SELECT id, 'r', 't', 10 FROM users WHERE is_cast
"""

# A talk of `minutes` begins each hour of `talks` hours; the marks are where other rows may stand.
TALK = """
INSERT INTO talks (room_id, caller_id, cast_id, payer_wallet, cast_wallet, rate, share, free_ms,
  minute_ms, with_video, state, entered_at, ended_at, end_reason, next_minute)
SELECT r.id, u.id, r.cast_id, w.id, (SELECT id FROM wallets WHERE kind = 'earnings'), 10, 8,
  60000, 60000, true, 'ended', TIMESTAMPTZ '2024-01-01 00:00Z' + n * interval '{apart}', now(),
  'caller_left', {minutes} + 1
FROM rooms r, users u JOIN wallets w ON w.user_id = u.id, generate_series(0, {talks} - 1) n
WHERE u.nickname = '{who}';
INSERT INTO charges (talk_id, minute, payer_wallet, cast_wallet, gross, share, fee, at,
  balance_after)
SELECT t.id, n, t.payer_wallet, t.cast_wallet, 10, 8, 2, t.entered_at + n * interval '1 minute',
  1000
FROM talks t JOIN users u ON u.id = t.caller_id, generate_series(1, {minutes}) n
WHERE u.nickname = '{who}'
"""

# {kind}: n rows for one user, `apart` from each other, `shift` after the talks' marks.
MOVES = """
INSERT INTO transfers (debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
  input_hash, at, balance_after)
SELECT {debit}, {credit}, 10, '{kind}', 'bench', '{who}-{kind}-' || n, '\\x00',
  TIMESTAMPTZ '2024-01-01 00:00Z' + n * interval '{apart}' + interval '{shift}', 1000
FROM users u JOIN wallets w ON w.user_id = u.id, generate_series(0, {count} - 1) n
WHERE u.nickname = '{who}'
"""
SITE = "(SELECT id FROM wallets WHERE kind = '{}' AND user_id IS NULL)"

RETURNS = """
INSERT INTO charge_returns (talk_id, minute, kind, gross, share, fee, reason, at, payer_wallet,
  balance_after)
SELECT c.talk_id, c.minute, 'cut_short', c.gross, c.share, c.fee, 'bench',
  c.at + interval '30 seconds', c.payer_wallet, 1000
FROM charges c JOIN users u ON u.nickname = 'usual' JOIN wallets w ON w.user_id = u.id
WHERE c.payer_wallet = w.id AND c.minute = 11 AND c.talk_id % 2 = 0
"""

USUAL = (
    TALK.format(who="usual", talks=TALKS, minutes=MINUTES, apart="1 hour"),
    MOVES.format(who="usual", kind="purchase", debit=SITE.format("issued"), credit="w.id",
                 count=4000, apart="2 hours", shift="50 minutes"),
    MOVES.format(who="usual", kind="bonus", debit=SITE.format("issued"), credit="w.id",
                 count=2000, apart="4 hours", shift="51 minutes"),
    MOVES.format(who="usual", kind="expiry", debit="w.id", credit=SITE.format("expired"),
                 count=2000, apart="4 hours", shift="55 minutes"),
    RETURNS,
)  # fmt: skip
WORST = (
    TALK.format(who="worst", talks=50, minutes=LONG_MINUTES, apart="1000 minutes"),
    MOVES.format(who="worst", kind="purchase", debit=SITE.format("issued"), credit="w.id",
                 count=50_000, apart="1 minute", shift="30 seconds"),
)  # fmt: skip


async def measure(found: Place) -> list[str]:
    """Read pages of both wallets, with every filter; return what was found."""
    database = Database(found.url, pool_size=2)
    async with database.transaction() as tx:
        rows = await tx.execute(sa.text("SELECT nickname, id FROM users WHERE NOT is_cast"))
        people = {str(row.nickname): int(row.id) for row in rows}
        counted = [await _rows(database, user) for user in people.values()]
    lines = [f"rows:    {counted[0]:,} and {counted[1]:,}; pages of {PAGE_LINES} lines"]
    for who, user in people.items():
        lines.append(f"{who}:")
        for group, (_, kinds) in GROUPS.items():
            lines.append(f"  {group or 'all':9} {_told(await _pages(database, user, kinds))}")
    lines.append(f"limits:  {_told(await _limits(database, people['usual']))}")
    lines.append(f"walk:    {await _walk(database, people['usual'])}")
    await database.close()
    return lines


async def _rows(database: Database, user: int) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(_ROWS, {"user": user}) or 0)


async def _pages(database: Database, user: int, kinds: Sequence[str]) -> list[float]:
    """Read pages all over the wallet's life, the first and the last among them."""
    chance = random.Random(1)
    hours = [0.0, float(HOURS + 24), *(chance.uniform(0, HOURS) for _ in range(PAGES))]
    spent = []
    async with database.transaction() as tx:
        for hour in hours:
            cursor = statement_lines.LinePosition(BEGINNING + timedelta(hours=hour))
            spent.append(min([await _page(tx, user, kinds, cursor) for _ in range(READS)]))
    return spent


async def _page(
    tx: Tx, user: int, kinds: Sequence[str], cursor: statement_lines.LinePosition
) -> float:
    began = time.perf_counter()
    page = await statements.statement(tx, user, kinds=kinds, cursor=cursor, size=PAGE_LINES)
    await moves(tx, page.lines)
    return time.perf_counter() - began


async def _limits(database: Database, user: int) -> list[float]:
    spent = []
    async with database.transaction() as tx:
        for _ in range(PAGES):
            began = time.perf_counter()
            await limits.limits_of(tx, user)
            spent.append(time.perf_counter() - began)
    return spent


async def _walk(database: Database, user: int) -> str:
    """Follow the pages from the latest line to the first: every row is told once, in order."""
    cursor, lines, began = None, [], time.perf_counter()
    async with database.transaction() as tx:
        while True:
            page = await statements.statement(tx, user, cursor=cursor, size=statements.MOST_LINES)
            lines += page.lines
            cursor = page.next_cursor
            if cursor is None:
                break
    minutes = sum((line.last_minute or 1) - (line.first_minute or 1) + 1 for line in lines)
    ordered = all(a.at >= b.at for a, b in pairwise(lines))
    took = time.perf_counter() - began
    return f"{len(lines):,} lines of {minutes:,} rows in {took:.1f} s, in order: {ordered}"


def _told(spent: Sequence[float]) -> str:
    middle, high = (percentile(spent, percent) * 1000 for percent in (50, 99))
    return f"median {middle:5.1f} ms, 99 %: {high:5.1f} ms, slowest {max(spent) * 1000:5.1f} ms"


_ROWS = sa.text("""
SELECT (SELECT count(*) FROM charges WHERE payer_wallet = w.id)
  + (SELECT count(*) FROM charge_returns WHERE payer_wallet = w.id)
  + (SELECT count(*) FROM transfers WHERE debit_wallet = w.id OR credit_wallet = w.id)
FROM wallets w WHERE user_id = :user
""")


def main() -> None:
    """Measure on a database of its own."""
    with place() as found:
        replica = "SET session_replication_role = replica"
        found.fill(replica, PEOPLE, *USUAL, *WORST)
        goal = "a page under 50 ms, whatever the wallet and the page"
        print(told("A page of a statement", goal, uvloop.run(measure(found))))


if __name__ == "__main__":
    main()
