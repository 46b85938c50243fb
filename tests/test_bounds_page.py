"""The table of what is bounded says what the settings and the code say."""

import re
from pathlib import Path

import pytest

from foundation.settings import Settings
from notify import jobs
from people.accounts import passwords
from people.meeting import drawing
from points.payments.wire import gateway
from scheduler import tasks
from web.pages.accounts import own_data

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "operating.md").read_text()
TABLE = PAGE[PAGE.index("## What is bounded") : PAGE.index("## At three in the morning")]
ROWS = {
    cells[0]: cells
    for cells in (
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TABLE.splitlines()
        if line.startswith("| ") and not line.startswith(("| ---", "| work"))
    )
}
# What the documents call "Who is slow".
SETTINGS = (ROOT / "docs" / "settings.md").read_text()
SLOW = re.findall(
    r"`HITOTOKI_(\w+)`", SETTINGS[SETTINGS.index("## Who is slow") : SETTINGS.index("## Staff")]
)
# Told of elsewhere: tries an hour, and the few that are said in another row already.
UNTOLD = {"UPLOAD_TRIES"}


def row(beginning: str) -> list[str]:
    [found] = [cells for work, cells in ROWS.items() if work.startswith(beginning)]
    return found


def named(cells: list[str]) -> list[str]:
    return re.findall(r"`(\w+)`", cells[3])


def test_every_bound_on_who_is_slow_stands_in_the_table() -> None:
    told = {name for cells in ROWS.values() for name in named(cells)}
    assert set(SLOW) <= told
    assert len(SLOW) > 15


@pytest.mark.parametrize("work", ROWS)
def test_each_row_says_the_defaults_of_its_settings(work: str) -> None:
    _, time, number, _ = ROWS[work]
    figures = set(re.findall(r"\d[\d,]*", f"{time} {number}"))
    for name in named(ROWS[work]):
        default = Settings.model_fields[name.lower()].default
        assert name in UNTOLD or f"{default:,}" in figures, name


def test_the_figures_that_are_no_settings_are_the_codes() -> None:
    drawn = row("a photo that is drawn")
    assert drawn[1].endswith(f"{drawing.MOST_MEMORY // 2**30} GiB of memory")
    assert drawn[2].startswith(f"{drawing.AT_ONCE} at once, {drawing.MOST_WAITING} wait")
    assert f"{passwords.MOST_WAITING} in all" in row("a password")[2]
    packed = f"{own_data.PACKED_AT_ONCE} packed at once, {own_data.MOST_PACKING} in all"
    assert row("a member's own data")[2] == packed
    assert row("a job")[1] == f"{jobs.LONGEST_RUN_SECONDS // 60} minutes"
    assert row("a job")[2].startswith(f"{tasks.CONCURRENCY} of the site's own")
    assert (row("a question")[1], gateway.RETRIES) == ("10 s, and twice again", 2)


def test_the_page_says_how_many_connections_a_process_holds() -> None:
    site = Settings()
    pages, talks = (most + most // 2 for most in (site.page_connections, site.talk_connections))
    # Each crew has a pool, and a connection on which it hears of new jobs.
    of_jobs = len(tasks.crews(site)) * (tasks.CONNECTIONS + 1)
    said = (
        f"holds up to {pages + talks + 1 + of_jobs} connections to the database: {pages}\nfor pages"
    )
    assert said in PAGE
    assert f"1 for the ticker, {of_jobs} for jobs" in PAGE
