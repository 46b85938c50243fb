"""One page of a longer list."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from foundation.database import Tx

T = TypeVar("T")

# Beyond this a list is searched, not paged; it also keeps offsets cheap.
LAST_PAGE = 1000
# A badge counts no further.
MOST_COUNTED = 99


@dataclass(frozen=True)
class Page(Generic[T]):
    """The entries of page `number` (from 1) and whether another page follows."""

    items: list[T]
    number: int
    has_next: bool

    @classmethod
    def of(cls, rows: Sequence[T], number: int, size: int) -> "Page[T]":
        """Make a page from up to `size + 1` rows; the extra row only shows that more follow."""
        return cls(list(rows[:size]), number, has_next=len(rows) > size and number < LAST_PAGE)

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


def offset(number: int, size: int) -> int:
    """Return how many rows to skip for page `number`, kept within 1..LAST_PAGE."""
    return (min(max(number, 1), LAST_PAGE) - 1) * size


async def count(tx: Tx, rows: sa.Select[Any]) -> int:
    """Return how many rows a query finds; beyond 99 the figure stays there."""
    some = rows.limit(MOST_COUNTED).subquery()
    return int(await tx.scalar(sa.select(sa.func.count()).select_from(some)) or 0)
