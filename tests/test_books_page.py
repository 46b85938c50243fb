"""docs/books.md is played: its verbs are called, and its tables are what the database says."""

import ast
import inspect
import re
from collections.abc import Awaitable
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from foundation import locks
from foundation.database import Database, Tx
from foundation.settings import Settings
from people.accounts.tables import users
from points import audit, ledger
from rooms.talk import entry
from rooms.talk.rows import EnteredRoom
from tests.points.till import new_purchase
from tests.world import new_room, new_user

PAGE = Path(__file__).parents[1] / "docs" / "books.md"
# A step, and the table that the page shows right after it.
STEP = re.compile(
    r"^```(sql|python)\n(.*?)^```\n(?:\n((?:\|[^\n]*\n)+))?", re.MULTILINE | re.DOTALL
)

# What the story leaves out: the meter that proves a minute, and what the payment provider told.
LEFT_OUT = {
    "a talk's minutes run from one without a gap",
    "every paid purchase has its paid intent",
    "what was taken back has its refund or dispute",
}


async def test_the_page_says_what_happens(database: Database) -> None:
    steps = STEP.findall(PAGE.read_text())
    assert [kind for kind, _, _ in steps].count("python") >= 6
    async with database.transaction() as tx:
        # The whole story in one, in which nobody else takes part.
        locks.alone(tx)
        names = await the_people(tx)
        for kind, code, shown in steps:
            if kind == "python":
                await play(code, names)
                assert not shown
                continue
            said = await asked(tx, code)
            assert said == shown, f"the page and the books differ; they say:\n\n{said}"
    async with database.transaction() as tx:
        assert {proof.name for proof in await audit.prove(tx) if proof.broken} == LEFT_OUT


async def the_people(tx: Tx) -> dict[str, Any]:
    """Kenji and Sakura, their talk, and a purchase that is not paid yet."""
    settings = Settings(fee_percent=30)
    kenji, sakura = await new_user(tx, "Kenji"), await new_user(tx, "Sakura")
    ways = {"allows_video": True, "by_standby": True, "by_telephone": False}
    room = EnteredRoom(await new_room(tx, sakura), sakura, "Tea", 100, **ways)
    talk = await entry.begin(tx, settings, room, kenji, with_video=True, free_ms=60_000)
    purchase = await new_purchase(tx, kenji, 1000)
    assert await tx.scalar(sa.select(sa.func.count()).select_from(users)) == 2
    people = {"kenji": kenji, "sakura": sakura, "talk": talk, "purchase": purchase}

    async def refused(doing: Awaitable[Any]) -> bool:
        """Try something, undo it, and say whether the database refused it."""
        savepoint = await tx.begin_nested()
        try:
            await doing
        except IntegrityError:
            return True
        finally:
            await savepoint.rollback()
        return False

    return {"tx": tx, "ledger": ledger, "refused": refused, **people}


async def play(code: str, names: dict[str, Any]) -> None:
    """Run a step in Python, which may await and leave names to the next ones."""
    compiled = compile(code, str(PAGE), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    done = eval(compiled, names)
    if inspect.isawaitable(done):
        await done


async def asked(tx: Tx, query: str) -> str:
    """Ask a question in SQL; the answer as the page shows it."""
    found = await tx.execute(sa.text(query.replace(":", r"\:")))
    if not found.returns_rows:
        return ""
    lines = [list(found.keys()), *([said(value) for value in row] for row in found)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def said(value: object) -> str:
    """A value as a cell of a table shows it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return f"{value:,}"
    return "" if value is None else str(value)
