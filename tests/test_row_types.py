"""What is locked or passed on has a type, and the types say what the tables say."""

import ast
import types
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.row_types import typed, typed_all, typed_one
from points.ledger.locked_rows import HoldRow, PurchaseRow
from points.limits import Chosen
from points.tables import holds, purchases, spending_limits
from rooms.booking.rows import (
    RequestRow,
    RequestState,
    ReservationRow,
    ReservationState,
    TalkOfTime,
)
from rooms.care.reports import Reported
from rooms.ground.booking_tables import RESERVATION_STATES, reservations
from rooms.ground.report_tables import reports
from rooms.ground.request_tables import REQUEST_STATES, reservation_requests
from rooms.ground.tables import rooms, talks
from rooms.talk.rows import EnteredRoom, PairedTalk

ROOT = Path(__file__).parents[1]
# Files and functions that may name Any, and why.
MAY = {
    "points/payments/*": "the provider's events are JSON of any kind; their rows are to follow",
    "points/payments/bills/told.py": "the provider's events are JSON of any kind",
    "points/payments/wire/*": "what Stripe says is JSON of any kind",
    "rooms/talk/proof/sides.py": "its rows are to follow",
    "rooms/talk/readings.py": "its rows are to follow",
    "rooms/talk/seats.py": "its rows are to follow",
}
# A query names its columns, and none of its rows' values: `sa.Select[Any]` hides no typing error.
QUERIES = ("sa.Select[Any]",)


def untyped(module: ast.Module) -> Iterator[tuple[int, str]]:
    """The functions of a module with a parameter or a return value of which anything is true."""
    for node in ast.walk(module):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        args = node.args
        taken = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        notes = [arg.annotation for arg in taken if arg and arg.annotation] + [node.returns]
        for note in notes:
            said = ast.unparse(note) if note else ""
            for query in QUERIES:
                said = said.replace(query, "")
            if "Any" in said.replace("[", " ").replace("]", " ").replace(",", " ").split():
                yield node.lineno, node.name


@pytest.mark.parametrize("package", ["rooms", "points"])
def test_no_row_is_of_any_type(package: str) -> None:
    files = [path.relative_to(ROOT) for path in sorted((ROOT / package).rglob("*.py"))]
    found = [
        f"{path}:{line}: {name}"
        for path in files
        if not any(path.match(pattern) for pattern in MAY)
        for line, name in untyped(ast.parse((ROOT / path).read_text()))
    ]
    assert not found, (
        "mypy sees no mistyped column of a row that is Any. Read the row into a frozen dataclass"
        f" (foundation/row_types.py), or say in MAY why it can't be: {found}"
    )


@pytest.mark.parametrize("pattern", MAY)
def test_what_may_name_any_still_does(pattern: str) -> None:
    files = list(ROOT.glob(pattern))
    assert any("Any" in path.read_text() for path in files), f"take {pattern} out of MAY"


@pytest.mark.parametrize(
    "code",
    [
        "def f(row: Any): ...",
        "async def f(tx: Tx, rows: Sequence[Any]): ...",
        "def f() -> dict[str, Any]: ...",
        "def f(*, row: Any | None = None): ...",
        "def f(**values: Any): ...",
    ],
)
def test_every_such_function_is_found(code: str) -> None:
    assert list(untyped(ast.parse(code)))


def test_queries_and_words_that_begin_alike_are_no_rows() -> None:
    assert not list(untyped(ast.parse("def f(a: sa.Select[Any], b: Anything) -> object: ...")))


# Of each type of a whole table's rows, its table.
TABLES: list[tuple[type, sa.Table]] = [
    (ReservationRow, reservations),
    (RequestRow, reservation_requests),
    (TalkOfTime, talks),
    (EnteredRoom, rooms),
    (PairedTalk, talks),
    (Reported, reports),
    (PurchaseRow, purchases),
    (HoldRow, holds),
    (Chosen, spending_limits),
]
JOINED = {(HoldRow, "user_id"), (HoldRow, "kind")}


def plain(hint: Any) -> tuple[type, bool]:
    """The type of a field, and whether it may be None."""
    if get_origin(hint) in (Union, types.UnionType):
        (given,) = (part for part in get_args(hint) if part is not type(None))
        return plain(given)[0], True
    return (str if get_origin(hint) is Literal else hint), False


@pytest.mark.parametrize(("kind", "table"), TABLES, ids=lambda value: getattr(value, "name", None))
def test_a_rows_type_says_what_the_columns_are(kind: type, table: sa.Table) -> None:
    hints = get_type_hints(kind)
    said = {
        field.name: plain(hints[field.name])
        for field in fields(kind)
        if (kind, field.name) not in JOINED
    }
    columns = {
        name: (table.c[name].type.python_type, bool(table.c[name].nullable)) for name in said
    }
    assert said == columns


def test_the_states_of_the_types_are_the_tables() -> None:
    assert set(get_args(ReservationState)) == set(RESERVATION_STATES)
    assert set(get_args(RequestState)) == set(REQUEST_STATES)


@dataclass(frozen=True)
class Pair:
    """A row of two columns."""

    one: int
    two: str | None


async def test_a_row_becomes_its_type_and_a_missing_column_is_an_error(database: Database) -> None:
    async with database.transaction() as tx:
        query = sa.text("SELECT 1 AS one, 'x' AS two, true AS more")
        assert typed(Pair, (await tx.execute(query)).mappings().one()) == Pair(1, "x")
        assert typed_all(Pair, (await tx.execute(query)).mappings()) == [Pair(1, "x")]
        empty = sa.text("SELECT 1 AS one, 'x' AS two WHERE false")
        assert typed_one(Pair, (await tx.execute(empty)).mappings()) is None
        with pytest.raises(KeyError):
            typed(Pair, (await tx.execute(sa.text("SELECT 1 AS one"))).mappings().one())
