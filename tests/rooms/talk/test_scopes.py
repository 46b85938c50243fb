"""What is done at a beat reads the talks that beat, and no others."""

import json

import sqlalchemy as sa

from foundation.database import Database
from rooms.talk import meter
from rooms.talk.proof import clock_faults, darkness
from tests.world import HASH

STATEMENTS = {
    "start": meter._START,
    "interrupt": meter._INTERRUPT,
    "due": meter._DUE,
    "spent": meter._SPENT,
    "mend": clock_faults._MEND,
    "turn": darkness._TURN,
}
BINDS = {
    "silence": 15, "most": 1000, "frozen": 10, "return_ms": 90_000, "reason": "", "margin": 7,
    "allowance": 20_000, "tight": 4000, "hold": 8000, "bright": 8000, "after_stop": 3000,
    "only": [1],
}  # fmt: skip


# Two thousand talks that run, of people who are nobody else.
CROWD = f"""
INSERT INTO users (email, nickname, password_hash, is_cast)
SELECT 'crowd' || n || '@test.example', 'crowd', '{HASH}', true FROM generate_series(1, 4000) n;
INSERT INTO wallets (user_id, kind) SELECT id, 'points' FROM users WHERE nickname = 'crowd';
INSERT INTO wallets (user_id, kind) SELECT id, 'earnings' FROM users WHERE nickname = 'crowd';
INSERT INTO rooms (cast_id, title, topic, rate)
SELECT id, 'crowd', 'crowd', 100 FROM users WHERE nickname = 'crowd' AND id % 2 = 0;
INSERT INTO talks (room_id, caller_id, cast_id, payer_wallet, cast_wallet, rate, share, free_ms,
  minute_ms, with_video, state, running_since, due_at)
SELECT r.id, u.id, r.cast_id, p.id, e.id, 100, 80, 0, 60000, true, 'talking', now(), now()
FROM rooms r JOIN users u ON u.id = r.cast_id + 1
JOIN wallets p ON p.user_id = u.id AND p.kind = 'points'
JOIN wallets e ON e.user_id = r.cast_id AND e.kind = 'earnings'
WHERE r.title = 'crowd' AND u.nickname = 'crowd';
ANALYZE talks
"""


async def test_a_statement_for_some_talks_finds_them_by_their_ids(
    owner_database: Database,
) -> None:
    async with owner_database.transaction() as tx:
        for part in CROWD.split(";"):
            await tx.execute(sa.text(part))
        # What a prepared statement is planned as, for any ids.
        await tx.execute(sa.text("SET LOCAL plan_cache_mode = force_generic_plan"))
        for name, statement in STATEMENTS.items():
            asked = {key: BINDS[key] for key in statement.for_some.compile().params}
            explained = sa.text(f"EXPLAIN (FORMAT JSON) {statement.for_some.text}")
            plan = json.dumps((await tx.execute(explained, asked)).scalar())
            assert "pk_talks" in plan, name
            assert "Seq Scan" not in plan, name
