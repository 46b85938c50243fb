"""Parts of a text that stand there only where something holds: `{#name} … {/name}`.

`{^name} … {/name}` stands where it does not hold. A line with nothing but such signs is none of the
text's own: lists and tables go on over it.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from foundation.errors import UserError
from foundation.language import N_

MOST_DEEP = 6

_SIGN = re.compile(r"\{([#^/])([a-z0-9_]{1,60})\}")
_ALONE = re.compile(r"^[ \t]*((?:\{[#^/][a-z0-9_]{1,60}\}[ \t]*)+)(?:\n|\Z)", re.MULTILINE)
_FIGURE = re.compile(r"\{([a-z][a-z0-9_]{0,59})\}")


@dataclass(frozen=True)
class _Sign:
    kind: str
    name: str
    start: int
    end: int


def opened(text: str, holds: Callable[[str], bool]) -> str:
    """Return a text with the parts that stand there now; `holds` tells it of a name.

    The text has passed `check`.
    """
    text = _ALONE.sub(lambda found: found[1].replace(" ", "").replace("\t", ""), text)
    kept: list[str] = []
    shown = [True]
    at = 0
    for sign in _signs(text):
        if shown[-1]:
            kept.append(text[at : sign.start])
        at = sign.end
        if sign.kind == "/":
            shown.pop()
        else:
            shown.append(shown[-1] and holds(sign.name) == (sign.kind == "#"))
    kept.append(text[at:])
    return "".join(kept)


def check(text: str, blocks: Collection[str], figures: Collection[str]) -> None:
    """Refuse a text with a name that is unknown, or a block that isn't closed.

    Raises UserError (422): `block_unknown`, `block_open`, `block_closed_twice`, `blocks_too_deep`,
    `figure_unknown`, each with the `name` as it stands in the text.
    """
    under_way: list[str] = []
    for sign in _signs(text):
        if sign.kind == "/":
            if not under_way or under_way.pop() != sign.name:
                raise _wrong_end(sign.name)
            continue
        if sign.name not in blocks:
            raise _unknown_block(sign.kind + sign.name)
        under_way.append(sign.name)
        if len(under_way) > MOST_DEEP:
            raise _too_deep(sign.name)
    if under_way:
        raise _open(under_way[-1])
    for name in _FIGURE.findall(text):
        if name not in figures:
            raise _unknown_figure(name)


def _signs(text: str) -> list[_Sign]:
    return [_Sign(one[1], one[2], one.start(), one.end()) for one in _SIGN.finditer(text)]


def _unknown_block(name: str) -> UserError:
    return UserError(
        "block_unknown",
        N_("「{%(name)s}」という条件はありません。使える名前は、ページの下の一覧にあります。"),
        status=422,
        name=name,
    )


def _wrong_end(name: str) -> UserError:
    return UserError(
        "block_closed_twice",
        N_("「{/%(name)s}」に対応する始まりがありません。"),
        status=422,
        name=name,
    )


def _open(name: str) -> UserError:
    return UserError(
        "block_open",
        N_("「%(name)s」の条件が閉じられていません。終わりに「{/%(name)s}」を入れてください。"),
        status=422,
        name=name,
    )


def _too_deep(name: str) -> UserError:
    return UserError(
        "blocks_too_deep",
        N_("条件の入れ子が深すぎます（「%(name)s」）。"),
        status=422,
        name=name,
    )


def _unknown_figure(name: str) -> UserError:
    return UserError(
        "figure_unknown",
        N_("「{%(name)s}」という数値はありません。使える名前は、ページの下の一覧にあります。"),
        status=422,
        name=name,
    )
