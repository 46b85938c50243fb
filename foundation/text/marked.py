"""Markdown to HTML, for texts that an operator writes: no HTML, no pictures, few kinds of links.

Headings get anchors, or the one that they name (`## 評価 {@ratings}`). `{name}` is a figure, which
whoever draws the text fills in. See docs/decisions/site-texts.md.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token
from markupsafe import Markup, escape

from foundation.errors import UserError
from foundation.language import N_

# Quotes in lists in quotes: beyond that the parser drops what is left, which nobody may notice.
MOST_NESTING = 20
SAFE_NESTING = MOST_NESTING - 3
# Each is work of its own, however short.
MOST_LINES = 5_000

Figure = Callable[[str], str]
"""What stands in the place of `{name}`; of type Markup where it is HTML already."""

_FIGURE = re.compile(r"\{([a-z][a-z0-9_]{0,59})\}")
_ANCHOR = re.compile(r"\{@([a-z][a-z0-9-]{0,40})\}")
_LINK = re.compile(r"(?:https?://[^/\s]|mailto:[^\s]|/(?![/\\])|#|\?)", re.IGNORECASE)


def drawn(
    text: str, figure: Figure, *, whole: Collection[str] = (), table_label: str = ""
) -> Markup:
    """Return a text as HTML. Figures named in `whole` stand for themselves, in no paragraph.

    `table_label` is what a screen reader is told of a table that can be scrolled. Raises UserError
    (422) `text_nested` and `text_lines`.
    """
    if text.count("\n") >= MOST_LINES:
        raise UserError(
            "text_lines", N_("%(most)s行までで入力してください。"), status=422, most=MOST_LINES
        )
    tokens = _PARSER.parse(text)
    if any(token.level > SAFE_NESTING for token in tokens):
        raise UserError(
            "text_nested", N_("引用や箇条書きの入れ子が深すぎます。浅くしてください。"), status=422
        )
    _name_headings(tokens)
    _free_wholes(tokens, whole)
    kept = _without_empty_heads(tokens)
    env = {"figure": figure, "table_label": table_label}
    # What the library makes without HTML of the text's own is escaped.
    return Markup(_PARSER.renderer.render(kept, _PARSER.options, env))  # noqa: S704


def _figure_rule(state: StateInline, silent: bool) -> bool:
    return _sign(state, silent, _FIGURE, "figure")


def _anchor_rule(state: StateInline, silent: bool) -> bool:
    return _sign(state, silent, _ANCHOR, "anchor")


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Take the signs of emphasis as the library does; beside figures and letters without spaces
    between words, as in Japanese, they work wherever no space is in the way.
    """
    marker = state.src[state.pos]
    if silent or marker not in ("_", "*"):
        return False
    found = state.scanDelims(state.pos, marker == "*")
    before = state.src[state.pos - 1 : state.pos] or " "
    after = state.src[state.pos + found.length : state.pos + found.length + 1] or " "
    wide = marker == "*" and any(one in "{}" or not one.isascii() for one in (before, after))
    for _ in range(found.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=found.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=not after.isspace() if wide else found.can_open,
                close=not before.isspace() if wide else found.can_close,
            )
        )
    state.pos += found.length
    return True


def _sign(state: StateInline, silent: bool, pattern: re.Pattern[str], kind: str) -> bool:
    found = pattern.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        state.push(kind, "", 0).content = found[1]
    state.pos = found.end()
    return True


def _may_lead(address: str) -> bool:
    """Whether a link may lead there: the web, a mail, or this site."""
    return _LINK.match(address) is not None and not re.search("%(?:5C|7B)", address)


def _name_headings(tokens: Sequence[Token]) -> None:
    """Give each heading an anchor of its own, and none the rank of the page's title."""
    times: dict[str, int] = {}
    for at, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close") and token.tag == "h1":
            token.tag = "h2"
        if token.type != "heading_open":
            continue
        words = tokens[at + 1]
        given = [one for one in words.children or () if one.type == "anchor"]
        words.children = [one for one in words.children or () if one.type != "anchor"]
        name = given[0].content if given else _slug(words)
        times[name] = times.get(name, 0) + 1
        token.attrSet("id", name if times[name] == 1 else f"{name}--{times[name]}")


def _slug(words: Token) -> str:
    said = "".join(one.content for one in words.children or ())
    kept = "".join(c if unicodedata.category(c)[0] in "LN" else "-" for c in said.lower())
    return re.sub("-+", "-", kept).strip("-")[:60] or "part"


def _free_wholes(tokens: Sequence[Token], whole: Collection[str]) -> None:
    for opening, words, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        alone = words.children or ()
        if (
            opening.type == "paragraph_open"
            and len(alone) == 1
            and alone[0].type == "figure"
            and alone[0].content in whole
        ):
            opening.hidden = closing.hidden = True


def _without_empty_heads(tokens: Sequence[Token]) -> list[Token]:
    """Leave out heads of tables with nothing in them; their rows begin with what they are about."""
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.type == "thead_open":
            end = next(i for i in range(at, len(tokens)) if tokens[i].type == "thead_close")
            words = [one for one in tokens[at:end] if one.type == "inline"]
            if not any(one.content.strip() for one in words):
                _head_rows(tokens, end)
                at = end + 1
                continue
        kept.append(token)
        at += 1
    return kept


def _head_rows(tokens: Sequence[Token], start: int) -> None:
    for before, cell, closing in zip(
        tokens[start:], tokens[start + 1 :], tokens[start + 3 :], strict=False
    ):
        if before.type == "table_close":
            return
        if before.type == "tr_open" and cell.type == "td_open":
            cell.tag = closing.tag = "th"
            cell.attrSet("scope", "row")


def _draw_figure(
    _self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, env: Any
) -> str:
    return str(escape(env["figure"](tokens[at].content)))


def _draw_anchor(
    _self: RendererHTML, tokens: Sequence[Token], at: int, _options: Any, _env: Any
) -> str:
    return f'<span id="{tokens[at].content}"></span>'


def _draw_table(
    _self: RendererHTML, _tokens: Sequence[Token], _at: int, _options: Any, env: Any
) -> str:
    label = escape(env["table_label"])
    return f'<div class="table-scroll" tabindex="0" role="region" aria-label="{label}"><table>\n'


def _end_table(
    _self: RendererHTML, _tokens: Sequence[Token], _at: int, _options: Any, _env: Any
) -> str:
    return "</table></div>\n"


def _draw_link(self: RendererHTML, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    if str(tokens[at].attrGet("href")).lower().startswith("http"):
        tokens[at].attrSet("rel", "noopener noreferrer")
    return self.renderToken(tokens, at, options, env)


class _Parser(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return _may_lead(url)


def _made() -> MarkdownIt:
    options = {"html": False, "linkify": False, "typographer": False, "maxNesting": MOST_NESTING}
    parser = _Parser("js-default", options)
    # Pictures would be loaded from elsewhere; links that are named once and used a thousand times
    # make a long text of a short one; what is indented is seldom meant as code.
    parser.disable(["image", "reference", "code", "html_block", "html_inline"])
    parser.inline.ruler.at("emphasis", _emphasis)
    parser.inline.ruler.before("emphasis", "figure", _figure_rule)
    parser.inline.ruler.before("emphasis", "anchor", _anchor_rule)
    for name, rule in (
        ("figure", _draw_figure),
        ("anchor", _draw_anchor),
        ("table_open", _draw_table),
        ("table_close", _end_table),
        ("link_open", _draw_link),
    ):
        parser.add_render_rule(name, rule)
    return parser


_PARSER = _made()
