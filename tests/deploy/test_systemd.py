"""The units for a plain server: systemd takes them, and they start what there is as it is set."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from foundation.settings import Settings
from web.http.forwarded import client_address

ROOT = Path(__file__).parents[2]
ALL = ("--host", "talk.example", "--media", "--telephone", "--processes", "3")


def deploy(into: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["deploy", "systemd", str(into), *words])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Everything that there is to write, with a program where the units look for one."""
    product = tmp_path / "product"
    (product / ".venv" / "bin").mkdir(parents=True)
    (product / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (product / "docs").mkdir()
    (product / "docs" / "operating.md").touch()
    done = deploy(tmp_path / "units", *ALL, "--folder", str(product))
    assert done.exit_code == 0, done.output
    return tmp_path / "units"


def lines(folder: Path, name: str, key: str) -> list[str]:
    text = (folder / name).read_text()
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze here")
def test_systemd_finds_nothing_wrong(folder: Path) -> None:
    units = [path for path in folder.iterdir() if path.name != "Caddyfile"]
    assert len(units) == 7
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, units)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    ours = [line for line in checked.stderr.splitlines() if "hitotoki" in line]
    assert (checked.returncode, ours) == (0, [])


def test_every_command_is_one_that_there_is(folder: Path) -> None:
    started = {}
    for path in folder.glob("*.service"):
        (command,) = lines(folder, path.name, "ExecStart")
        words = shlex.split(command.replace("%i", "8081"))
        if words[0] == "/bin/sh":
            words = shlex.split(words[2].removeprefix("exec "))
        assert words[1:3] == ["-m", "cli"]
        started[path.name] = words[3]
        helped = CliRunner().invoke(app, [words[3], "--help"])
        assert helped.exit_code == 0
    assert sorted(started.values()) == ["backup", "media", "migrate", "serve", "telephone"]


def test_every_setting_in_them_is_one_that_there_is(folder: Path) -> None:
    named = {
        word.partition("=")[0]: word.partition("=")[2]
        for path in folder.glob("*.service")
        for line in lines(folder, path.name, "Environment")
        for word in line.split()
        if word.startswith("HITOTOKI_")
    }
    given: dict[str, Any] = {
        name.removeprefix("HITOTOKI_").lower(): value for name, value in named.items()
    }
    assert given.keys() <= Settings.model_fields.keys()
    settings = Settings(**given, database_url="postgresql://x@/x")
    assert settings.public_url == "https://talk.example"
    # Caddy on the same machine is believed about who comes.
    assert client_address("127.0.0.1", ["203.0.113.7"], settings.trusted_proxies) == "203.0.113.7"


def test_only_migrations_and_backups_know_the_owner_of_the_tables(folder: Path) -> None:
    read = {
        path.name for path in folder.glob("*.service")
        if "/etc/hitotoki/owner.env" in lines(folder, path.name, "EnvironmentFile")
    }  # fmt: skip
    assert read == {"hitotoki-migrate.service", "hitotoki-backup.service"}


def test_nothing_waits_less_for_its_end_than_it_needs(folder: Path) -> None:
    patience = {
        name: int(lines(folder, f"hitotoki-{name}.service", "TimeoutStopSec")[0])
        for name in ("web@", "media", "telephone")
    }
    settings = Settings()
    assert patience["web@"] > 10
    assert patience["media"] > settings.media_drain_seconds
    assert patience["telephone"] > settings.telephone_drain_minutes * 60


def test_caddy_asks_every_web_process_that_the_target_starts(folder: Path) -> None:
    wanted = lines(folder, "hitotoki.target", "Wants")[0].split()
    ports = re.findall(r"hitotoki-web@(\d+)", " ".join(wanted))
    assert len(ports) == 3
    proxied = re.search(r"reverse_proxy (.*) \{", (folder / "Caddyfile").read_text())
    assert proxied
    assert proxied[1].split() == [f"127.0.0.1:{port}" for port in ports]
    assert "talk.example {" in (folder / "Caddyfile").read_text()
    assert "$" not in (folder / "Caddyfile").read_text()


def test_parts_that_nobody_asked_for_are_not_written(tmp_path: Path) -> None:
    assert deploy(tmp_path / "units", "--host", "talk.example").exit_code == 0
    names = {path.name for path in (tmp_path / "units").iterdir()}
    assert not names & {"hitotoki-media.service", "hitotoki-telephone.service"}


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    refused = deploy(tmp_path, "--host", "talk.example")
    assert refused.exit_code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        ("--host", "talk.example\nExecStartPre=/bin/true"),
        ("--host", "talk"),
        ("--host", "talk.example {"),
        ("--host", "talk.example", "--user", "root\nX=1"),
        ("--host", "talk.example", "--folder", "/opt/a b"),
        ("--host", "talk.example", "--folder", "/opt/%i"),
        ("--host", "talk.example", "--backups", "/x';reboot;'"),
    ],
)
def test_what_would_change_a_unit_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused = deploy(tmp_path / "units", *words)
    assert refused.exit_code == 2
    assert not (tmp_path / "units").exists()
