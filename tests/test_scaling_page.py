"""docs/scaling.md says only what was measured, and by a command that there is."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "scaling.md").read_text()
MEASURED = (ROOT / "docs" / "benchmarks.md").read_text()
ROWS = re.findall(r"^\| (.+?) \| (.+?) \| `(benchmarks\.\w+)` \|$", PAGE, re.MULTILINE)
# What is said of the product beside the table, and where it stands there.
SAID = {
    "5,000 sockets": ("foundation/settings.py", "Count = Field(5000, description=\"Realtime"),
    "up to 34": ("docs/operating.md", "holds up to 34 connections"),
    "a thousand rounds": ("scheduler/errands.py", "MOST_ROUNDS = 1000"),
    "of twenty": ("rooms/talk/proof/digests.py", "TALKS_AT_ONCE = 20"),
    "30 days": ("rooms/talk/proof/digests.py", "BEATS_DAYS = 30"),
    "400 days": ("rooms/talk/proof/digests.py", "DIGEST_DAYS = 400"),
    "after 12 s": ("web/pages/staff/books.py", "PROOF_SECONDS = 12"),
    "ends at 15 s": ("foundation/database.py", '"statement_timeout": "15s"'),
    "up to 20,000": ("people/accounts/accounts.py", "MOST_COMPARED = 20_000"),
}  # fmt: skip


def test_there_are_rows() -> None:
    assert len(ROWS) > 15


@pytest.mark.parametrize(("what", "figure", "command"), ROWS)
def test_a_figure_was_measured_by_a_command_that_there_is(
    what: str, figure: str, command: str
) -> None:
    assert (ROOT / f"{command.replace('.', '/')}.py").is_file(), what
    for number in re.findall(r"[\d][\d,.]*", figure):
        assert re.search(rf"(?<![\d,.]){re.escape(number)}(?![\d])", MEASURED), (what, number)


@pytest.mark.parametrize("words", SAID)
def test_a_bound_that_is_named_is_the_codes(words: str) -> None:
    file, place = SAID[words]
    assert words in PAGE
    assert place in (ROOT / file).read_text()


def test_every_table_that_is_named_is_there() -> None:
    tables = "".join(path.read_text() for path in ROOT.glob("*/**/*tables*.py"))
    tables += "".join(path.read_text() for path in (ROOT / "points" / "tables").glob("*.py"))
    tables += "".join(path.read_text() for path in (ROOT / "rooms").glob("**/*.py"))
    section = PAGE.partition("## Which table grows")[2].partition("\n## ")[0]
    named = {n for row in re.findall(r"^\| (`.+?) \|", section, re.MULTILINE)
             for n in re.findall(r"`(\w+)`", row)}  # fmt: skip
    assert len(named) > 10
    assert not {name for name in named if f'"{name}"' not in tables}
