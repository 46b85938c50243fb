"""Rows of the database as types of our own, so that mypy finds a column that isn't there.

A row as the database gave it (`DbRow`, `sa.RowMapping`) is read once, where it was asked for; what
is locked or passed on is a frozen dataclass whose fields bear the names of the columns.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import sqlalchemy as sa

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

DbRow: TypeAlias = sa.Row[*tuple[Any, ...]]

T = TypeVar("T", bound="DataclassInstance")


def typed(kind: type[T], row: sa.RowMapping) -> T:
    """Return a row as a dataclass: of its columns those that the fields are named for.

    Raises KeyError for a field whose column the row lacks.
    """
    return kind(**{field.name: row[field.name] for field in fields(kind)})


def typed_one(kind: type[T], found: sa.MappingResult) -> T | None:
    """Return the only row that was found, or None. Raises MultipleResultsFound for several."""
    row = found.one_or_none()
    return None if row is None else typed(kind, row)


def typed_all(kind: type[T], found: sa.MappingResult) -> list[T]:
    """Return every row that was found."""
    return [typed(kind, row) for row in found]


def typed_locked(kind: type[T], rows: Sequence[DbRow]) -> list[T]:
    """Return every row that `foundation.locks` has locked."""
    return [typed(kind, row._mapping) for row in rows]  # noqa: SLF001 - public by its documents
