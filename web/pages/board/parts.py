"""What several pages of the board share: a press, words that mean danger, refusals in a form."""

from collections.abc import Mapping
from typing import Any

from aiohttp.web import Request

from foundation.errors import ProtocolError, UserError
from foundation.language import translate
from web.http.forms import Filled, needed, one_line
from web.http.visit import Visit, reader_locale
from writing.board import rules
from writing.ground import danger, help_lines
from writing.ground.categories import CATEGORY_NAMES

SHORTEST_PRESS, LONGEST_PRESS = 8, 64
SHOWN_TEXT = 4000


def press_in(form: Mapping[str, str]) -> str:
    """Return the press that a form brings, which makes one thing of it however often it comes."""
    press = one_line(needed(form, "press"), LONGEST_PRESS)
    if len(press) < SHORTEST_PRESS:
        raise ProtocolError("press_malformed")
    return press


def must_see_help(form: Mapping[str, str], *texts: str) -> bool:
    """Say whether somebody is to be shown where help is to be had before they send this."""
    return form.get("knows") != "1" and danger.is_danger(*texts)


def refuse(filled: Filled, error: UserError, field: str = "form") -> None:
    """Note in a form what keeps it from being done."""
    filled.errors[field] = translate(filled.locale, error.text, **error.params)


def status_of(error: UserError) -> int:
    """Return the status of a form that is shown again."""
    return 422 if error.status == 400 else error.status


def kept_text(request: Request, text: str) -> Filled:
    """Return a form of one text as it was filled in."""
    kept = text.replace("\r\n", "\n").replace("\0", "")[:SHOWN_TEXT]
    return Filled(reader_locale(request), {"text": kept})


async def helping(v: Visit, *, shown: bool) -> dict[str, Any]:
    """Return the numbers for help for a page that shows them: `lines`."""
    return {"lines": await help_lines.of(v.tx, reader_locale(v.request)) if shown else []}


def words_of_board() -> dict[str, Any]:
    """Return what templates need to name things: `category_names`, `board_rules`."""
    return {"category_names": CATEGORY_NAMES, "board_rules": rules}
