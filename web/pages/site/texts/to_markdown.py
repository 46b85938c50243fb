"""HTML of the shipped texts as Markdown: the few elements that they are made of, and no others."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_SIGN = re.compile(r"(\{[#^/][a-z0-9_]+\})")
_SIGNS = re.compile(r"(?:\s*\{[#^/][a-z0-9_]+\})+\s*")
_SPACE = re.compile(r"[ \t\r\n]+")
_SPECIAL = re.compile(r"([\\`*\[\]<|])")
BLOCKS = frozenset({
    "section", "div", "nav", "ul", "ol", "dl", "li", "dt", "dd", "p", "h1", "h2", "h3",
})  # fmt: skip
# Nobody's text: the page's own title, and what only ends a piece.
SKIPPED = frozenset({"h1", "caption", "img", "svg", "script"})
VOID = frozenset({"br", "img", "input", "hr"})


@dataclass
class Element:
    """An element of a page, or its whole; `children` are elements and words."""

    tag: str
    attrs: dict[str, str] = field(default_factory=dict)
    children: list["Element | str"] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.path = [Element("body")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs})
        self.path[-1].children.append(made)
        if tag not in VOID:
            self.path.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self.path[-1].tag == tag, f"{tag} ends {self.path[-1].tag}"
        self.path.pop()

    def handle_data(self, data: str) -> None:
        self.path[-1].children.append(data)


def markdown(html: str) -> str:
    """Return a piece of a page as Markdown."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    [body] = reader.path
    text = "\n".join(_lines(body)).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", text) + "\n"


def _lines(parent: Element, anchor: str = "") -> list[str]:
    """Return the lines of an element that holds others; an empty one parts them."""
    made: list[str] = []
    words: list[Element | str] = []
    for child in [*parent.children, Element("end")]:
        if isinstance(child, Element) and (child.tag in BLOCKS or child.tag == "end"):
            made += _paragraph(words)
            words = []
            made += _block(child, anchor)
            if child.tag in ("h2", "h3"):
                anchor = ""
        else:
            words.append(child)
    return made


def _paragraph(words: list[Element | str]) -> list[str]:
    said = _inline(words).strip()
    if not said:
        return []
    if _SIGNS.fullmatch(said):
        return [one for one in _SIGN.split(said) if one.strip()]
    return ["", said, ""]


def _block(one: Element, anchor: str) -> list[str]:
    if one.tag in SKIPPED or one.tag == "end" or "notice" in one.attrs.get("class", ""):
        return []
    own = one.attrs.get("id", "")
    if one.tag in ("h2", "h3"):
        named = own or anchor
        mark = f" {{@{named}}}" if named else ""
        return ["", f"{'#' * int(one.tag[1])} {_inline(one.children).strip()}{mark}", ""]
    if one.tag == "p":
        return _paragraph(one.children)
    if one.tag in ("ul", "ol"):
        return ["", *_items(one, "- " if one.tag == "ul" else "1. "), ""]
    if one.tag == "dl":
        return ["", "| | |", "|---|---|", *_rows(one), ""]
    return _lines(one, own)


def _items(parent: Element, mark: str) -> list[str]:
    made: list[str] = []
    for child in parent.children:
        if isinstance(child, str):
            made += [one for one in _SIGN.split(child) if one.strip()]
            continue
        lines = _tight(_item(child))
        made.append(f"{mark}{lines[0]}")
        made += [f"{' ' * len(mark)}{line}" if line else "" for line in lines[1:]]
    return made


def _item(one: Element) -> list[str]:
    own = one.attrs.get("id", "")
    mark = f"{{@{own}}}" if own else ""
    for child in one.children:
        # A title within a step is its first words.
        if isinstance(child, Element) and child.tag == "h3":
            child.tag = "p"
            child.children = [Element("strong", {}, child.children)]
    lines = _tight(_lines(one))
    return [mark + lines[0], *lines[1:]]


def _tight(lines: list[str]) -> list[str]:
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    return text.split("\n")


def _rows(parent: Element) -> list[str]:
    made: list[str] = []
    for child in parent.children:
        if isinstance(child, str):
            made += [one for one in _SIGN.split(child) if one.strip()]
        elif child.tag == "p":
            made.append(f"| {_inline(child.children).strip()} | |")
        else:
            cells = [one for one in child.children if isinstance(one, Element)]
            made.append("| " + " | ".join(_cell(one) for one in cells) + " |")
    return made


def _cell(one: Element) -> str:
    return " ".join(line for line in _lines(one) if line)


def _inline(words: list[Element | str]) -> str:
    return _SPACE.sub(" ", "".join(_word(one) for one in words))


def _word(one: Element | str) -> str:
    if isinstance(one, str):
        return _SPECIAL.sub(r"\\\1", one)
    said = _inline(one.children)
    if one.tag == "a":
        return f"[{said}]({one.attrs['href']})"
    if one.tag == "strong":
        return f"**{said}**"
    return "" if one.tag in SKIPPED else said
