"""The browsers with which one can talk: one table for the pages, the build and the device check."""

import json
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).resolve().parent / "client" / "browsers.json"
# Every browser there is the system's own, so the system's version counts.
SYSTEMS_OWN = "ios"


@dataclass(frozen=True)
class Supported:
    """Browsers that work from one version on; `since` is the system's where `by_system`."""

    browsers: tuple[str, ...]
    systems: tuple[str, ...]
    since: str
    by_system: bool


def supported() -> tuple[Supported, ...]:
    """Return the table, as `web/client/browsers.json` has it."""
    rows = json.loads(TABLE.read_text("utf-8"))
    return tuple(
        Supported(
            tuple(row["browsers"]),
            tuple(row["systems"]),
            row["since"],
            by_system=row["engine"] == SYSTEMS_OWN,
        )
        for row in rows
    )
