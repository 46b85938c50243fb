"""`doctor` prints what the checks find, in the terminal's language, and tells no secret."""

import re
from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from foundation.embedded import APP_ROLE, EmbeddedPostgres
from readiness.checks import CHECKS
from tests.faults.databases import fresh_database

Doctor = Callable[..., Result]

PASSWORD = "a-password-nobody-may-read"
SECRETS = {
    "HITOTOKI_SECRET_KEY": "a-secret-key-of-more-than-thirty-two-characters",
    "HITOTOKI_SMTP_URL": f"smtp://me:{PASSWORD}@127.0.0.1:9",
    "HITOTOKI_MAIL_FROM": "no-reply@talk.example",
    "HITOTOKI_REDIS_URL": f"redis://:{PASSWORD}@127.0.0.1:9",
    "HITOTOKI_TURN_URLS": "turn:127.0.0.1:9?transport=tcp",
    "HITOTOKI_TURN_SECRET": "a-turn-secret-nobody-may-read",
}


@pytest.fixture(scope="module")
def name(postgres: EmbeddedPostgres) -> Iterator[str]:
    with fresh_database(postgres) as made:
        yield made


@pytest.fixture
def doctor(postgres: EmbeddedPostgres, name: str, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Runs the verb as the command line does, in this process."""
    monkeypatch.setattr("cli.doctor.set_up_log", lambda form: None)
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.delenv("LC_MESSAGES", raising=False)
    runner = CliRunner()

    def run(*arguments: str, **environment: str) -> Result:
        given = {"HITOTOKI_DATABASE_URL": postgres.url(APP_ROLE, name), **environment}
        return runner.invoke(app, ["doctor", *arguments], env=given)

    return run


def test_every_check_is_a_line_and_what_is_broken_ends_with_1(doctor: Doctor) -> None:
    told = doctor(LANG="ja_JP.UTF-8")
    assert told.exit_code == 1
    for check in CHECKS:
        assert f"] {check.title}: " in told.stdout
    assert "HITOTOKI_SECRET_KEY" in told.stdout, "it says what to do"


def test_where_nothing_is_broken_it_ends_with_0(doctor: Doctor) -> None:
    told = doctor(LANG="ja_JP.UTF-8", HITOTOKI_DEMO="true", HITOTOKI_SECRET_KEY="k" * 32)
    assert told.exit_code == 0, told.stdout


@pytest.mark.parametrize(
    ("lang", "arguments", "japanese"),
    [
        ("ja_JP.UTF-8", (), True),
        ("en_GB.UTF-8", (), False),
        ("C.UTF-8", (), False),
        ("en_GB.UTF-8", ("--language", "ja"), True),
        ("ja_JP.UTF-8", ("--language", "en"), False),
    ],
)
def test_it_speaks_the_terminals_language(
    doctor: Doctor, lang: str, arguments: tuple[str, ...], japanese: bool
) -> None:
    told = doctor(*arguments, LANG=lang, HITOTOKI_DEMO="true").stdout
    assert bool(re.search(r"[\u3041-\u30ff]", told)) is japanese, told


def test_it_tells_no_secret(doctor: Doctor) -> None:
    told = doctor("--mail-to", "me@example.jp", LANG="ja_JP.UTF-8", **SECRETS)
    assert told.exit_code == 1
    for secret in (PASSWORD, SECRETS["HITOTOKI_SECRET_KEY"], SECRETS["HITOTOKI_TURN_SECRET"]):
        assert secret not in told.output


def test_a_database_that_is_away_is_a_line_of_its_own(doctor: Doctor) -> None:
    away = f"postgresql://hitotoki_app:{PASSWORD}@127.0.0.1:9/hitotoki"
    told = doctor(LANG="ja_JP.UTF-8", HITOTOKI_DATABASE_URL=away)
    assert told.exit_code == 1
    assert "データベースにつながりません" in told.stdout
    assert "特定商取引法に基づく表記" in told.stdout
    assert PASSWORD not in told.output


def test_a_database_without_tables_is_told_to_be_migrated(
    doctor: Doctor, postgres: EmbeddedPostgres
) -> None:
    told = doctor(LANG="ja_JP.UTF-8", HITOTOKI_DATABASE_URL=postgres.url(APP_ROLE, "postgres"))
    assert told.exit_code == 1
    assert "./run migrate" in told.stdout


def test_an_address_that_is_none_is_refused(doctor: Doctor) -> None:
    assert doctor("--mail-to", "nobody").exit_code == 1
