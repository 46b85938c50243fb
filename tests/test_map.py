"""docs/map.md names only what is there."""

import ast
import re
from pathlib import Path

import pytest
from aiohttp.web import Application

from foundation.settings import Settings
from tests.security.house import addresses
from web.routes import routes

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "map.md"
SAID = re.findall(r"`([^`\n]+)`", PAGE.read_text())
PLACES = sorted({said for said in SAID if re.fullmatch(r"[\w.]+/[\w./]*(:[\w.]+)?", said)})
ADDRESSES = sorted({said for said in SAID if re.match(r"(GET|POST) /", said)})
LINKS = sorted(set(re.findall(r"\]\(([\w./-]+)\)", PAGE.read_text())))


def missing(place: str) -> str | None:
    """Say what is missing of a place: `folder/`, `file` or `file:name`."""
    file, _, name = place.partition(":")
    path = ROOT / file
    if not (path.is_dir() if file.endswith("/") else path.is_file()):
        return f"there is no {file}"
    if name and name not in names_in(path):
        return f"{file} has no {name}"
    return None


def names_in(path: Path) -> set[str]:
    """Functions, classes and methods of Python and TypeScript; of other files the words."""
    text = path.read_text()
    if path.suffix == ".ts":
        return names_in_client(text)
    if path.suffix != ".py":
        return set(re.findall(r"[\w-]+", text))
    found = set()
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in ast.parse(text).body:
        if isinstance(node, kinds):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{part.name}" for part in node.body if isinstance(part, kinds)}
    return found


def names_in_client(text: str) -> set[str]:
    """The functions, classes and methods of TypeScript in the form that biome gives it."""
    found, inside = set(), ""
    for line in text.splitlines():
        if function := re.match(r"(?:export )?(?:async )?function (\w+)", line):
            found.add(function[1])
        elif opened := re.match(r"(?:export )?class (\w+)", line):
            inside = opened[1]
            found.add(inside)
        elif method := re.match(r"  (?:async |get |set )?(#?\w+)\(.*\{$", line):
            found.add(f"{inside}.{method[1]}")
        elif line == "}":
            inside = ""
    return found


@pytest.mark.parametrize("place", PLACES)
def test_the_map_names_what_is_there(place: str) -> None:
    assert missing(place) is None


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_map_names_addresses_that_are_answered(address: str) -> None:
    app = Application()
    app.add_routes(routes(Settings()))
    method, path = address.split(" ", 1)
    assert path in set(addresses(app, method))


@pytest.mark.parametrize("link", LINKS)
def test_the_map_links_to_pages_that_are_there(link: str) -> None:
    assert (PAGE.parent / link).is_file()


def test_the_map_is_one_page_that_names_much() -> None:
    assert len(PAGE.read_text().split()) < 1500
    assert len(PLACES) > 60
    assert len(ADDRESSES) >= 4


@pytest.mark.parametrize(
    "place",
    [
        "rooms/nowhere/",
        "rooms/talk/nothing.py",
        "rooms/talk/entry.py:nobody",
        "signaling/push.py:Push.nothing",
        "web/client/wire/peer.ts:Peer.nothing",
        "web/templates/base.html:nothing-of-the-kind",
    ],
)
def test_what_is_not_there_is_noticed(place: str) -> None:
    assert missing(place)


@pytest.mark.parametrize("package", ["rooms", "payouts", "people", "points", "writing"])
def test_every_folder_of_the_large_packages_stands_on_the_map(package: str) -> None:
    folders = {
        f"{path.parent.relative_to(ROOT)}/" for path in (ROOT / package).glob("*/__init__.py")
    }
    assert folders <= set(PLACES)
