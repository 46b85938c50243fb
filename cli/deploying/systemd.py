"""`hitotoki deploy systemd DIR`: units and a Caddyfile for a plain Debian server."""

import re
from pathlib import Path
from string import Template
from typing import Annotated

import typer

from cli.backups.archive import new_file

ROOT = Path(__file__).resolve().parents[2]
UNITS, CADDYFILE = ROOT / "deploy" / "systemd", ROOT / "deploy" / "Caddyfile"
COMMON = "common.conf"
FIRST_PORT = 8081
_HOST = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
# Of a path in a unit: nothing that systemd or a shell reads as something else.
_PATH = re.compile(r"/[\w./+-]+", re.ASCII)


def systemd(
    into: Annotated[Path, typer.Argument(help="A new folder for the files.")],
    host: Annotated[str, typer.Option(help="The site's host name.")],
    folder: Annotated[Path, typer.Option(help="Where the product lies on the server.")] = ROOT,
    user: Annotated[str, typer.Option(help="The account that runs it.")] = "hitotoki",
    processes: Annotated[int, typer.Option(min=1, max=32, help="Web processes.")] = 2,
    media: Annotated[bool, typer.Option(help="Talks through this machine.")] = False,
    telephone: Annotated[bool, typer.Option(help="The telephone's line.")] = False,
    backups: Annotated[Path, typer.Option(help="Folder for a backup every night.")] = Path(
        "/var/backups/hitotoki"
    ),
    events: Annotated[
        str, typer.Option(help="The unit of Valkey or Redis.")
    ] = "valkey-server.service",
) -> None:
    """Write systemd's units and a Caddyfile for a server without containers."""
    _must_fit("--host", host, _HOST)
    _must_fit("--user", user, _ACCOUNT)
    for option, path in (("--folder", folder), ("--backups", backups)):
        _must_fit(option, str(path), _PATH)
    ports = range(FIRST_PORT, FIRST_PORT + processes)
    parts = [f"hitotoki-web@{port}.service" for port in ports]
    parts += ["hitotoki-media.service"] if media else []
    parts += ["hitotoki-telephone.service"] if telephone else []
    said = {
        "folder": folder, "user": user, "host": host, "backups": backups, "events": events,
        "parts": " ".join(parts),
    }  # fmt: skip
    try:
        into.mkdir(parents=True)
    except FileExistsError as error:
        raise typer.BadParameter(f"{into} is there already.") from error
    for name, text in units(said).items():
        if _is_wanted(name, parts):
            _write(into / name, text)
    _write(into / "Caddyfile", caddyfile(host, ports))
    typer.echo(
        f"{into}: {len(list(into.iterdir()))} files. What to do with them: docs/operating.md"
    )


def _must_fit(option: str, word: str, form: re.Pattern[str]) -> None:
    if not form.fullmatch(word):
        raise typer.BadParameter(f"{option} {word!r} can't be written into a unit.")


def _is_wanted(name: str, parts: list[str]) -> bool:
    return name not in ("hitotoki-media.service", "hitotoki-telephone.service") or name in parts


def units(said: dict[str, object]) -> dict[str, str]:
    """Return the text of every unit by its name; all services share their last lines."""
    common = Template((UNITS / COMMON).read_text()).substitute(said).rstrip()
    return {
        path.name: Template(path.read_text()).substitute(said, common=common)
        for path in sorted(UNITS.iterdir())
        if path.name != COMMON
    }


def caddyfile(host: str, ports: range) -> str:
    """Return the Caddyfile of `compose.yaml` for processes of this machine."""
    upstreams = " ".join(f"127.0.0.1:{port}" for port in ports)
    text = CADDYFILE.read_text()
    return text.replace("{$SITE_HOST}", host).replace("web-1:8080 web-2:8080", upstreams)


def _write(path: Path, text: str) -> None:
    with new_file(path) as file:
        file.write(text.encode())
    path.chmod(0o644)
