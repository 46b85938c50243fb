"""Very many talks at once, put into the tables by the hundred."""

import sqlalchemy as sa

from foundation.database import Tx
from tests.world import HASH

# Each statement makes one row a talk; k counts them. Callers hold several small lots.
_CROWD = [
    """
    INSERT INTO users (email, nickname, password_hash, is_cast, confirmed_at)
    SELECT :name || '-' || role || k || '@test.example', 'ゆき', :hash, true, now()
    FROM generate_series(1, :count) k, (VALUES ('caller'), ('cast')) r (role)
    """,
    """
    CREATE TEMPORARY TABLE crowd ON COMMIT DROP AS
    SELECT k, caller.id AS caller, "cast".id AS "cast", row_number() OVER (ORDER BY k) AS n
    FROM generate_series(1, :count) k
    JOIN users caller ON caller.email = :name || '-caller' || k || '@test.example'
    JOIN users "cast" ON "cast".email = :name || '-cast' || k || '@test.example'
    """,
    """
    INSERT INTO rooms (cast_id, title, topic, rate, published)
    SELECT "cast", 'おしゃべり', '雑談', :rate, true FROM crowd
    """,
    """
    INSERT INTO wallets (user_id, kind, balance)
    SELECT caller, 'points', CASE WHEN n % 3 = 0 THEN :poor ELSE :rich END * :size FROM crowd
    UNION ALL SELECT "cast", 'earnings', 0 FROM crowd
    """,
    """
    CREATE TEMPORARY TABLE given ON COMMIT DROP AS
    SELECT w.id AS wallet, g, :name || '-' || c.k || '-' || g AS key
    FROM crowd c JOIN wallets w ON w.user_id = c.caller AND w.kind = 'points',
      generate_series(1, CASE WHEN n % 3 = 0 THEN :poor ELSE :rich END) g
    """,
    """
    INSERT INTO transfers (debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
      input_hash, balance_after)
    SELECT (SELECT id FROM wallets WHERE kind = 'issued' AND user_id IS NULL), wallet, :size,
      'grant', 'crowd', key, ''::bytea, g * :size FROM given ORDER BY wallet, g
    """,
    """
    INSERT INTO lots (wallet_id, kind, granted, remaining, expires_at, latest, source)
    SELECT wallet, 'granted', :size, :size, now() + (10 - g) * interval '1 day',
      now() + interval '5 months', t.id
    FROM given JOIN transfers t ON t.idempotency_key = key
    """,
    """
    INSERT INTO lot_moves (transfer_id, lot_id, amount)
    SELECT t.id, l.id, :size FROM given JOIN transfers t ON t.idempotency_key = key
    JOIN lots l ON l.source = t.id
    """,
    """
    INSERT INTO talks (room_id, caller_id, cast_id, payer_wallet, cast_wallet, rate, share, free_ms,
      minute_ms, with_video, state, entered_at, running_since, due_at, pair, caller_seen_at,
      cast_seen_at, caller_good_at, cast_good_at)
    SELECT r.id, c.caller, c."cast", p.id, e.id, :rate, :rate * 80 / 100, 60000, 60000, true,
      'talking', begun, begun, begun + interval '60 s', 1, now(), now(), now(), now()
    FROM crowd c JOIN rooms r ON r.cast_id = c."cast"
    JOIN wallets p ON p.user_id = c.caller AND p.kind = 'points'
    JOIN wallets e ON e.user_id = c."cast" AND e.kind = 'earnings',
      (SELECT now() - (60 * :due + 30) * interval '1 s' AS begun) b
    """,
]


async def make_crowd(
    tx: Tx, name: str, count: int, *, due: int, rich: int, poor: int, size: int, rate: int = 100
) -> list[int]:
    """Make `count` talks of which `due` minutes are proved and none is charged; their ids.

    Each caller has `rich` lots of `size` points (every third only `poor`), the last made the first
    to expire.
    """
    params = {
        "name": name,
        "count": count,
        "due": due,
        "rich": rich,
        "poor": poor,
        "size": size,
        "rate": rate,
        "hash": HASH,
    }
    for statement in _CROWD:
        named = sa.text(statement)
        wanted = {key: params[key] for key in named.compile().params}
        await tx.execute(named, wanted)
    rows = await tx.execute(
        sa.text("SELECT t.id FROM talks t JOIN crowd c ON c.caller = t.caller_id ORDER BY t.id")
    )
    return list(rows.scalars())
