"""A text of the site as an administrator has typed it, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from aiohttp.web import Request
from markupsafe import Markup

from foundation.errors import UserError
from foundation.language import N_
from foundation.numbers import integer
from record.texts import rules
from record.texts.rules import WrittenText
from record.texts.tables import AGREED
from web.http.forms import Filled, needed
from web.http.keys import SETTINGS
from web.http.visit import reader_locale
from web.pages.site.texts import drawing

LANGUAGES = ("ja", "en")
MOST_NUMBER = 1_000_000


@dataclass(frozen=True)
class TypedText:
    """What was typed. `bodies` are by language, None where the shipped text stands; `written` is
    None where something is wrong with it (`filled.errors`).
    """

    filled: Filled
    bodies: Mapping[str, str | None]
    base: int
    holds_from: datetime | None
    written: WrittenText | None


def typed(request: Request, name: str, form: Mapping[str, str]) -> TypedText:
    """Read a form, and note beside each field what is wrong with it."""
    filled = Filled(reader_locale(request))
    bodies = {one: _body(filled, form, one) for one in LANGUAGES}
    summaries = [filled.take_text(form, f"summary_{one}", rules.summary_of) for one in LANGUAGES]
    to_agree = name in AGREED and form.get("to_agree") == "1"
    filled.values["to_agree"] = "1" if to_agree else ""
    summary_ja, summary_en = (one or "" for one in summaries)
    if "summary_ja" not in filled.errors:
        _note(
            filled, "summary_ja", lambda: rules.must_say_what(name, summary_ja, to_agree=to_agree)
        )
    holds_from = filled.take(form, "day", lambda text: _moment(request, text))
    base = integer(needed(form, "base"), 0, MOST_NUMBER)
    written = WrittenText(name, bodies["ja"], bodies["en"], summary_ja, summary_en, to_agree)
    return TypedText(filled, bodies, base, holds_from, None if filled.errors else written)


async def previews(request: Request, text: TypedText) -> dict[str, Markup]:
    """Return how a text's own parts would be read, by language, as the public page draws them.

    What can't be drawn is noted beside its field.
    """
    drawn: dict[str, Markup] = {}
    for locale, body in text.bodies.items():
        if body is None or f"body_{locale}" in text.filled.errors:
            continue
        try:
            facts = await drawing.facts_for(request, locale)
            drawn[locale] = await drawing.draw(body, facts)
        except UserError as error:
            text.filled.errors[f"body_{locale}"] = text.filled.told(error)
    return drawn


def _body(filled: Filled, form: Mapping[str, str], locale: str) -> str | None:
    own = form.get(f"own_{locale}") == "1"
    filled.values[f"own_{locale}"] = "1" if own else ""
    body = filled.take_text(form, f"body_{locale}", _checked if own else lambda _: None)
    return body if own else None


def _checked(text: str) -> str:
    body = rules.body_of(text)
    if body is None:
        raise UserError("text_missing", N_("本文を入力してください。"), status=422)
    drawing.check(body)
    return body


def _moment(request: Request, text: str) -> datetime | None:
    """Return the beginning of a day at the site; None for now."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day of the site's
    except ValueError as error:
        raise UserError("day_malformed", N_("日付を選んでください。"), status=422) from error
    return datetime.combine(day, time(), ZoneInfo(request.app[SETTINGS].site_zone))


def _note(filled: Filled, name: str, rule: object) -> None:
    assert callable(rule)
    try:
        rule()
    except UserError as error:
        filled.errors[name] = filled.told(error)
