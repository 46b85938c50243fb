"""Japanese is what the code says; catalogues hold the other languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation import language
from foundation.language import N_, choose, gettext_for, load, locales, translate

PO = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "あと%(n)sポイント"
msgstr "%(n)s more points"

msgid "予約"
msgstr ""
"""


@pytest.fixture(autouse=True)
def _catalogues(tmp_path: Path) -> Iterator[None]:
    before = dict(language._catalogues)
    path = tmp_path / "en" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_text(PO)
    load(tmp_path)
    yield
    language._catalogues.clear()
    language._catalogues.update(before)


def test_a_text_is_said_in_the_language_asked_for() -> None:
    text = N_("あと%(n)sポイント")
    assert translate("en", text, n=5) == "5 more points"
    assert translate("ja", text, n=5) == "あと5ポイント"


def test_a_text_without_translation_is_said_in_japanese() -> None:
    assert translate("en", "予約") == "予約"
    assert translate("en", "知らない") == "知らない"


def test_an_unknown_language_is_japanese() -> None:
    assert translate("xx", "予約") == "予約"
    assert gettext_for("../../etc").gettext("予約") == "予約"


def test_a_text_without_params_may_hold_a_percent_sign() -> None:
    assert translate("ja", "80%が売上") == "80%が売上"


def test_japanese_comes_first() -> None:
    assert locales() == ("ja", "en")


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        (None, "ja"), ("", "ja"), ("en-US,en;q=0.9", "en"), ("ja,en;q=0.8", "ja"),
        ("en;q=0.2, ja;q=0.9", "ja"), ("fr, de", "ja"), ("fr, en;q=0.1", "en"),
        ("en;q=0", "ja"), ("en;q=x,,;;", "ja"), ("EN-gb", "en"), ("," * 100_000, "ja"),
    ],
)  # fmt: skip
def test_the_browser_chooses_among_our_languages(header: str | None, chosen: str) -> None:
    assert choose(header) == chosen
