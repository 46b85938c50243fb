"""Talks that have just been entered, by thousands, with a session for each side's robot."""

from dataclasses import dataclass
from hashlib import sha256

import psycopg

from benchmarks.live_talks import FIRST_WALLET, RATE, SHARE
from benchmarks.place import HASH

# Beyond whomever a demo site makes. The talk FIRST + i is that of the caller FIRST + i with the
# cast FIRST + CASTS + i in the room FIRST + i.
FIRST = 1_000_000
CASTS = 500_000
POINTS = 10_000_000

_PEOPLE = """
INSERT INTO users (id, email, nickname, password_hash, is_cast, confirmed_at)
OVERRIDING SYSTEM VALUE
SELECT id, 'robot' || id || '@benchmark.example', 'ロボ', %(hash)s, cast_, now()
FROM generate_series(%(low)s, %(high)s) i,
  LATERAL (VALUES (i, false), (i + %(casts)s, true)) s (id, cast_);
INSERT INTO wallets (id, kind, user_id) OVERRIDING SYSTEM VALUE
SELECT %(wallet)s + id, CASE WHEN is_cast THEN 'earnings' ELSE 'points' END, id FROM users
WHERE id BETWEEN %(low)s AND %(high)s OR id BETWEEN %(low)s + %(casts)s AND %(high)s + %(casts)s;
INSERT INTO rooms (id, cast_id, title, topic, rate, published) OVERRIDING SYSTEM VALUE
SELECT i, i + %(casts)s, 'おしゃべり', '雑談', %(rate)s, true
FROM generate_series(%(low)s, %(high)s) i
"""
_POINTS = """
INSERT INTO transfers (id, debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
  input_hash, at, balance_after) OVERRIDING SYSTEM VALUE
SELECT i, (SELECT id FROM wallets WHERE kind = 'issued'), %(wallet)s + i, %(points)s, 'grant',
  'benchmark', 'benchmark-' || i, '', now(), %(points)s
FROM generate_series(%(low)s, %(high)s) i;
INSERT INTO lots (id, wallet_id, kind, granted, remaining, expires_at, latest, source)
OVERRIDING SYSTEM VALUE
SELECT i, %(wallet)s + i, 'granted', %(points)s, %(points)s, now() + interval '60 days',
  now() + interval '90 days', i
FROM generate_series(%(low)s, %(high)s) i;
INSERT INTO lot_moves (transfer_id, lot_id, amount)
SELECT i, i, %(points)s FROM generate_series(%(low)s, %(high)s) i;
UPDATE wallets SET balance = %(points)s
WHERE id BETWEEN %(wallet)s + %(low)s AND %(wallet)s + %(high)s
"""
_TALKS = """
INSERT INTO talks (id, room_id, caller_id, cast_id, payer_wallet, cast_wallet, rate, share,
  free_ms, minute_ms, with_video) OVERRIDING SYSTEM VALUE
SELECT i, i, i, i + %(casts)s, %(wallet)s + i, %(wallet)s + %(casts)s + i, %(rate)s, %(share)s,
  60000, 60000, true
FROM generate_series(%(low)s, %(high)s) i
"""
_LIVE = """
SELECT count(*) FILTER (WHERE state = 'talking'), count(*), count(*) FILTER (WHERE next_minute > 1)
FROM talks WHERE id > %(first)s
"""


def token_of(user_id: int) -> str:
    """Return the session token of a robot: as long as a real one, and the same each time."""
    return f"robot{user_id:038d}"


@dataclass
class EnteredTalks:
    """The talks of one benchmark. `owner` is a connection of the tables' owner."""

    owner: psycopg.Connection
    count: int = 0

    @classmethod
    def on(cls, owner_url: str) -> "EnteredTalks":
        """Work on this database."""
        return cls(psycopg.connect(owner_url, autocommit=True, cursor_factory=psycopg.ClientCursor))

    def grow(self, count: int) -> None:
        """Let there be `count` talks, all entered, the new ones with nobody seated."""
        if count <= self.count:
            return
        low, high = FIRST + self.count + 1, FIRST + count
        figures = {
            "low": low, "high": high, "casts": CASTS, "wallet": FIRST_WALLET, "rate": RATE,
            "share": SHARE, "points": POINTS, "hash": HASH,
        }  # fmt: skip
        for statements in (_PEOPLE, _POINTS, _TALKS):
            self.owner.execute(statements, figures)
        self._open_sessions([*range(low, high + 1), *range(low + CASTS, high + CASTS + 1)])
        self.owner.execute("VACUUM (ANALYZE)")
        self.count = count

    def _open_sessions(self, users: list[int]) -> None:
        with self.owner.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO sessions (token_hash, user_id, expires_at)"
                " VALUES (%s, %s, now() + interval '1 day')",
                [(sha256(token_of(user).encode()).digest(), user) for user in users],
            )

    def state(self) -> tuple[int, int, int]:
        """How many of the talks run, how many there are, and how many have paid a minute."""
        found = self.owner.execute(_LIVE, {"first": FIRST}).fetchone()
        assert found
        return found[0], found[1], found[2]

    def close(self) -> None:
        """Let go of the connection."""
        self.owner.close()
