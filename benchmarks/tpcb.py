"""PostgreSQL's own yardstick: the TPC-B script of pgbench."""

import re
import shutil
import subprocess
from pathlib import Path

from benchmarks.server import empty_database
from foundation.embedded import EmbeddedPostgres

CLIENTS = 8
SCALE = 10
_TPS = re.compile(r"tps = ([0-9.]+)")


class PgBench:
    """pgbench on a database of its own, beside the ones of the site."""

    def __init__(self, server: EmbeddedPostgres) -> None:
        self._program = find_pgbench()
        self._url = empty_database(server, "tpcb")
        self._run("--initialize", "--quiet", f"--scale={SCALE}")

    def rate(self, seconds: int) -> float:
        """Run TPC-B for some seconds; return its transactions a second."""
        told = self._run("--no-vacuum", f"--client={CLIENTS}", "--jobs=2", f"--time={seconds}")
        found = _TPS.search(told)
        if found is None:
            raise RuntimeError(f"pgbench told no rate:\n{told}")
        return float(found[1])

    def _run(self, *options: str) -> str:
        done = subprocess.run(
            [self._program, *options, self._url],
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode:
            raise RuntimeError(f"pgbench failed:\n{done.stderr}")
        return done.stdout


def find_pgbench() -> Path:
    """Return Debian's pgbench, the newest first. Raises SystemExit with what to install."""
    installed = Path("/usr/lib/postgresql").glob("*/bin/pgbench")
    if found := sorted(installed, key=lambda path: int(path.parts[-3]), reverse=True):
        return found[0]
    if plain := shutil.which("pgbench"):
        return Path(plain)
    raise SystemExit("pgbench is missing: apt-get install postgresql-contrib")
