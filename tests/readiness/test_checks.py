"""What the checks find: of a site that nobody has set up, of one that is ready, of what is away."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from foundation.database import Database
from foundation.disk import Disk
from foundation.settings import Settings
from readiness import checks, contents, ground, services, site, trials
from readiness.checks import CHECKS, CheckLine
from readiness.findings import GROUPS, Check, Finding, Surroundings, ok
from record import opening
from tests.notify.mail_server import MailServer
from tests.points.payments.fake_stripe import FakeStripe
from tests.readiness.conftest import filled, found, mailing, selling

NEWEST = ground.newest_migration()


def state(lines: dict[str, CheckLine]) -> dict[str, str]:
    return {key: line.finding.state for key, line in lines.items()}


async def test_nothing_set_up_is_told_line_by_line(bare: Settings, database: Database) -> None:
    bare = bare.model_copy(update={"database_url": "postgresql://elsewhere"})
    told = state(await found(bare, database))
    for key in ("public_url", "secret_key", "mail", "seller", "terms"):
        assert told[key] == "broken", key
    for key in ("payment_keys", "relay", "telecom", "backups"):
        assert told[key] == "todo", key
    for key in ("database", "migrations", "rights", "clock", "packs", "categories"):
        assert told[key] == "ok", key


async def test_a_demo_site_lacks_nothing(settings: Settings, database: Database) -> None:
    told = state(await found(settings, database))
    assert set(told.values()) <= {"ok", "off"}, told


async def test_a_site_that_is_set_up_is_ready_once_all_was_tried(
    settings: Settings, database: Database, post: MailServer, stripe: FakeStripe
) -> None:
    settings = filled(settings, **mailing(post), **selling(stripe))
    before = await found(settings, database)
    assert {key for key, line in before.items() if line.hinders} == {"mail", "telecom"}
    await trials.send_mail(database, settings, "me@example.jp", "ja", actor_id=None)
    async with database.transaction() as tx:
        await opening.note(tx, contents.TELECOM, "done")
    after = await found(settings, database)
    assert not [key for key, line in after.items() if line.hinders]
    assert post.recipients == [["me@example.jp"]]


def test_every_line_has_its_place_and_its_name() -> None:
    assert len({check.key for check in CHECKS}) == len(CHECKS)
    assert {check.group for check in CHECKS} == set(GROUPS)
    groups = [check.group for check in CHECKS]
    assert groups == sorted(groups, key=list(GROUPS).index)


async def test_a_database_that_is_away_is_one_broken_line_and_hides_no_other(
    bare: Settings,
) -> None:
    lines = await checks.walk(Surroundings(bare, None, NEWEST, why="OperationalError"))
    told = state({line.check.key: line for line in lines})
    assert told["database"] == "broken"
    assert told["mail"] == "broken"
    assert told["clock"] == "off"


async def test_a_database_of_another_version_is_told(bare: Settings, database: Database) -> None:
    assert (await ground.migrations(Surroundings(bare, database, "9999"))).state == "broken"


async def test_who_may_change_the_books_is_told(bare: Settings, owner_database: Database) -> None:
    assert (await ground.rights(Surroundings(bare, owner_database, NEWEST))).state == "broken"


async def test_a_full_disk_is_told(bare: Settings, database: Database, tmp_path: Path) -> None:
    database.disk = Disk(tmp_path, 10**9)
    assert (await ground.room(Surroundings(bare, database, NEWEST))).state == "broken"


async def test_a_clock_that_goes_wrong_is_told(
    bare: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = time.time
    monkeypatch.setattr("readiness.ground.time.time", lambda: really() + 60)
    assert (await ground.clocks(Surroundings(bare, database, NEWEST))).state == "broken"


async def test_an_old_backup_a_missing_and_a_fresh_one(bare: Settings, tmp_path: Path) -> None:
    look = Surroundings(bare.model_copy(update={"backup_folder": tmp_path}), None, NEWEST)
    assert (await ground.backups(look)).state == "broken"
    made = tmp_path / "hitotoki-2026-12-01.tar"
    made.write_bytes(b"whole")
    assert (await ground.backups(look)).state == "ok"
    old = time.time() - 3 * 86_400
    os.utime(made, (old, old))
    assert (await ground.backups(look)).state == "broken"
    # What is still being written is no backup.
    (tmp_path / "hitotoki-2026-12-02.tar.17.partial").write_bytes(b"half")
    assert (await ground.backups(look)).state == "broken"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://talk.example", "broken"),
        ("https://nobody.invalid", "broken"),
        ("http://127.0.0.1:9", "todo"),
    ],
)
async def test_an_address_that_leads_nowhere(bare: Settings, url: str, expected: str) -> None:
    look = Surroundings(bare.model_copy(update={"public_url": url}), None, NEWEST)
    assert (await site.public_address(look)).state == expected


async def test_redis_that_is_away_is_told(bare: Settings) -> None:
    look = Surroundings(
        bare.model_copy(update={"redis_url": "redis://:hidden@127.0.0.1:9"}), None, NEWEST
    )
    told = await site.several_processes(look)
    assert told.state == "broken"
    assert "hidden" not in told.text("ja") + told.help("ja")


async def test_two_web_processes_without_a_way_between_them_are_told(
    bare: Settings, database: Database
) -> None:
    processes = [database.apart(1, "ticker") for _ in range(2)]
    states = []
    for process in processes:
        async with process.transaction():
            states.append(
                (await site.several_processes(Surroundings(bare, database, NEWEST))).state
            )
    for process in processes:
        await process.close()
    assert states == ["off", "broken"]


async def test_keys_of_two_modes_are_told(settings: Settings, stripe: FakeStripe) -> None:
    given = selling(stripe) | {"stripe_publishable_key": "pk_live_other"}
    look = Surroundings(filled(settings, **given), None, NEWEST)
    assert (await services.payment_keys(look)).state == "broken"
    assert not stripe.asked


async def test_keys_that_the_provider_refuses_are_told(
    settings: Settings, stripe: FakeStripe
) -> None:
    stripe.refusal = (401, {"type": "invalid_request_error", "message": "No such key"})
    told = await services.payment_keys(
        Surroundings(filled(settings, **selling(stripe)), None, NEWEST)
    )
    assert told.state == "broken"
    assert told.params["why"] == "key"


async def test_a_recordings_folder_that_is_a_file_is_told(bare: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    changed = {"recording": True, "recordings": tmp_path / "file"}
    assert (
        await site.recordings(Surroundings(bare.model_copy(update=changed), None, NEWEST))
    ).state == ("broken")
    changed["recordings"] = tmp_path / "new"
    assert (
        await site.recordings(Surroundings(bare.model_copy(update=changed), None, NEWEST))
    ).state == ("ok")


async def test_a_check_that_hangs_or_fails_keeps_no_other(
    bare: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs(_: Surroundings) -> Finding:
        await asyncio.Event().wait()
        raise AssertionError

    async def fails(_: Surroundings) -> Finding:
        raise RuntimeError("sk_live_secret")

    async def well(_: Surroundings) -> Finding:
        return ok("x")

    monkeypatch.setattr(checks, "CHECK_SECONDS", 0)
    listed = tuple(Check(str(n), "site", "x", look) for n, look in enumerate((hangs, fails, well)))
    lines = await checks.walk(Surroundings(bare, None, NEWEST), listed)
    assert [line.finding.state for line in lines[:2]] == ["broken", "broken"]
    assert "secret" not in "".join(line.finding.text("ja") for line in lines)
