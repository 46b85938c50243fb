"""Telephone numbers for help where a life may be in danger, by language, as staff keep them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import DEFAULT, N_, locales
from foundation.row_types import typed_all
from foundation.text.written import one_line_of
from record.acts import log_act, reason_of
from writing.ground.tables import MOST_LINE_HOURS, MOST_LINE_NAME, help_lines

MOST_LINES = 20


@dataclass(frozen=True)
class HelpLine:
    """A number that answers in a language; `hours`: when, in words, or empty."""

    id: int
    locale: str
    name: str
    number: str
    hours: str

    @property
    def dialled(self) -> str:
        """The number as a telephone takes it from a link."""
        return re.sub(r"[^0-9#+*]", "", self.number)


async def of(tx: Tx, locale: str) -> list[HelpLine]:
    """Return the numbers for a reader of a language; without any, those for Japanese."""
    found = await every(tx)
    return [one for one in found if one.locale == locale] or [
        one for one in found if one.locale == DEFAULT
    ]


async def every(tx: Tx) -> list[HelpLine]:
    """Return all numbers in their order, language by language."""
    rows = await tx.execute(
        sa.select(help_lines).order_by(
            help_lines.c.locale.desc(), help_lines.c.position, help_lines.c.id
        )
    )
    return typed_all(HelpLine, rows.mappings())


async def add(
    tx: Tx, locale: str, name: str, number: str, hours: str, reason: str, *, actor_id: int
) -> None:
    """Add a number at the end of a language's; one that is there is written anew.

    Raises UserError `reason_needed` or `help_number` (400), `text_missing` (422),
    `help_locale` (400) or `help_lines_full`.
    """
    why = reason_of(reason)
    if locale not in locales():
        raise UserError("help_locale", N_("言語を選んでください。"), status=400)
    written = {
        "name": one_line_of(name, MOST_LINE_NAME),
        "hours": " ".join(hours.split())[:MOST_LINE_HOURS],
    }
    dialled = _number(number)
    known = await _lock(tx, locale)
    if dialled not in {one.number for one in known} and len(known) >= MOST_LINES:
        raise UserError(
            "help_lines_full",
            N_("ひとつの言語に載せられるのは%(most)s件までです。"),
            most=MOST_LINES,
        )
    row = insert(help_lines).values(
        locale=locale, number=dialled, position=len(known) + 1, **written
    )
    await tx.execute(row.on_conflict_do_update(index_elements=["locale", "number"], set_=written))
    await log_act(tx, actor_id, "help.add", f"help:{dialled}", reason=why, locale=locale)


async def remove(tx: Tx, line_id: int, reason: str, *, actor_id: int) -> None:
    """Take a number away; one must be left in Japanese.

    Raises UserError `reason_needed` (400), `help_unknown` (404) or `help_last`.
    """
    why = reason_of(reason)
    known = {one.id: one for one in await _lock(tx, None)}
    line = known.get(line_id)
    if line is None:
        raise UserError("help_unknown", N_("この窓口は、すでにありません。"), status=404)
    if line.locale == DEFAULT and sum(one.locale == DEFAULT for one in known.values()) == 1:
        raise UserError("help_last", N_("日本語の窓口は、ひとつ以上載せてください。"))
    await tx.execute(sa.delete(help_lines).where(help_lines.c.id == line_id))
    await log_act(tx, actor_id, "help.remove", f"help:{line.number}", reason=why)


async def _lock(tx: Tx, locale: str | None) -> Sequence[HelpLine]:
    await locks.lock_word(tx, "help_lines", "all")
    return [one for one in await every(tx) if locale in (None, one.locale)]


def _number(typed: str) -> str:
    plain = re.sub(r"[\s()]", "", unicodedata.normalize("NFKC", typed))
    plain = re.sub(r"[\u2010-\u2015\u2212\u30fc]", "-", plain)
    if not re.fullmatch(r"[0-9#+*-]{2,20}", plain):
        raise UserError(
            "help_number", N_("電話番号を、数字とハイフンで入力してください。"), status=400
        )
    return plain
