"""The house keeps its proportions: short functions, small files, no circle, one meaning a name."""

import ast
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.catalogues import PACKAGES, ROOT

MOST_MODULES = 20
MOST_LINES_OF_MOST_FUNCTIONS = 22
MOST_LINES = 45
LONG_FILE = 250
MOST_LONG_FILES = 6
# Of a payment's page and of its receipt; the two stand on floors that don't see each other.
STILL_TWICE = {("points", "purchase_unknown")}
BUILT = ("node_modules", "static")


def sources(*endings: str) -> Iterator[Path]:
    """Yield the files of the product, those that were written by hand."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in endings and not set(BUILT) & set(path.parts):
                yield path


def name_of(path: Path) -> str:
    """Return how a module is imported."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def parsed() -> dict[str, ast.Module]:
    """Return every module of the product by its name."""
    return {name_of(path): ast.parse(path.read_text("utf-8")) for path in sources(".py")}


def functions() -> list[tuple[int, str]]:
    """Return every function with its length, docstring and all, the longest first."""
    found = []
    for module, tree in parsed().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                found.append((length, f"{module}.{node.name}"))
    return sorted(found, reverse=True)


def imports(tree: ast.Module, modules: Iterable[str]) -> set[str]:
    """Return which of these modules a module imports, wherever in it."""
    known, found = set(modules), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            # `from package import module` needs the package alone where it names no module.
            found.update(inner & known or {node.module})
    return found & known


def test_no_folder_holds_too_many_modules() -> None:
    beside = defaultdict[Path, int](int)
    for path in sources(".py"):
        beside[path.parent] += path.name != "__init__.py"
    crowded = {str(f.relative_to(ROOT)): n for f, n in beside.items() if n > MOST_MODULES}
    assert not crowded, f"more than {MOST_MODULES} modules side by side: {crowded}"


def test_functions_are_short() -> None:
    found = functions()
    long = found[: len(found) // 20 + 1]
    assert long[-1][0] <= MOST_LINES_OF_MOST_FUNCTIONS, (
        f"more than one function in twenty has over {MOST_LINES_OF_MOST_FUNCTIONS} lines; "
        f"these are the shortest of the long ones: {long[-20:]}"
    )


def test_no_function_is_very_long() -> None:
    too_long = [one for one in functions() if one[0] > MOST_LINES]
    assert not too_long, f"over {MOST_LINES} lines: {too_long}"


def test_few_files_are_long() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in sources(".py", ".ts")}
    long = {str(p.relative_to(ROOT)): n for p, n in lengths.items() if n > LONG_FILE}
    assert len(long) <= MOST_LONG_FILES, f"more than {MOST_LONG_FILES} over {LONG_FILE}: {long}"


def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = parsed()
    graph = {name: imports(tree, modules) - {name} for name, tree in modules.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(f"a circle: {' ← '.join(error.args[1])}") from None


def test_a_class_has_a_name_of_its_own() -> None:
    where = defaultdict[str, list[str]](list)
    for module, tree in parsed().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                where[node.name].append(module)
    twice = {name: found for name, found in where.items() if len(found) > 1}
    assert not twice, f"one name for several classes: {twice}"


def test_a_refusal_is_worded_once_a_package() -> None:
    where = defaultdict[tuple[str, ...], list[str]](list)
    for module, tree in parsed().items():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "UserError"
                and texts(node)
            ):
                where[(module.partition(".")[0], *texts(node))].append(f"{module}:{node.lineno}")
    twice = {said: f for said, f in where.items() if len(f) > 1 and said[:2] not in STILL_TWICE}
    assert not twice, f"the same refusal in several places: {twice}"


def texts(call: ast.Call) -> list[str]:
    """Return the code and the text of a refusal."""
    return [
        node.value
        for argument in call.args
        for node in ast.walk(argument)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def test_the_id_in_an_address_is_written_in_one_place() -> None:
    written = [name_of(path) for path in sources(".py") if "[0-9]{" in path.read_text("utf-8")]
    addresses = [name for name in written if name.startswith("web.") and "routes" in name]
    assert not addresses, f"these write the pattern of an id themselves: {addresses}"


def test_what_must_stay_together_stays_with_one_worker(request: pytest.FixtureRequest) -> None:
    """Else talks with cameras go on beside each other, and each worker makes a file's site anew."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("/test_house")
        assert "@" in request.node.nodeid
