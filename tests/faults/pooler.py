"""pgbouncer before the tests' database, in one of its modes."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from foundation.database import driver_url, socket_url
from foundation.embedded.child import as_account
from foundation.embedded.placement import account_for_server

PROGRAM = shutil.which("pgbouncer", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
# No port is listened on: the name of the socket holds it.
PORT = 6432
START_SECONDS = 20.0
INI = """
[databases]
* = host={host} port=5432
[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 200
logfile = {folder}/log
pidfile = {folder}/pid
"""

needs_pgbouncer = pytest.mark.skipif(
    PROGRAM is None, reason="pgbouncer is missing: apt-get install pgbouncer"
)


@contextmanager
def pooled(url: str, mode: str, size: int = 40) -> Iterator[str]:
    """Run pgbouncer before the server of an address; yield the address through it."""
    found = make_url(driver_url(url))
    host, role = str(found.query["host"]), str(found.username)
    with tempfile.TemporaryDirectory(prefix="pooler-") as place:
        folder = Path(place)
        ini = INI.format(host=host, port=PORT, folder=folder, mode=mode, size=size)
        (folder / "ini").write_text(ini)
        (folder / "users").write_text(f'"{role}" ""\n')
        with _running(folder):
            yield f"{socket_url(role, str(found.database), str(folder))}&port={PORT}"


@contextmanager
def _running(folder: Path) -> Iterator[None]:
    account = account_for_server()
    if account is not None:
        shutil.chown(folder, account.uid, account.gid)
    assert PROGRAM is not None
    process = subprocess.Popen(
        [PROGRAM, "-q", folder / "ini"], stdin=subprocess.DEVNULL, cwd="/", **as_account(account)
    )
    try:
        end = time.monotonic() + START_SECONDS
        while not (folder / f".s.PGSQL.{PORT}").exists():
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < end, "pgbouncer does not listen"
            time.sleep(0.02)
        yield
    finally:
        process.terminate()
        process.wait(10)
