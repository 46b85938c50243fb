"""Every text that people read goes through the catalogues: no Japanese stands beside them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.catalogues import PACKAGES, ROOT

JAPANESE = re.compile(r"[぀-ヿ㐀-鿿]")
MARKS = {"N_", "_", "ngettext", "translate"}
# What is Japanese in every language: the site's name, forms of dates and of address, the nickname
# of who has withdrawn and those that nobody may take, the letters and words of banks, and what the
# demo site's people, an operator's console and a voice on the telephone say, and words that are
# looked for in what people write.
AS_IT_IS = {
    "cli/admin.py", "cli/demo.py", "cli/seed.py", "cli/serve.py", "foundation/settings.py",
    "foundation/times.py", "media/speech/kana.py", "payouts/banks/holders.py",
    "payouts/banks/packed.py", "payouts/banks/renewal.py", "people/accounts/likeness.py",
    "people/joining/erasure.py", "people/telephones/spoken_names.py",
    "people/telephones/tables.py",
    "points/payments/bills/telling.py", "points/payments/wire/demo_bank.py", "points/reminders.py",
    "rooms/care/withdrawal.py", "foundation/text/words.py", "telephone/prompts/japanese.py",
    "telephone/prompts/render.py", "telephone/prompts/texts.py", "web/http/filters.py",
    "web/pages/finding/addresses.py",
    "web/pages/points/moves.py", "web/pages/rooms/card_drawing.py", "writing/ground/contacts.py",
    "writing/ground/danger.py",
}  # fmt: skip
COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
MARKED = re.compile(
    r"\{#.*?#\}|\{%-?\s*trans.*?endtrans\s*-?%\}|\b_\(\s*(?:\"[^\"]*\"|'[^']*')", re.DOTALL
)
# What somebody writes is looked at, not said.
RECOGNISES = {"contacts.ts"}
# The yen is what staff type after an amount.
OWN_NAMES = {"ひととき", "日本語", "円"}


def unmarked(path: Path) -> Iterator[str]:
    """Yield the Japanese strings of a Python file that no catalogue translates."""
    tree = ast.parse(path.read_text("utf-8"))
    marked = set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MARKS:
            marked.update(id(inner) for inner in ast.walk(node))
        elif isinstance(node, ast.Expr):  # a docstring
            marked.add(id(node.value))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or id(node) in marked:
            continue
        said = node.value
        if isinstance(said, str) and said not in OWN_NAMES and JAPANESE.search(said):
            yield f"{path.relative_to(ROOT)}:{node.lineno}: {said[:60]}"


@pytest.mark.parametrize("package", PACKAGES)
def test_no_text_in_python_passes_the_catalogues_by(package: str) -> None:
    files = [
        path
        for path in (ROOT / package).rglob("*.py")
        if str(path.relative_to(ROOT)) not in AS_IT_IS
    ]
    assert [text for path in files for text in unmarked(path)] == []


def test_no_text_in_a_template_passes_the_catalogues_by() -> None:
    found = []
    for path in [*(ROOT / "web/templates").glob("*"), *(ROOT / "notify/templates").glob("*")]:
        if path.is_file():
            plain = MARKED.sub("", path.read_text("utf-8"))
            lines = [line.strip() for line in plain.splitlines() if JAPANESE.search(line)]
            found += [
                f"{path.name}: {line}"
                for line in lines
                if not OWN_NAMES & set(re.findall(f"{JAPANESE.pattern}+", line))
            ]
    assert found == []


def test_the_browsers_code_says_nothing_of_its_own() -> None:
    """Its words come with each page, in the page's language."""
    files = [p for p in (ROOT / "web/client").rglob("*.ts") if p.name not in RECOGNISES]
    assert len(files) > 30
    assert [p.name for p in files if JAPANESE.search(COMMENTS.sub("", p.read_text("utf-8")))] == []
