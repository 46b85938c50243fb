"""An operator's Markdown: what it may bring onto a page, and what it can't."""

import re

import pytest
from markupsafe import Markup

from foundation.errors import UserError
from foundation.text import blocks, marked


def html(text: str, **figures: str) -> str:
    """Draw a text with figures."""
    return str(marked.drawn(text, figures.__getitem__, table_label="表"))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <b onclick='x'>b</b>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "[x](\tjavascript:alert(1))",
        "[x](data:text/html;base64,PHN2Zz4=)",
        "[x](vbscript:x)",
        "[x](//elsewhere.example)",
        "[x](/\\elsewhere.example)",
        "[x](file:///etc/passwd)",
        "<javascript:alert(1)>",
        "![x](https://elsewhere.example/x.png)",
        "![x](data:image/png;base64,AA==)",
        "[x]\n\n[x]: javascript:alert(1)",
        '[x](/a "\\" onmouseover=alert(1)")',
        "```x\" onclick=alert(1)\n</code><script>\n```",
        "## a {@b\" onclick=x}",
    ],
)  # fmt: skip
def test_nothing_in_it_acts_or_comes_from_elsewhere(text: str) -> None:
    drawn = html(text)
    tags = re.findall(r"<[^>]*>", drawn)
    assert not [tag for tag in tags if re.match(r"<(script|img|b|svg|iframe|style)\b", tag)]
    assert not [tag for tag in tags if re.search(r'^<[^"]*(?:"[^"]*"[^"]*)*\bon\w+=', tag)]
    for address in re.findall(r'href="([^"]*)"', drawn):
        assert re.match(r"https://|/a$", address), address


def test_links_lead_to_the_web_to_a_mail_or_into_the_site() -> None:
    drawn = html("[a](https://x.example/) [b](mailto:a@b.example) [c](/faq#ratings) [d](#top)")
    assert re.findall(r'href="([^"]*)"', drawn) == [
        "https://x.example/", "mailto:a@b.example", "/faq#ratings", "#top",
    ]  # fmt: skip
    assert drawn.count("noopener") == 1


def test_headings_have_anchors_of_their_own_below_the_title() -> None:
    drawn = html("# 題\n\n## 評価 {@ratings}\n\n## 料金\n\n## 料金")
    assert re.findall(r'<(h\d) id="([^"]*)"', drawn) == [
        ("h2", "題"), ("h2", "ratings"), ("h2", "料金"), ("h2", "料金--2"),
    ]  # fmt: skip


def test_figures_are_filled_in_and_bring_no_html() -> None:
    assert "12時間" in html("**{cancel_hours}**時間".replace("**", ""), cancel_hours="12")
    drawn = html("{seller_name} と **{cancel_hours}**", seller_name="<b>*甲*", cancel_hours="12")
    assert "&lt;b&gt;*甲*" in drawn
    assert "<strong>12</strong>" in drawn
    whole = marked.drawn("前\n\n{keeping}\n\n後", lambda _: Markup("<dl></dl>"), whole={"keeping"})
    assert "<p>前</p>\n<dl></dl>" in str(whole)


@pytest.mark.parametrize(
    ("text", "strong"),
    [
        ("開始の**{n}**時間前", "12"),
        ("開始の**{n}時間**前まで", "12時間"),
        ("この**「約束」**を", "「約束」"),
        ("**あ**い", "あ"),
        ("a **b** c", "b"),
    ],
)
def test_emphasis_needs_no_spaces_in_japanese(text: str, strong: str) -> None:
    assert f"<strong>{strong}</strong>" in html(text, n="12")


def test_a_table_without_a_head_says_what_each_row_is_about() -> None:
    drawn = html("| | |\n|-|-|\n| 所在地 | 東京 |\n")
    assert "<thead>" not in drawn
    assert '<th scope="row">所在地</th>' in drawn
    assert "<thead>" in html("| a | b |\n|-|-|\n| c | d |\n")


@pytest.mark.parametrize(
    "text",
    [">" * 10_000 + " a", "\n".join("  " * depth + "- a" for depth in range(100)), "> " * 30],
)
def test_what_is_too_deep_is_refused_and_never_dropped(text: str) -> None:
    with pytest.raises(UserError) as refused:
        html(text)
    assert refused.value.code == "text_nested"


def test_what_has_too_many_lines_is_refused() -> None:
    assert html("a\n" * (marked.MOST_LINES - 1))
    with pytest.raises(UserError) as refused:
        html("a\n" * marked.MOST_LINES)
    assert refused.value.code == "text_lines"


@pytest.mark.parametrize("part", ["[", "*a ", "`a ", "{", "[a](", "<http:", "~~a ", "|", "![", "&"])
def test_what_a_long_text_becomes_is_bounded_by_its_length(part: str) -> None:
    text = (part * 100_000)[:100_000]
    assert len(html(text)) <= 8 * len(text)


def test_parts_stand_where_they_hold() -> None:
    text = "- a\n{#tab}\n- b{^free}!{/free}\n{/tab}\n- c\n"
    blocks.check(text, {"tab", "free"}, ())
    assert blocks.opened(text, lambda name: name == "tab") == "- a\n- b!\n- c\n"
    assert blocks.opened(text, lambda _: True) == "- a\n- b\n- c\n"
    assert blocks.opened(text, lambda _: False) == "- a\n- c\n"


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("{#nothing}x{/nothing}", "block_unknown", "#nothing"),
        ("{#tab}x", "block_open", "tab"),
        ("x{/tab}", "block_closed_twice", "tab"),
        ("{#tab}{#free}x{/tab}{/free}", "block_closed_twice", "tab"),
        ("{#tab}" * 7 + "{/tab}" * 7, "blocks_too_deep", "tab"),
        ("料金は{price_of_all}です", "figure_unknown", "price_of_all"),
    ],
)
def test_what_is_unknown_or_open_is_refused_by_its_name(text: str, code: str, name: str) -> None:
    with pytest.raises(UserError) as refused:
        blocks.check(text, {"tab", "free"}, {"cancel_hours"})
    assert (refused.value.code, refused.value.params["name"]) == (code, name)
