"""A site that has run for a while can be brought up to date: its books say the same as before."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from alembic import command

from cli.migrate import config, migrate
from foundation.database import Database
from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres
from points import audit, ledger, statements

NAME = "upgraded"

# A grant of 500 and one of 100, a talk of three minutes at 100, of which the last was given back.
STORY = r"""
INSERT INTO users (email, nickname, password_hash) SELECT n || '@test.example', 'user',
  '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA' FROM generate_series(1, 2) n;
INSERT INTO users (email, nickname, password_hash) VALUES ('a(b)@x.jp', U&'\FE0F',
  '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA');
INSERT INTO wallets (kind, user_id, balance) VALUES ('points', 1, 400), ('earnings', 2, 0);
INSERT INTO transfers (debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
  input_hash, at)
SELECT (SELECT id FROM wallets WHERE kind = 'issued'), w.id, a.amount, 'grant', 'x', a.key, '', a.at
FROM wallets w, (VALUES (500, 'a', timestamptz '2026-11-01'), (100, 'b', '2026-11-02'))
  a (amount, key, at) WHERE w.kind = 'points';
INSERT INTO lots (wallet_id, kind, granted, remaining, expires_at, source, created_at)
SELECT t.credit_wallet, 'granted', t.amount, CASE t.amount WHEN 500 THEN 300 ELSE 100 END,
  t.at + interval '3 months', t.id, t.at FROM transfers t;
INSERT INTO lot_moves (transfer_id, lot_id, amount) SELECT source, id, granted FROM lots;
INSERT INTO rooms (cast_id, title, topic, rate) VALUES (2, 'room', 'topic', 100);
INSERT INTO talks (room_id, caller_id, cast_id, payer_wallet, cast_wallet, rate, share, free_ms,
  minute_ms, with_video, state, ended_at, end_reason, connected_ms, next_minute)
SELECT 1, 1, 2, p.id, e.id, 100, 80, 0, 60000, true, 'ended', now(), 'caller_left', 200000, 4
FROM wallets p, wallets e WHERE p.kind = 'points' AND e.kind = 'earnings';
INSERT INTO charges (talk_id, minute, payer_wallet, cast_wallet, gross, share, fee, at)
SELECT t.id, n, t.payer_wallet, t.cast_wallet, 100, 80, 20, timestamptz '2026-11-03'
  + n * interval '1 minute' FROM talks t, generate_series(1, 3) n;
INSERT INTO lot_uses (talk_id, minute, lot_id, amount) SELECT 1, n, 1, 100
  FROM generate_series(1, 3) n;
INSERT INTO charge_returns (talk_id, minute, kind, gross, share, fee, reason, at)
  VALUES (1, 3, 'cut_short', 100, 80, 20, 'x', '2026-11-04');
INSERT INTO lot_backs (talk_id, minute, lot_id, amount) VALUES (1, 3, 1, 100);
"""


@pytest.fixture
async def upgraded(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    """A database with the first tables and a story in them, brought up to date."""
    with psycopg.connect(postgres.url(OWNER, "postgres"), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {NAME}")
    url = postgres.url(OWNER, NAME)
    command.upgrade(config(url), "0001")
    with psycopg.connect(url) as connection:
        connection.execute(STORY.encode())
    migrate(url)
    database = Database(postgres.url(APP_ROLE, NAME), pool_size=1)
    yield database
    await database.close()
    with psycopg.connect(postgres.url(OWNER, "postgres"), autocommit=True) as owner:
        owner.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


async def test_old_books_are_right_and_read_as_before(upgraded: Database) -> None:
    async with upgraded.transaction() as tx:
        assert [proof for proof in await audit.prove(tx) if proof.broken] == []
    async with upgraded.transaction() as tx:
        page = await statements.statement(tx, 1)
        assert [(line.kind, line.amount, line.balance_after) for line in page.lines] == [
            ("return", 100, 400),
            ("charge", -300, 300),
            ("grant", 100, 600),
            ("grant", 500, 500),
        ]
        assert await ledger.return_points(tx, 1, None, reason="x", actor_id=2) == 200


async def test_who_had_no_name_to_see_gets_one_and_no_mail_goes_astray(upgraded: Database) -> None:
    async with upgraded.transaction() as tx:
        rows = await tx.exec_driver_sql(
            "SELECT nickname, email, member_number FROM users WHERE id = 3"
        )
        row = rows.one()
    assert row.nickname == f"会員{row.member_number}"
    assert row.email == "unreachable-3@invalid"


async def test_old_books_are_closed_to_changes_again(upgraded: Database) -> None:
    with pytest.raises(Exception, match="permission denied"):
        async with upgraded.transaction() as tx:
            await tx.exec_driver_sql("UPDATE charges SET balance_after = 0")
