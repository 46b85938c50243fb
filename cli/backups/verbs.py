"""`hitotoki backup FILE` and `hitotoki restore FILE`."""

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from cli.audit import audit
from cli.backups import archive, dumps
from cli.backups.archive import DUMP, RECORDINGS, About, DamagedBackupError
from cli.backups.dumps import DumpError
from cli.migrate import config, migrate
from cli.poolers import refuse_poolers
from cli.serve import databases
from foundation.log import set_up_log
from foundation.settings import Settings
from people.sign_in import seals

File = Annotated[Path, typer.Argument(help="The backup's file.")]


def backup(
    file: File,
    keys: Annotated[
        Path | None, typer.Option(help="Write the key of an embedded site's seals here as well.")
    ] = None,
    recordings: Annotated[bool, typer.Option(help="Take the recordings along.")] = True,
) -> None:
    """Write all that a site keeps into a new file, while it goes on; the keys are kept apart."""
    settings = Settings()
    set_up_log(settings.log_format)
    with _in_words(), databases(settings) as found:
        owner_url = _owner_url(found.owner_url)
        about = About(
            taken_at=datetime.now(UTC),
            migration=_migration_of(owner_url),
            key=seals.fingerprint(settings),
            recordings=recordings,
        )
        with archive.new_file(file) as whole, _workshop(file) as workshop:
            dumps.dump(owner_url, workshop / DUMP)
            taken = sorted(settings.recording_folder.glob("*")) if recordings else []
            count = archive.write(whole, about, workshop / DUMP, taken)
        if keys is not None:
            _write_key(settings, keys)
    typer.echo(f"{file}: {file.stat().st_size:,} bytes, {count} files of recordings.")
    if keys is None and about.key is not None:
        typer.echo("The keys of its seals are not in it: keep them apart (docs/operating.md).")


def restore(
    file: File,
    keys: Annotated[
        Path | None, typer.Option(help="The key of an embedded site's seals, as `backup` wrote it.")
    ] = None,
    without_keys: Annotated[
        bool, typer.Option(help="Go on with other keys: what was sealed is lost.")
    ] = False,
) -> None:
    """Make an empty site what a backup says, bring it up to date, and prove its books."""
    settings = Settings()
    set_up_log(settings.log_format)
    with _in_words(), databases(settings) as found, _workshop(file) as workshop:
        owner_url = _owner_url(found.owner_url)
        _must_be_ready(owner_url, settings)
        about = archive.unpack(file, workshop)
        _must_be_known(about.migration)
        if keys is not None:
            _take_key(settings, keys, about)
        if not without_keys:
            _must_be_sealed_alike(about, settings)
        dumps.fill(owner_url, workshop / DUMP)
        _take_recordings(workshop / RECORDINGS, settings.recording_folder)
        migrate(owner_url)
    typer.echo(f"Restored as of {about.taken_at:%Y-%m-%d %H:%M:%S} UTC.")
    audit()


def _owner_url(found: str | None) -> str:
    if found is None:
        raise typer.BadParameter("Set HITOTOKI_DATABASE_OWNER_URL: only the owner sees all tables.")
    refuse_poolers(found)
    return found


@contextlib.contextmanager
def _workshop(file: Path) -> Iterator[Path]:
    """A folder beside the file, where there is room for it, that nobody else may read."""
    with tempfile.TemporaryDirectory(prefix=f"{file.name}.", dir=file.resolve().parent) as folder:
        yield Path(folder)


@contextlib.contextmanager
def _in_words() -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise typer.BadParameter(f"{error.args[0]} is there already.") from error
    except DamagedBackupError as error:
        raise typer.BadParameter("The file is no backup, or not whole.") from error
    except DumpError as error:
        typer.echo(f"PostgreSQL refused: {error}", err=True)
        raise typer.Exit(1) from error
    except OSError as error:
        typer.echo(f"{error.filename or ''}: {error.strerror}", err=True)
        raise typer.Exit(1) from error


def _migration_of(owner_url: str) -> str:
    with psycopg.connect(owner_url, connect_timeout=10) as connection:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    assert row is not None
    return str(row[0])


def _must_be_ready(owner_url: str, settings: Settings) -> None:
    if not dumps.is_empty(owner_url):
        raise typer.BadParameter("This site is not empty: a backup is restored into a new one.")
    if not dumps.knows_the_application(owner_url):
        raise typer.BadParameter("The role hitotoki_app is missing: see docs/operating.md.")
    if any(settings.recording_folder.glob("*")):
        raise typer.BadParameter(f"{settings.recording_folder} is not empty.")


def _must_be_known(migration: str) -> None:
    try:
        ScriptDirectory.from_config(config("postgresql://")).get_revision(migration)
    except CommandError as error:
        raise typer.BadParameter(
            f"The backup is of a newer Hitotoki (its tables are {migration})."
        ) from error


def _write_key(settings: Settings, keys: Path) -> None:
    with archive.new_file(keys) as file:
        file.write((settings.data / seals.FILE).read_bytes())


def _take_key(settings: Settings, keys: Path, about: About) -> None:
    key = keys.read_bytes()
    if about.key != seals.fingerprint_of(key):
        raise typer.BadParameter(f"{keys} is not the key of this backup.")
    with archive.new_file(settings.data / seals.FILE) as file:
        file.write(key)


def _must_be_sealed_alike(about: About, settings: Settings) -> None:
    if about.key is not None and about.key != seals.fingerprint(settings):
        raise typer.BadParameter(
            "The keys here are not those of the backup: set HITOTOKI_SECRET_KEY as it was, or give"
            " --keys. Without them apps of the second factor, documents, telephone numbers and bank"
            " accounts can't be read any more; --without-keys goes on all the same."
        )


def _take_recordings(unpacked: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for recording in unpacked.iterdir():
        shutil.move(recording, folder / recording.name)
