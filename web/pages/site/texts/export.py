"""The shipped texts as Markdown with names in the place of figures, for operators to begin with.

The templates are read as they are: each expression becomes the name of what it says, each condition
the block that stands for it. One that has no name is a mistake, which a test finds.
"""

from functools import lru_cache
from typing import Any

from jinja2 import Environment, nodes
from jinja2.environment import Template
from markupsafe import Markup

from web.pages.site.texts.branches import Branches
from web.pages.site.texts.to_markdown import markdown

TEMPLATES = {"guide": "guide.html", "guide_casts": "guide_casts.html", "legal": "legal.html"}
# Filters that only dress a figure: its name stands for the dressed one.
DRESS = frozenset({"points", "sentence", "day", "trim"})
# Macros for which a name stands, wherever they come from.
STANDING = frozenset({"shot", "seller", "fact"})


class Named(Markup):
    """The name of a figure, where the figure would stand."""

    __slots__ = ()

    def __rsub__(self, _whole: int) -> "Named":
        # 100 − fee_percent is the only one.
        return Named("{cast_share}")


class NamedSettings:
    """Settings of which each says its own name."""

    def __getattr__(self, name: str) -> Named:
        return Named(f"{{{name}}}")


@lru_cache(maxsize=32)
def exported(environment: Environment, name: str, locale: str) -> str:
    """Return a shipped text of a language as Markdown."""
    file = TEMPLATES.get(name, f"{locale}/{name}.html")
    tree = environment.parse(_source(environment, file))
    body = nodes.Template(_body(environment, tree), lineno=1)
    body.set_environment(environment)
    code = environment.compile(body, name, file)
    drawn = Template.from_code(environment, code, environment.make_globals(None), None)
    return markdown(drawn.render(_said(name, locale)))


def _source(environment: Environment, file: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, file)[0]


def _body(environment: Environment, tree: nodes.Template) -> list[nodes.Node]:
    """Return what stands in the page itself, every condition as signs around both of its sides."""
    _read_in(environment, tree)
    block = next((one for one in tree.find_all(nodes.Block) if one.name == "content"), None)
    found = list(block.body if block else tree.body)
    return Branches(dropped=STANDING, dress=DRESS).statements(found)


def _read_in(environment: Environment, tree: nodes.Node) -> None:
    """Put files that are included in the place where they are."""
    for parent in [tree, *tree.find_all((nodes.If, nodes.Block))]:
        for field in ("body", "else_"):
            kept: list[nodes.Node] = []
            for one in getattr(parent, field, ()):
                if isinstance(one, nodes.Include) and isinstance(one.template, nodes.Const):
                    kept += environment.parse(_source(environment, one.template.value)).body
                else:
                    kept.append(one)
            if hasattr(parent, field):
                setattr(parent, field, kept)


def _said(name: str, locale: str) -> dict[str, Any]:
    prefix = "shot_cast_" if name == "guide_casts" else "shot_"
    gap = "" if locale == "ja" else " "
    return {
        "locale": locale,
        "settings": NamedSettings(),
        "site_name": Named("{site_name}"),
        "free_words": Named("{free_words}"),
        "ways": NamedSettings(),
        "span": lambda figure: figure,
        "first_asks": lambda: Named("{first_asks}"),
        "gap": lambda: gap,
        "badge": lambda state: Named(f"{{badge_{state}}}"),
        "browser_table": lambda: Named("<p>{browsers}</p>"),
        "way_names": lambda *_, but="": Named(
            "{payment_ways_at_once}" if but else "{payment_ways}"
        ),
        "shot": lambda shown, _text: Named(f"<p>{{{prefix}{shown}}}</p>"),
        "seller": _fact,
        "fact": _fact,
        "icon": lambda _name: "",
    }


def _fact(word: str, value: str) -> Markup:
    return Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(word, value)
