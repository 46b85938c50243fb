"""Disputes that were lost before they were booked out are booked out by the upgrade."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import psycopg
import pytest
import sqlalchemy as sa
from alembic import command

from cli.migrate import config, migrate
from foundation.database import Database
from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres
from points import audit, books, ledger
from points.tables import disputes

NAME = "lost_before"

# A purchase of 1,000, all of which a dispute took, and which was lost.
STORY = """
INSERT INTO users (email, nickname, password_hash) VALUES ('u@test.example', 'user',
  '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA');
INSERT INTO wallets (kind, user_id) VALUES ('points', 1);
INSERT INTO purchases (user_id, points, bonus, price_yen, provider, intent, press, state, paid_at)
  VALUES (1, 1000, 0, 1000, 'demo', 'pi_1', 'p', 'paid', now());
INSERT INTO transfers (debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
  input_hash, at, purchase_id, balance_after)
SELECT issued.id, mine.id, 1000, 'purchase', 'purchase', 'purchase:1', ''::bytea, now(), 1, 1000
FROM wallets issued, wallets mine WHERE issued.kind = 'issued' AND mine.kind = 'points'
UNION ALL
SELECT mine.id, frozen.id, 1000, 'dispute', 'purchase', 'dispute:dp_1', '', clock_timestamp(), 1, 0
FROM wallets frozen, wallets mine WHERE frozen.kind = 'disputed' AND mine.kind = 'points';
INSERT INTO lots (wallet_id, kind, granted, remaining, expires_at, latest, source)
SELECT credit_wallet, 'paid', 1000, 0, now() + interval '1 month', now() + interval '2 months', id
FROM transfers WHERE kind = 'purchase';
INSERT INTO lot_moves (transfer_id, lot_id, amount)
SELECT t.id, l.id, CASE t.kind WHEN 'purchase' THEN 1000 ELSE -1000 END FROM transfers t, lots l;
UPDATE purchases SET paid_lot = (SELECT id FROM lots);
INSERT INTO disputes (id, purchase_id, state, points_taken, closed_at)
  VALUES ('dp_1', 1, 'lost', 1000, now());
INSERT INTO payment_events (id, type, intent, livemode, payload, handled_at, outcome)
  VALUES ('evt_1', 'payment_intent.succeeded', 'pi_1', false, '{}', now(), 'credited'),
  ('evt_2', 'charge.dispute.closed', 'pi_1', false,
   '{"data": {"object": {"id": "dp_1", "amount": 1000, "status": "lost", "created": 1763800000}}}',
   now(), 'taken');
INSERT INTO disputes (id, purchase_id, state, closed_at) VALUES ('dp_2', 1, 'won', now())
"""


@pytest.fixture
async def upgraded(postgres: EmbeddedPostgres) -> AsyncIterator[Database]:
    """A database with the story, brought up to date."""
    with psycopg.connect(postgres.url(OWNER, "postgres"), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {NAME}")
    url = postgres.url(OWNER, NAME)
    command.upgrade(config(url), "0003")
    with psycopg.connect(url) as connection:
        connection.execute(STORY.encode())
    migrate(url)
    database = Database(postgres.url(APP_ROLE, NAME), pool_size=1)
    yield database
    await database.close()
    with psycopg.connect(postgres.url(OWNER, "postgres"), autocommit=True) as owner:
        owner.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


async def test_nothing_stays_frozen_for_a_dispute_lost_long_ago(upgraded: Database) -> None:
    async with upgraded.transaction() as tx:
        assert [proof for proof in await audit.prove(tx) if proof.broken] == []
    async with upgraded.transaction() as tx:
        assert (await books.totals(tx)).frozen == 0
        # It was booked as the ledger books it, so it is not booked again.
        assert await ledger.take_back(tx, 1, 1000, why="again") == ledger.Taken(1000, 0)
        count = sa.text("SELECT count(*) FROM transfers")
        assert await tx.scalar(count) == 3


async def test_disputes_are_told_their_yen_by_the_events_that_spoke_of_them(
    upgraded: Database,
) -> None:
    async with upgraded.transaction() as tx:
        rows = (await tx.execute(sa.select(disputes).order_by(disputes.c.id))).all()
    told = datetime.fromtimestamp(1763800000, tz=UTC)
    # Of the second nothing is known, so it is about the whole price.
    assert [(row.amount_yen, row.made_at, row.inquiry) for row in rows] == [
        (1000, told, False),
        (1000, None, False),
    ]
