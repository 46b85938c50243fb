"""The operators' verbs: what they do, what they refuse, and with which exit code."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from foundation.embedded import APP_ROLE, OWNER, EmbeddedPostgres
from people.accounts import passwords
from points.audit import INVARIANTS
from points.rules import MOST_POINTS
from tests.cli.test_serve import run
from tests.faults.databases import fresh_database
from tests.payouts.banks.test_list import package, whole

Verb = Callable[..., Result]

NOT_FIGURES = [
    "１２",
    "1.5",
    "1e9",
    "0",
    str(2**63),
    str(2**64),
    str(MOST_POINTS + 1),
    "+5",
    "007",
    "1_000",
    "1,000",
    " 5",
    "5\n",
    "٣",
    "0x10",
    "",
    "many",
]


@pytest.fixture(scope="module")
def name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as made:
        yield made


@pytest.fixture
def owner(postgres: EmbeddedPostgres, name: str) -> Iterator["psycopg.Connection[tuple[str]]"]:
    with psycopg.connect(postgres.url(OWNER, name), autocommit=True) as connection:
        yield connection


@pytest.fixture
def verb(postgres: EmbeddedPostgres, name: str, monkeypatch: pytest.MonkeyPatch) -> Verb:
    """Runs a verb as the command line does, in this process."""
    monkeypatch.setattr("cli.verb.set_up_log", lambda form: None)
    runner = CliRunner()

    def invoke(*words: str) -> Result:
        settings = {"HITOTOKI_DATABASE_URL": postgres.url(APP_ROLE, name)}
        return runner.invoke(app, list(words), env=settings)

    return invoke


def granted(owner: "psycopg.Connection[tuple[str]]", email: str) -> int:
    row = owner.execute(
        "SELECT coalesce(sum(balance), 0)::text FROM wallets w JOIN users u ON u.id = w.user_id"
        " WHERE u.email = %s AND w.kind = 'points'",
        [email],
    ).fetchone()
    assert row
    return int(row[0])


def test_admin_create_makes_staff_and_tells_the_password_once(
    verb: Verb, owner: "psycopg.Connection[tuple[str]]"
) -> None:
    done = verb("admin", "create", "staff@example.jp")
    assert done.exit_code == 0
    found = re.search(r"staff@example\.jp is staff now\. Password: (\S+)", done.stdout)
    assert found
    row = owner.execute(
        "SELECT password_hash FROM users WHERE email = 'staff@example.jp' AND is_staff"
        " AND confirmed_at IS NOT NULL"
    ).fetchone()
    assert row
    assert passwords._hasher.verify(row[0], found[1])
    assert found[1] not in row[0]


def test_admin_create_gives_the_site_to_nobody_who_had_registered_the_address(
    verb: Verb, owner: "psycopg.Connection[tuple[str]]"
) -> None:
    owner.execute(
        "INSERT INTO users (email, nickname, password_hash) VALUES ('boss@example.jp', 'x',"
        " '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA')"
    )
    owner.execute(
        "INSERT INTO sessions (token_hash, user_id, expires_at)"
        " SELECT sha256('z'), id, now() + interval '1 day' FROM users"
        " WHERE email = 'boss@example.jp'"
    )
    done = verb("admin", "create", "boss@example.jp")
    found = re.search(r"boss@example\.jp is staff now\. Password: (\S+)", done.stdout)
    assert found, done.output
    row = owner.execute(
        "SELECT password_hash FROM users WHERE email = 'boss@example.jp' AND is_staff"
    ).fetchone()
    assert row
    assert passwords._hasher.verify(row[0], found[1])
    left = owner.execute(
        "SELECT count(*)::text FROM sessions WHERE token_hash = sha256('z')"
        " UNION ALL SELECT count(*)::text FROM users WHERE nickname = 'x'"
    )
    assert left.fetchall() == [("0",), ("0",)]


def test_admin_create_again_keeps_the_password(
    verb: Verb, owner: "psycopg.Connection[tuple[str]]"
) -> None:
    assert verb("admin", "create", "again@example.jp").exit_code == 0
    before = owner.execute("SELECT password_hash FROM users ORDER BY id DESC LIMIT 1").fetchone()
    done = verb("admin", "create", "Again@Example.JP")
    assert done.exit_code == 0
    assert "with the password it had" in done.stdout
    after = owner.execute("SELECT password_hash FROM users ORDER BY id DESC LIMIT 1").fetchone()
    assert before == after


@pytest.mark.parametrize("email", ["", "nobody", "a@", "@b.jp", "a b@example.jp", "a\0@b.jp"])
def test_admin_create_refuses_what_is_no_address(verb: Verb, email: str) -> None:
    done = verb("admin", "create", email)
    assert done.exit_code == 1
    assert "email" in done.stderr
    assert "Traceback" not in done.output


def test_a_lost_second_factor_is_reset_logged_and_told(
    verb: Verb, owner: "psycopg.Connection[tuple[str]]"
) -> None:
    assert verb("admin", "create", "lost@example.jp").exit_code == 0
    owner.execute(
        "INSERT INTO recovery_codes (user_id, code_hash)"
        " SELECT id, sha256('x') FROM users WHERE email = 'lost@example.jp'"
    )
    owner.execute(
        "INSERT INTO sessions (token_hash, user_id, expires_at)"
        " SELECT sha256('y'), id, now() + interval '1 day' FROM users"
        " WHERE email = 'lost@example.jp'"
    )
    owner.execute(
        "INSERT INTO mailed_links (token_hash, user_id, purpose, email, expires_at)"
        " SELECT sha256('l'), id, 'email', 'thief@example.jp', now() + interval '1 day' FROM users"
        " WHERE email = 'lost@example.jp'"
    )
    assert verb("admin", "reset-second-factor", "Lost@example.jp").exit_code == 0
    for query in (
        "SELECT count(*)::text FROM mailed_links",
        "SELECT count(*)::text FROM recovery_codes",
        "SELECT count(*)::text FROM sessions",
    ):
        assert owner.execute(query.encode()).fetchone() == ("0",)
    acts = owner.execute(
        "SELECT count(*)::text FROM staff_acts WHERE act = 'second_factor.reset'"
        " AND actor_id IS NULL"
    )
    told = owner.execute("SELECT count(*)::text FROM mails WHERE to_address = 'lost@example.jp'")
    assert (acts.fetchone(), told.fetchone()) == (("1",), ("1",))


def test_a_reset_for_nobody_says_so(verb: Verb) -> None:
    done = verb("admin", "reset-second-factor", "nobody@example.jp")
    assert done.exit_code == 1
    assert "no account" in done.stderr


@pytest.fixture
def member(verb: Verb) -> str:
    assert verb("admin", "create", "member@example.jp").exit_code == 0
    return "member@example.jp"


def test_points_are_granted_and_the_books_hold(
    verb: Verb, member: str, owner: "psycopg.Connection[tuple[str]]"
) -> None:
    before = granted(owner, member)
    done = verb("points", "grant", member, "1234", "--reason", "お詫び")
    assert done.exit_code == 0
    assert f"{before + 1234:,} points" in done.stdout
    assert granted(owner, member) == before + 1234
    assert verb("audit").exit_code == 0


def test_the_same_key_grants_once(
    verb: Verb, member: str, owner: "psycopg.Connection[tuple[str]]"
) -> None:
    before = granted(owner, member)
    for _ in range(2):
        asked = ("points", "grant", member, "50", "--reason", "test", "--key", "once")
        assert verb(*asked).exit_code == 0
    assert granted(owner, member) == before + 50


def test_a_key_used_for_another_grant_is_refused_in_words(
    verb: Verb, member: str, owner: "psycopg.Connection[tuple[str]]"
) -> None:
    first = ("points", "grant", member, "50", "--reason", "test", "--key", "other")
    assert verb(*first).exit_code == 0
    before = granted(owner, member)
    done = verb("points", "grant", member, "51", "--reason", "test", "--key", "other")
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), done.exception
    assert granted(owner, member) == before


def test_a_key_too_long_is_refused_in_words(verb: Verb, member: str) -> None:
    done = verb("points", "grant", member, "50", "--reason", "test", "--key", "k" * 300)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), done.exception


@pytest.mark.parametrize("figure", NOT_FIGURES)
def test_figures_that_are_none_are_refused(
    verb: Verb, member: str, owner: "psycopg.Connection[tuple[str]]", figure: str
) -> None:
    before = granted(owner, member)
    done = verb("points", "grant", member, figure, "--reason", "test")
    assert done.exit_code == 1
    assert re.search(r"number_(malformed|out_of_bounds): ", done.stderr)
    assert granted(owner, member) == before


@pytest.mark.parametrize("words", [("-1",), ("--", "-1")])
def test_a_negative_figure_is_refused(
    verb: Verb, member: str, owner: "psycopg.Connection[tuple[str]]", words: tuple[str, ...]
) -> None:
    before = granted(owner, member)
    done = verb("points", "grant", "--reason", "test", member, *words)
    assert done.exit_code in (1, 2)
    assert granted(owner, member) == before


@pytest.mark.parametrize("reason", ["", "  ", "長" * 501])
def test_a_grant_needs_a_reason(
    verb: Verb, member: str, owner: "psycopg.Connection[tuple[str]]", reason: str
) -> None:
    before = granted(owner, member)
    done = verb("points", "grant", member, "5", "--reason", reason)
    assert done.exit_code == 1
    assert "reason_needed" in done.stderr
    assert granted(owner, member) == before


def test_a_grant_to_nobody_is_refused(verb: Verb) -> None:
    done = verb("points", "grant", "nobody@example.jp", "5", "--reason", "test")
    assert done.exit_code == 1
    assert "user_unknown" in done.stderr


def test_banks_says_what_it_has_and_takes_a_newer_list(
    verb: Verb, tmp_path: Path, owner: "psycopg.Connection[tuple[str]]"
) -> None:
    assert verb("banks").stdout == "2026-08-24: 1146 banks, 28944 branches.\n"
    done = verb("banks", str(package(tmp_path, whole())))
    assert (done.exit_code, done.stdout) == (0, "2027-03-01: 1146 banks, 29796 branches.\n")
    again = verb("banks", str(tmp_path / "zengin-code.tgz"))
    assert again.exit_code == 1
    assert again.stderr == (
        "Nothing was changed: it is of 2027-03-01, and the list of 2027-03-01 is in use.\n"
    )
    assert verb("banks", str(tmp_path / "none")).exit_code == 2
    owner.execute("DELETE FROM bank_lists")


def test_audit_says_what_it_checked(verb: Verb) -> None:
    done = verb("audit")
    assert done.exit_code == 0
    for invariant in INVARIANTS:
        assert f"ok     {invariant}" in done.stdout
    assert f"All {len(INVARIANTS)} invariants hold." in done.stdout


def test_audit_exits_with_1_where_an_invariant_is_broken(
    verb: Verb, member: str, owner: "psycopg.Connection[tuple[str]]", postgres: EmbeddedPostgres,
    name: str,
) -> None:  # fmt: skip
    assert verb("points", "grant", member, "10", "--reason", "test").exit_code == 0
    owner.execute("UPDATE wallets SET balance = balance + 1 WHERE kind = 'points'")
    try:
        done = verb("audit")
        assert done.exit_code == 1
        assert "BROKEN (1 rows) a wallet's balance is the sum of its lots" in done.stdout
        assert "ok     the journal sums to zero" in done.stdout
        assert "invariants hold" not in done.stdout
        process = run("audit", database_url=postgres.url(APP_ROLE, name))
        assert process.returncode == 1
        assert "BROKEN" in process.stdout
    finally:
        owner.execute("UPDATE wallets SET balance = balance - 1 WHERE kind = 'points'")


def test_a_database_that_does_not_answer_is_said_in_words() -> None:
    done = run("audit", database_url="postgresql://nobody@/none?host=/nonexistent")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
