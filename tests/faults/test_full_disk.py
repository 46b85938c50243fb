"""A disk that is full: the site says so in words, loses nothing, and comes back by itself."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from foundation.embedded import EmbeddedPostgres
from tests.cli.site import Site
from tests.cli.test_serve import run

MEGABYTES = 220
PATIENCE_SECONDS = 90.0


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """Mount a disk of its own, or skip where that is not allowed."""
    with tempfile.TemporaryDirectory(prefix="hitotoki-disk-") as folder:
        size = f"size={megabytes}m,mode=755"
        mounting = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder]
        if os.geteuid() != 0 or subprocess.run(mounting, check=False).returncode != 0:
            pytest.skip("a small disk can't be mounted here: that needs root and the right to")
        Path(folder).chmod(0o755)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def disk() -> Iterator[Path]:
    """A disk of its own, that is soon full."""
    with small_disk(MEGABYTES) as folder:
        yield folder


def fill(place: Path) -> None:
    """Write until there is no byte left."""
    with suppress(OSError), place.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1024 * 1024))


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < end
        time.sleep(0.2)


def write_on(owner_url: str) -> None:
    """Write what needs room of a table, and then what needs room of the log."""
    for statement in (
        "CREATE TABLE IF NOT EXISTS filler (text text)",
        "INSERT INTO filler SELECT repeat(md5(n::text), 60) FROM generate_series(1, 20000) n",
        "UPDATE alembic_version SET version_num = version_num",
        "SELECT pg_switch_wal()",
        "UPDATE alembic_version SET version_num = version_num",
        "SELECT pg_switch_wal()",
    ):
        with (
            suppress(psycopg.Error),
            psycopg.connect(owner_url, autocommit=True, connect_timeout=2) as owner,
        ):
            owner.execute(statement)


def ends_by_writing(site: Site, owner_url: str) -> bool:
    """Write, and say whether that has ended the server. What it keeps in reserve goes first."""
    write_on(owner_url)
    return '"database": false' in site.get("/healthz")[1]


def people_and_alarms(owner_url: str) -> tuple[int, list[str]]:
    with psycopg.connect(owner_url) as owner:
        people = owner.execute("SELECT count(*) FROM users").fetchone()
        alarms = owner.execute("SELECT kind FROM alarms ORDER BY kind").fetchall()
    assert people is not None
    return int(people[0]), [str(kind) for (kind,) in alarms]


def test_a_full_disk_is_told_and_survived(disk: Path) -> None:
    data = disk / "data"
    with Site("demo", "--data", str(data), disk_low_mb="4") as site:
        owner_url = EmbeddedPostgres(data).owner_url
        people, _ = people_and_alarms(owner_url)
        assert site.get("/healthz")[0] == 200
        fill(disk / "fill")
        # At once, without anything having failed.
        status, said = site.get("/healthz")
        assert (status, "disk_low" in said or "disk_full" in said) == (503, True), said

        wait_for(lambda: ends_by_writing(site, owner_url))
        status, page = site.get("/")
        assert status == 503
        assert "いまはご利用いただけません" in page
        # It tries again and again, and stays up.
        wait_for(lambda: sum("embedded.ended" in line for line in site.lines) >= 2)
        # It has looked at the disk, and could not tell.
        wait_for(lambda: any("disk_watch.failed" in line for line in site.lines))
        assert site.process.poll() is None

        (disk / "fill").unlink()
        wait_for(lambda: site.get("/healthz")[0] == 200)
        assert site.get("/")[0] == 200
        # Staff are told as soon as one can write.
        wait_for(lambda: "disk_full" in people_and_alarms(owner_url)[1])
        assert people_and_alarms(owner_url)[0] == people
        site.stop()
        assert site.process.returncode == 0, "".join(site.lines)
    audit = run("audit", data=str(data))
    assert audit.returncode == 0, audit.stdout
