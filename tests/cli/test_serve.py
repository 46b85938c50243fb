"""A newcomer's one command, and what ends it."""

import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cli.serve import COLLECT_EVERY, collect_rarely
from foundation.embedded import OWNER, EmbeddedPostgres
from tests.cli.site import ROOT, Site


@pytest.fixture
def data() -> Iterator[Path]:
    # A database whose site was killed is ending still.
    with tempfile.TemporaryDirectory(prefix="hitotoki-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


def server_pid(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split()[0])


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def count_people(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM users").fetchone()
    assert row
    return int(row[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_newcomers_command_serves_a_site_and_a_signal_stops_all_of_it(
    data: Path, number: signal.Signals
) -> None:
    with Site("demo", "--data", str(data)) as site:
        assert site.get("/healthz")[0] == 200
        assert site.get("/")[0] == 200
        pid = server_pid(data)
        assert site.stop(number) < 10
        assert site.process.returncode == 0, "".join(site.lines)
        assert not runs(pid)


def test_a_second_start_keeps_all_data_and_seeds_nothing_twice(data: Path) -> None:
    with Site("demo", "--data", str(data)) as site:
        people = count_people(EmbeddedPostgres(data).owner_url)
        site.stop()
    assert people >= 16
    with Site("demo", "--data", str(data)) as site:
        assert count_people(EmbeddedPostgres(data).owner_url) == people
        site.stop()


def test_kill_9_of_everything_is_followed_by_a_start_that_works(data: Path) -> None:
    with Site("demo", "--data", str(data)) as site:
        people = count_people(EmbeddedPostgres(data).owner_url)
        os.kill(server_pid(data), signal.SIGKILL)
        site.process.kill()
        site.process.wait()
    with Site("demo", "--data", str(data)) as site:
        assert site.get("/healthz")[0] == 200
        assert count_people(EmbeddedPostgres(data).owner_url) == people


def test_a_site_whose_database_is_gone_starts_it_again(data: Path) -> None:
    with Site("demo", "--data", str(data)) as site:
        people = count_people(EmbeddedPostgres(data).owner_url)
        gone = server_pid(data)
        os.kill(gone, signal.SIGKILL)
        end = time.monotonic() + 60
        while not any("embedded.back" in line for line in site.lines):
            assert time.monotonic() < end, "".join(site.lines)
            assert site.process.poll() is None
            time.sleep(0.1)
        assert server_pid(data) != gone
        assert site.get("/")[0] == 200
        assert count_people(EmbeddedPostgres(data).owner_url) == people
        # And it is this process that stops it.
        pid = server_pid(data)
        assert site.stop() < 10
        assert not runs(pid)


def test_a_site_on_a_database_of_ones_own(database_url: str) -> None:
    with Site("serve", database_url=database_url) as site:
        assert site.get("/healthz")[0] == 200
        assert site.stop() < 10
        assert site.process.returncode == 0


def run(*words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    named = {f"HITOTOKI_{name.upper()}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "cli", *words], cwd=ROOT, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), **named}, timeout=60, check=False,
    )  # fmt: skip


def test_a_database_that_is_behind_is_not_served(postgres: EmbeddedPostgres) -> None:
    done = run("serve", "--port", "0", database_url=postgres.url(OWNER, "postgres"))
    assert done.returncode != 0
    assert "./run migrate" in done.stderr


def test_a_taken_port_is_said_in_words() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode != 0
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("minute_seconds", "0"), ("database_url", "mysql://a/b"), ("port", "１")]
)
def test_a_wrong_setting_is_said_in_words(name: str, value: str) -> None:
    done = run("serve", **{name: value})
    assert done.returncode != 0
    assert name in done.stderr
    assert "Traceback" not in done.stderr


def test_migrate_brings_an_empty_database_up_to_date(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.url(OWNER, "postgres"), autocommit=True) as owner:
        owner.execute("CREATE DATABASE migrated_by_verb")
    url = postgres.url(OWNER, "migrated_by_verb")
    assert run("migrate", database_owner_url=url).returncode == 0
    assert count_people(url) == 0


def test_the_collector_looks_seldom_and_not_at_what_stays() -> None:
    before = gc.get_threshold()
    # What the tests' own process made of it already counts for nothing.
    gc.unfreeze()
    gc.set_threshold(700, 10, 10)
    try:
        collect_rarely()
        assert gc.get_freeze_count() > 10_000
        kept = [[number] for number in range(COLLECT_EVERY[0] // 2)]
        looks = gc.get_stats()[2]["collections"]
        for _ in range(100):
            kept = [[number] for number in range(len(kept))]
        assert gc.get_stats()[2]["collections"] == looks
    finally:
        gc.set_threshold(*before)
