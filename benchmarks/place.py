"""Where a measurement runs: a durable PostgreSQL of its own, migrated, thrown away at the end."""

import contextlib
import os
import platform
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from cli.migrate import migrate
from foundation.embedded import EmbeddedPostgres

# Nobody signs in with it.
HASH = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA"


@dataclass(frozen=True)
class Place:
    """The addresses of a fresh database: as the application sees it, and as its owner."""

    url: str
    owner_url: str

    def fill(self, *statements: str) -> None:
        """Run SQL as the owner, each statement by itself, and let the planner know the result."""
        with psycopg.connect(self.owner_url, autocommit=True) as owner:
            for statement in statements:
                owner.execute(statement.encode())
            owner.execute("VACUUM ANALYZE")


@contextlib.contextmanager
def place() -> Iterator[Place]:
    """Open a database that writes to disk as a real one does."""
    with tempfile.TemporaryDirectory(prefix="hitotoki-benchmark-") as folder:
        Path(folder).chmod(0o711)
        with EmbeddedPostgres(Path(folder) / "data") as server:
            migrate(server.owner_url)
            yield Place(server.url(), server.owner_url)


def told(title: str, goal: str, lines: Sequence[str]) -> str:
    """Return what a measurement found, with what it ran on."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    machine = f"{cores} cores, {platform.machine()}, load {load:.1f} at the end"
    return "\n".join((title, f"  goal: {goal}", f"  on:   {machine}", *(f"  {x}" for x in lines)))


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value that `percent` of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
