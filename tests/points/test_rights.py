"""What was written about money stays written, whoever asks."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors, sql

from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres
from tests.faults.books import make_books
from tests.faults.databases import fresh_database

WRITTEN_ONCE = ["transfers", "charges", "lot_uses", "lot_moves", "charge_returns", "lot_backs"]
MONEY = [*WRITTEN_ONCE, "wallets", "lots"]
# A column of each, which an update "changes" to what it is: even that is refused.
COLUMNS = {
    "transfers": ["amount", "reason", "credit_wallet"],
    "charges": ["gross", "minute", "at"],
    "lot_uses": ["amount", "lot_id"],
    "lot_moves": ["amount", "lot_id"],
    "charge_returns": ["gross", "reason"],
    "lot_backs": ["amount"],
}

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture(scope="module")
def name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as made:
        make_books(postgres.url(APP_ROLE, made))
        yield made


@pytest.fixture
def app(postgres: EmbeddedPostgres, name: str) -> Iterator[Connection]:
    """The application's own connection."""
    with psycopg.connect(postgres.url(APP_ROLE, name)) as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def owner(postgres: EmbeddedPostgres, name: str) -> Iterator[Connection]:
    """A connection of the tables' owner."""
    with psycopg.connect(postgres.url(OWNER, name)) as connection:
        yield connection
        connection.rollback()


def changes(table: str) -> list[sql.Composed]:
    """Every way to change or remove what a table says."""
    named = sql.Identifier(table)
    updates = [
        sql.SQL("UPDATE {} SET {} = {}").format(named, sql.Identifier(c), sql.Identifier(c))
        for c in COLUMNS[table]
    ]
    return [
        *updates,
        sql.SQL("DELETE FROM {}").format(named),
        sql.SQL("TRUNCATE {} CASCADE").format(named),
    ]


def refused(
    connection: Connection, statement: sql.Composed | bytes, error: type[Exception]
) -> None:
    with pytest.raises(error), connection.transaction():
        connection.execute(statement)


@pytest.mark.parametrize("table", WRITTEN_ONCE)
def test_there_is_something_to_change(owner: Connection, table: str) -> None:
    """Without a row, no row's trigger would be asked."""
    counted = owner.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
    assert counted.fetchone() != (0,)


@pytest.mark.parametrize("table", WRITTEN_ONCE)
def test_the_application_changes_no_row_of_money(app: Connection, table: str) -> None:
    for statement in changes(table):
        refused(app, statement, errors.InsufficientPrivilege)


@pytest.mark.parametrize("table", WRITTEN_ONCE)
def test_the_owners_changes_are_refused_too(owner: Connection, table: str) -> None:
    for statement in changes(table):
        refused(owner, statement, errors.IntegrityConstraintViolation)


@pytest.mark.parametrize("table", ["wallets", "lots"])
def test_nobody_deletes_a_wallet_or_a_lot(app: Connection, owner: Connection, table: str) -> None:
    named = sql.Identifier(table)
    for statement in ("DELETE FROM {}", "TRUNCATE {} CASCADE"):
        refused(app, sql.SQL(statement).format(named), errors.InsufficientPrivilege)
        refused(owner, sql.SQL(statement).format(named), errors.IntegrityConstraintViolation)


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *[("lots", c) for c in ("granted", "expires_at", "wallet_id", "kind", "source")],
        *[("lots", c) for c in ("created_at",)],
        *[("wallets", c) for c in ("kind", "user_id")],
    ],
)
def test_the_application_moves_a_figure_and_nothing_else(
    app: Connection, table: str, column: str
) -> None:
    named = sql.SQL("UPDATE {0} SET {1} = {1}").format(
        sql.Identifier(table), sql.Identifier(column)
    )
    refused(app, named, errors.InsufficientPrivilege)


def test_the_application_may_move_a_lots_and_a_wallets_figure(app: Connection) -> None:
    assert app.execute("UPDATE lots SET remaining = remaining").rowcount == 4
    assert app.execute("UPDATE wallets SET balance = balance").rowcount > 4


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE charges DISABLE TRIGGER never_changed",
        "ALTER TABLE lots DROP CONSTRAINT ck_lots_remaining_within_granted",
        "DROP TRIGGER never_changed ON transfers",
        "DROP TABLE lot_backs",
        "SET session_replication_role = replica",
        (
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql"
            " AS 'BEGIN RETURN NEW; END'"
        ),
        "CREATE TABLE shadow (id int)",
        "CREATE OR REPLACE VIEW journal AS SELECT 1 AS one",
        "GRANT DELETE ON charges TO hitotoki_app",
        "UPDATE alembic_version SET version_num = 'x'",
        "SET ROLE postgres",
    ],
)
def test_the_application_cannot_give_itself_more(app: Connection, statement: str) -> None:
    if statement.startswith("GRANT"):
        # PostgreSQL answers a grant without the right to give it with a mere warning.
        app.execute(statement.encode())
        refused(app, b"DELETE FROM charges", errors.InsufficientPrivilege)
        return
    refused(app, statement.encode(), errors.InsufficientPrivilege)


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("UPDATE lots SET remaining = -1", errors.CheckViolation),
        ("UPDATE lots SET remaining = granted + 1", errors.CheckViolation),
        ("UPDATE wallets SET balance = -1 WHERE kind = 'points'", errors.CheckViolation),
        ("UPDATE wallets SET balance = 1 WHERE kind = 'earnings'", errors.CheckViolation),
        (
            (
                "INSERT INTO charges SELECT talk_id, minute + 50, payer_wallet, cast_wallet, gross,"
                " share + 1, fee, at, balance_after FROM charges"
            ),
            errors.CheckViolation,
        ),
        ("INSERT INTO charges SELECT * FROM charges", errors.UniqueViolation),
        ("INSERT INTO charge_returns SELECT * FROM charge_returns", errors.UniqueViolation),
        (
            "INSERT INTO lot_backs SELECT talk_id, minute, lot_id + 900, amount FROM lot_backs",
            errors.ForeignKeyViolation,
        ),
        (
            (
                "INSERT INTO lots (wallet_id, kind, granted, remaining, expires_at, latest, source)"
                " SELECT wallet_id, kind, granted, remaining, expires_at, latest, source FROM lots"
            ),
            errors.UniqueViolation,
        ),
    ],
)
def test_what_must_never_happen_is_forbidden_by_the_tables(
    app: Connection, statement: str, error: type[Exception]
) -> None:
    refused(app, statement.encode(), error)
