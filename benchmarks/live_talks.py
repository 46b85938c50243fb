"""Thousands of running talks, and minutes of them that fall due when the benchmark says so."""

from dataclasses import dataclass

import psycopg

from foundation.database import Database
from foundation.settings import Settings
from points import audit
from rooms.talk import meter

RATE, SHARE = 100, 80
FIRST_WALLET = 1_000

# Callers have the ids 1…n and casts n+1…2n; the talk i is that of the caller i. Each caller holds
# three lots, the first so small that every few charges burn from two at once.
_PEOPLE = """
INSERT INTO users (id, email, nickname, password_hash, is_cast, confirmed_at)
OVERRIDING SYSTEM VALUE
SELECT i, 'u' || i || '@benchmark.example', 'ゆき', '$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA',
  i > %(n)s, now() FROM generate_series(1, 2 * %(n)s) i;
INSERT INTO wallets (id, kind, user_id) OVERRIDING SYSTEM VALUE
SELECT %(first)s + id, CASE WHEN is_cast THEN 'earnings' ELSE 'points' END, id FROM users;
INSERT INTO rooms (id, cast_id, title, topic, rate, published) OVERRIDING SYSTEM VALUE
SELECT i, %(n)s + i, 'おしゃべり', '雑談', %(rate)s, true FROM generate_series(1, %(n)s) i
"""
_POINTS = """
CREATE TEMP TABLE grants AS
SELECT 3 * (i - 1) + j AS id, %(first)s + i AS wallet, now() + j * interval '30 days' AS expires_at,
  CASE j WHEN 1 THEN 150 + i %% 7 * 100 WHEN 2 THEN 1000 ELSE 10000000 END AS amount
FROM generate_series(1, %(n)s) i, generate_series(1, 3) j;
INSERT INTO transfers (id, debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
  input_hash, at, balance_after) OVERRIDING SYSTEM VALUE
SELECT id, (SELECT id FROM wallets WHERE kind = 'issued'), wallet, amount, 'grant', 'benchmark',
  'benchmark-' || id, '', now() - interval '1 day' + id * interval '1 ms',
  sum(amount) OVER (PARTITION BY wallet ORDER BY id) FROM grants;
INSERT INTO lots (id, wallet_id, kind, granted, remaining, expires_at, latest, source)
OVERRIDING SYSTEM VALUE
SELECT id, wallet, 'paid', amount, amount, expires_at, expires_at + interval '1 month', id
FROM grants;
INSERT INTO lot_moves (transfer_id, lot_id, amount) SELECT id, id, amount FROM grants;
UPDATE wallets w SET balance = g.total
FROM (SELECT wallet, sum(amount) AS total FROM grants GROUP BY 1) g WHERE w.id = g.wallet
"""
_TALKS = """
INSERT INTO talks (id, room_id, caller_id, cast_id, payer_wallet, cast_wallet, rate, share,
  free_ms, minute_ms, with_video, state, running_since, due_at, caller_seen_at, cast_seen_at,
  caller_good_at, cast_good_at, pair, caller_seat, cast_seat) OVERRIDING SYSTEM VALUE
SELECT i, i, i, %(n)s + i, %(first)s + i, %(first)s + %(n)s + i, %(rate)s, %(share)s,
  60000, 60000, true, 'talking', began, began + interval '60 s', began, began, began, began, 1,
  'tab-caller/0123456789abcdef', 'tab-cast/0123456789abcdef'
FROM generate_series(1, %(n)s) i, (SELECT now() - interval '30 days' AS began) b
"""
# As beats do: the evidence of both reaches the next minute's beginning, and goes no further.
_FALL_DUE = """
UPDATE talks SET caller_good_at = due_at, cast_good_at = due_at WHERE id = ANY (%(ids)s)
"""
_NOT_DUE = "SELECT count(*) FROM talks WHERE due_at <= least(caller_good_at, cast_good_at)"


@dataclass
class LiveTalks:
    """Running talks in one database, and a window over them that moves on with every batch."""

    database: Database
    settings: Settings
    owner: psycopg.Connection
    count: int
    _next: int = 0

    @classmethod
    def begin(cls, url: str, owner_url: str, count: int) -> "LiveTalks":
        """Fill an empty database with `count` running talks, none of them due."""
        owner = psycopg.connect(owner_url, autocommit=True, cursor_factory=psycopg.ClientCursor)
        figures = {"n": count, "first": FIRST_WALLET, "rate": RATE, "share": SHARE}
        for statements in (_PEOPLE, _POINTS, _TALKS):
            owner.execute(statements, figures)
        owner.execute("VACUUM (ANALYZE)")
        return cls(Database(url, pool_size=10), Settings(), owner, count)

    async def close(self) -> None:
        """Close the connections."""
        self.owner.close()
        await self.database.close()

    def fall_due(self, size: int) -> list[int]:
        """Let a minute of the next `size` talks fall due, at most all; return their ids."""
        assert size <= self.count
        ids = [(self._next + i) % self.count + 1 for i in range(size)]
        self._next += size
        self.owner.execute(_FALL_DUE, {"ids": ids})
        return ids

    async def charge_as_ticker(self) -> int:
        """Charge all that is due as scheduler.ticker does, to the empty round that ends it."""
        charged = 0
        while True:
            async with self.database.transaction() as tx:
                paid = await meter.charge(tx, self.settings)
            charged += len(paid)
            if not paid:
                return charged

    def must_be_charged(self) -> None:
        """Raise RuntimeError if a minute was left out."""
        found = self.owner.execute(_NOT_DUE).fetchone()
        if found is None or found[0]:
            raise RuntimeError(f"{found} talks were not charged")

    async def prove_books(self) -> str:
        """Prove every invariant of the books. Raises RuntimeError when one is broken."""
        async with self.database.transaction() as tx:
            proofs = await audit.prove(tx)
        if broken := [proof for proof in proofs if proof.broken]:
            raise RuntimeError(f"the books are wrong: {broken}")
        return f"the books: all {len(proofs)} invariants hold"
