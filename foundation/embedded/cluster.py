"""The folder of a PostgreSQL server: made whole, of the right version, free of what is stale."""

import os
import shutil
import subprocess
from pathlib import Path

from foundation.embedded import placement
from foundation.embedded.child import Account, ChildError, as_account

OWNER = "postgres"


def make_cluster(programs: Path, cluster: Path, account: Account | None, *, durable: bool) -> None:
    """Make a server's folder where there is none. Raises ChildError at another version's."""
    version = cluster / "PG_VERSION"
    if not version.exists():
        _initdb(programs, cluster, account, durable=durable)
    with (programs.parent / "share" / "postgres.bki").open() as catalogue:
        wanted = catalogue.readline().split()[-1]
    found = version.read_text().strip()
    if found != wanted:
        raise ChildError(
            f"{cluster} was made by PostgreSQL {found}; this is {wanted}. "
            "Dump it with the old one and restore it into a new folder."
        )


def _initdb(programs: Path, cluster: Path, account: Account | None, *, durable: bool) -> None:
    """Make a cluster beside its place and move it there, so that it is whole or not there."""
    fresh = cluster.with_name("postgres.new")
    if fresh.exists():
        shutil.rmtree(fresh)  # from a start that was cut short
    placement.private_folder(fresh, account)
    command: list[str | Path] = [
            programs / "initdb", "-D", fresh, "-U", OWNER, "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions",
        *([] if durable else ["--no-sync"]),
    ]  # fmt: skip
    done = subprocess.run(
        command,
        check=False,
        cwd="/",
        env=plain_environment(),
        capture_output=True,
        **as_account(account),
    )
    if done.returncode != 0:
        raise ChildError(f"initdb failed:\n{done.stderr.decode(errors='replace')[-2000:]}")
    fresh.rename(cluster)


def plain_environment() -> dict[str, str]:
    """Return an environment in which no PG… variable or language of the caller's takes part."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C.UTF-8"}


def left_behind(pid_file: Path) -> bool:
    """Return whether a server's pid file is in the way, after clearing one that means nobody.

    The caller holds the data folder's lock, so the file's process is either an old server that
    is going, or, after a reboot, some other program that was given the same number.
    """
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return False
    try:
        program = Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return True  # it has just gone; PostgreSQL clears the file by itself
    if program != "postgres":
        pid_file.unlink(missing_ok=True)
    return True
