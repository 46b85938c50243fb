"""Checks of the ground: the database, its disk and its clock, and the newest backup."""

import asyncio
import time
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory

from foundation.database import clock
from foundation.language import N_
from readiness.findings import Finding, Surroundings, broken, off, ok, todo

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
LEAST_VERSION = 180_000
# Credentials of TURN and codes of authenticator apps go by the machine's clock.
MOST_APART_SECONDS = 5
BACKUP_HOURS = 36
GIGABYTE = 2**30

_RIGHTS = sa.text(
    "SELECT has_table_privilege(current_user, 'charges', 'UPDATE')"
    " OR has_table_privilege(current_user, 'charges', 'DELETE')"
)
_VERSION = sa.text("SELECT current_setting('server_version_num')::int, version()")
_NEWEST = sa.text("SELECT version_num FROM alembic_version")
_ZONE = sa.text("SELECT count(*) FROM pg_timezone_names WHERE name = :zone")


def newest_migration() -> str | None:
    """Return the migration that this code expects to be the database's last."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


async def database(look: Surroundings) -> Finding:
    """Does it answer, and is it one that the site can work with?"""
    if look.database is None:
        return broken(
            N_("データベースにつながりません（%(why)s）。"),
            N_("HITOTOKI_DATABASE_URL と、PostgreSQLが動いているかを確かめてください。"),
            why=look.why or "-",
        )
    async with look.database.transaction() as tx:
        number, _ = (await tx.execute(_VERSION)).one()
    version = f"{number // 10_000}.{number % 10_000}"
    if number < LEAST_VERSION:
        return broken(
            N_("PostgreSQL %(version)s では古すぎます。"),
            N_("PostgreSQL 18以降に上げてください。"),
            version=version,
        )
    return ok(N_("PostgreSQL %(version)s が応答しました。"), version=version)


async def migrations(look: Surroundings) -> Finding:
    """Has it every table that this code expects?"""
    if look.database is None:
        return off(N_("データベースにつながらないため、調べていません。"))
    try:
        async with look.database.transaction() as tx:
            found = await tx.scalar(_NEWEST)
    except sa.exc.ProgrammingError:
        found = None
    if found != look.newest:
        return broken(
            N_("データベースの版は %(found)s で、このプログラムの版 %(newest)s と違います。"),
            N_("./run migrate を実行してください。"),
            found=str(found or "-"),
            newest=str(look.newest),
        )
    return ok(N_("最新の版（%(newest)s）です。"), newest=str(look.newest))


async def rights(look: Surroundings) -> Finding:
    """Can the application change the books? It must not."""
    if look.database is None:
        return off(N_("データベースにつながらないため、調べていません。"))
    async with look.database.transaction() as tx:
        too_much = await tx.scalar(_RIGHTS)
    if too_much:
        return broken(
            N_("サイトの利用者名で、帳簿を書きかえられます。"),
            N_(
                "HITOTOKI_DATABASE_URL は hitotoki_app の役割で、"
                "持ち主は HITOTOKI_DATABASE_OWNER_URL だけで使ってください。"
            ),
        )
    return ok(N_("サイトは帳簿に足すことしかできません。"))


async def room(look: Surroundings) -> Finding:
    """Is there room on the disk, as far as this machine knows?"""
    if look.database is None:
        return off(N_("データベースにつながらないため、調べていません。"))
    free = look.database.disk.free()
    if look.database.disk.lack() is not None:
        return broken(
            N_("ディスクの空きが足りません。"),
            N_("空きを増やしてください。なくなると、入室も購入もできなくなります。"),
        )
    if free is None:
        return off(N_("データベースは別のサーバーにあります。空きはそちらで見てください。"))
    return ok(N_("%(gigabytes)s GBの空きがあります。"), gigabytes=f"{free / GIGABYTE:.1f}")


async def clocks(look: Surroundings) -> Finding:
    """Do the machine and the database agree on the time, and know the site's zone?"""
    if look.database is None:
        return off(N_("データベースにつながらないため、調べていません。"))
    async with look.database.transaction() as tx:
        before = time.time()
        told = await clock(tx)
        after = time.time()
        known = await tx.scalar(_ZONE, {"zone": look.settings.site_zone})
    # The answer is of a moment between the two; only what lies outside is certain.
    apart = max(before - told.timestamp(), told.timestamp() - after, 0.0)
    if apart > MOST_APART_SECONDS:
        return broken(
            N_("このサーバーとデータベースの時計が %(seconds)s秒ずれています。"),
            N_("両方でNTPを動かしてください。"),
            seconds=round(apart),
        )
    if not known:
        return broken(
            N_("データベースが時間帯 %(zone)s を知りません。"),
            N_("PostgreSQLにtzdataを入れてください。"),
            zone=look.settings.site_zone,
        )
    return ok(N_("時計は合っています（%(zone)s）。"), zone=look.settings.site_zone)


async def backups(look: Surroundings) -> Finding:
    """How old is the newest backup?"""
    folder = look.settings.backup_folder
    if folder is None:
        if look.settings.demo:
            return off(N_("デモサイトです。"))
        return todo(
            N_("バックアップのフォルダーが設定されていません。"),
            N_(
                "./run backup を毎晩動かし、そのフォルダーを HITOTOKI_BACKUP_FOLDER に"
                "設定すると、ここで古さを確かめられます。"
            ),
        )
    newest = await asyncio.to_thread(newest_backup, folder)
    if newest is None:
        return broken(
            N_("%(folder)s にバックアップがありません。"),
            N_("./run backup が毎晩動いているかを確かめてください。"),
            folder=str(folder),
        )
    hours = round((datetime.now(UTC).timestamp() - newest) / 3600)
    if hours > BACKUP_HOURS:
        return broken(
            N_("いちばん新しいバックアップは %(hours)s時間前のものです。"),
            N_("./run backup が毎晩動いているかを確かめてください。"),
            hours=hours,
        )
    return ok(N_("いちばん新しいバックアップは %(hours)s時間前のものです。"), hours=max(hours, 0))


def newest_backup(folder: Path) -> float | None:
    """Return when the newest whole backup was written (Unix time); None where none can be seen."""
    try:
        times = [one.stat().st_mtime for one in folder.glob("*.tar") if one.stat().st_size]
    except OSError:
        return None
    return max(times, default=None)
