"""Statements that work on all talks at once, or on some of them alone, each with a plan of its own.

One statement for both ("any ids, or these") makes PostgreSQL plan for all talks: then what is done
at a beat would cost the more, the more others talk.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa


@dataclass(frozen=True)
class Scoped:
    """A statement for all talks, and the same for those named by `:only`."""

    for_all: sa.TextClause
    for_some: sa.TextClause

    def of(self, only: Sequence[int] | None) -> sa.TextClause:
        """Return the statement for these talks, or for all where none are named."""
        return self.for_all if only is None else self.for_some


def scoped(sql: str, column: str = "id") -> Scoped:
    """Return a statement of both kinds; `/* only */` stands where the ids are asked for."""
    assert sql.count("/* only */") == 1
    some = f"AND {column} = ANY (CAST(:only AS bigint[]))"
    return Scoped(sa.text(sql.replace("/* only */", "")), sa.text(sql.replace("/* only */", some)))
