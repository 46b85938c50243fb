"""What is found by words: the columns in which a table keeps them, and the conditions that ask.

Such a table has `head` (what names a thing), `words` (that and its text), `readings` and `grams`;
see docs/decisions/search.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from foundation.text import words
from foundation.text.readings import Read, read_all, readings_of
from foundation.text.words import Pattern


@dataclass(frozen=True)
class Typed:
    """What somebody looks for: for each word those patterns of which one must be found.

    `close` says the same of words with one wrong letter; it is empty where all are too short.
    """

    exact: list[list[Pattern]]
    close: list[list[Pattern]]


async def typed(text: str) -> Typed:
    """Return what a typed text looks for."""
    terms = words.terms(text)
    read = await readings_of(terms)
    exact = [words.patterns(term, how) for term, how in zip(terms, read, strict=True)]
    close = [words.mistyped(term) for term in terms]
    if not any(close):
        return Typed(exact, [])
    return Typed(exact, [one + other for one, other in zip(exact, close, strict=True)])


async def columns_of(texts: Sequence[tuple[Sequence[str], str]]) -> list[dict[str, object]]:
    """Return the columns of words of things, each told as its head's lines and its text.

    Raises CrowdedError.
    """
    heads = [[" ".join(line.split()) for line in head] for head, _ in texts]
    read = await read_all(
        ["\n".join([*head, text]) for head, (_, text) in zip(heads, texts, strict=True)]
    )
    return [
        _columns(head, text, how) for head, (_, text), how in zip(heads, texts, read, strict=True)
    ]


def _columns(head: Sequence[str], text: str, how: Read) -> dict[str, object]:
    """The columns of words. Names are no words of the dictionary: they also stand as they are."""
    plain_head = [words.plain(line) for line in head]
    said = how.whole.split("\n")
    named = words.joined([*plain_head, *said[: len(head)]])
    whole = words.joined([named, words.plain(text), *said[len(head) :]])
    return {
        "head": named,
        "words": whole,
        "readings": f" {' '.join(plain_head)}{how.words}",
        "grams": words.grams(whole),
    }


def contains(
    table: sa.FromClause, some: Sequence[Pattern], *, mistyped: bool
) -> sa.ColumnElement[bool]:
    """Return the condition that one of these is found; a wrong letter only in what names a thing.

    The index is asked for all of them at once: what it isn't sure of is then looked for in texts
    alone, since the grams of a row take as long to read as its text.
    """
    grams = table.c.grams
    known = sa.or_(*(grams.contains(needed) for one in some for needed in one.either))
    if all(one.sure for one in some):
        return known
    return sa.and_(known, sa.or_(*(_says(table, one, mistyped=mistyped) for one in some)))


def _says(table: sa.FromClause, one: Pattern, *, mistyped: bool) -> sa.ColumnElement[bool]:
    text = table.c.head if mistyped and not one.sure else table.c.words
    where = table.c.readings if one.in_readings else text
    # Far quicker than LIKE.
    found = sa.or_(*(sa.func.strpos(where, part) > 0 for part in one.parts))
    if not one.likes:
        return found
    return sa.and_(found, where.like(sa.any_(sa.cast(list(one.likes), ARRAY(sa.Text)))))
