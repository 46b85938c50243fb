"""Addresses in what people write: they lead where they say, and nothing else becomes markup."""

import re

import pytest

from foundation.text.links import REL, linked

PLAIN = "https://example.com/a"


def link(address: str, shown: str) -> str:
    return f'<a href="{address}" rel="{REL}">{shown}</a>'


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("https://example.com", link("https://example.com", "example.com")),
        (f"経歴は{PLAIN}をどうぞ。", f"経歴は{link(PLAIN, 'example.com/a')}をどうぞ。"),
        (f"({PLAIN}?c=d&e=f).", f"({link(f'{PLAIN}?c=d&amp;e=f', 'example.com/a?c=d&amp;e=f')})."),
        ("https://example.com:8443/x", link("https://example.com:8443/x", "example.com:8443/x")),
        ("HTTP なし example.com", "HTTP なし example.com"),
    ],
)  # fmt: skip
def test_an_address_becomes_a_link_that_shows_its_host(text: str, made: str) -> None:
    assert str(linked(text)) == f"<p>{made}</p>"


@pytest.mark.parametrize(
    "text",
    [
        "https://bank.example@evil.example/",
        "https://user:password@evil.example/",
        "https://bank.example\\@evil.example/",
        "https://localhost/admin", "http://127.0.0.1:8080/", "http://[::1]/", "http://2130706433/",
        "https://例え.jp/", "javascript:alert(1)", "data:text/html,<script>", "ftp://example.com/",
        "https://example.com:99999/", "https://", "https://.", "https://-a.example/",
    ],
)  # fmt: skip
def test_what_hides_where_it_leads_is_no_link(text: str) -> None:
    assert "<a" not in linked(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>", 'https://example.com/"onmouseover="alert(1)',
        "https://example.com/'><img src=x>", "<a href=https://example.com>x</a>",
        "&lt;b&gt; https://example.com/&lt;", "\u202ehttps://example.com/\u202c",
    ],
)  # fmt: skip
def test_nothing_else_becomes_markup(text: str) -> None:
    made = str(linked(text))
    rest = re.sub(rf'<a href="https://example\.com[^"<>]*" rel="{REL}">[^<>"]*</a>', "", made)
    assert re.sub(r"</?p>", "", rest).count("<") == 0
    assert 'onmouseover="' not in made


def test_lines_are_paragraphs_and_long_addresses_are_shortened() -> None:
    assert str(linked("一\n\n 二 \n")) == "<p>一</p><p> 二 </p>"
    made = str(linked(f"https://example.com/{'a' * 200}"))
    shown = re.search(r">([^<]*)</a>", made)
    assert shown
    assert len(shown[1]) == 60
    assert shown[1].startswith("example.com/aaa")
