"""The rules for alerts: of figures that there are, each with its line for who is woken by it."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FOLDERS = ("web", "signaling", "telephone", "media", "rooms", "cli")
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
# What Prometheus adds to a figure's name.
ADDED = re.compile(r"_(total|bucket|count|sum)$")


# Figures whose names are made of two parts, by the file that makes them.
PARTED = {"telephone/process.py": "hitotoki_telephone_", "cli/media.py": "hitotoki_relay_"}


def figures() -> set[str]:
    """The names of all figures that processes tell of themselves."""
    paths = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")]
    named = set(re.findall(r'"(hitotoki_[a-z_]+)"', "".join(path.read_text() for path in paths)))
    for file, begins in PARTED.items():
        parts = re.findall(r'\("([a-z_]+)", "', (ROOT / file).read_text())
        named |= {begins + part for part in parts}
    return named


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_is_about_figures_that_there_are(rule: dict[str, Any]) -> None:
    used = re.findall(r"\b(hitotoki_[a-z_]+)", re.sub(r'"[^"]*"', "", rule["expr"]))
    assert used or rule["expr"].startswith("up{")
    assert {ADDED.sub("", name) for name in used} <= {ADDED.sub("", one) for one in figures()}
    assert rule["labels"]["severity"] in ("page", "ticket")


def test_each_rule_has_its_line_for_who_is_woken_and_no_line_is_of_none() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    lines = re.findall(r"^\| `(Hitotoki\w+)` \| .+ \| .+ \|$", page, re.MULTILINE)
    assert sorted(lines) == sorted(rule["alert"] for rule in RULES)
