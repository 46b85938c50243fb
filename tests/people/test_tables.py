"""The tables forbid what the rules forbid, and nothing that the rules allow."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from foundation.database import Database
from foundation.errors import UserError
from people.accounts import rules
from people.accounts.tables import blocks, sessions, users
from tests.web.scene import hashed, make_user


async def test_every_character_that_the_nickname_rule_allows_fits_the_table(
    database: Database,
) -> None:
    """All of the basic plane and the emoji, inside a name and at its ends."""
    allowed = []
    for code in [*range(1, 0xD800), *range(0xE000, 0x10000), *range(0x1F300, 0x1FAFF)]:
        for typed in (f"a{chr(code)}b", f"{chr(code)}b", f"a{chr(code)}"):
            try:
                allowed.append(rules.nickname(typed))
            except UserError:
                continue
    check = next(c for c in users.constraints if str(c.name).endswith("nickname_plain"))
    assert isinstance(check, sa.CheckConstraint)
    async with database.transaction() as tx:
        refused = await tx.execute(
            sa.text(
                "SELECT nickname FROM unnest(CAST(:names AS text[])) AS nickname"
                f" WHERE NOT ({check.sqltext})"
            ),
            {"names": allowed},
        )
        assert refused.scalars().all() == []
    assert len(allowed) > 150_000


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "Sakura@example.jp"},
        {"email": "sakura"},
        {"email": "さくら@example.jp"},
        {"email": "a@" + "b" * 253},
        {"nickname": ""},
        {"nickname": " さくら"},
        {"nickname": "さくら　"},
        {"nickname": "さ\nくら"},
        {"nickname": "さ\u202eくら"},
        {"nickname": "さ\u200bくら"},
        {"nickname": "花" * 61},
        {"nickname": "\ufe0f"},
        {"nickname": "\u034f"},
        {"nickname": "\u17b4"},
        {"nickname": "\U000e0100"},
        {"nickname": "\u0301"},
        {"nickname": "\u200dゆき"},
        {"nickname": "ゆ\u2067き"},
        {"email": "a(b)@x.jp"},
        {"email": '"a"@x.jp'},
        {"email": "a,b@x.jp"},
        {"password_hash": "open sesame, open sesame"},
        {"locale": "xx"},
        {"portrait": ""},
    ],
)
async def test_the_table_refuses_an_account_against_the_rules(
    database: Database, wrong: dict[str, Any]
) -> None:
    right = {"email": "sakura@example.jp", "nickname": "さくら", "password_hash": hashed()}
    with pytest.raises(IntegrityError):
        await _insert(database, sa.insert(users).values(right | wrong))


async def test_a_session_holds_a_sha256_and_ends_after_it_began(database: Database) -> None:
    user = await make_user(database)
    for token_hash, ends in ((b"short", "1 day"), (b"x" * 32, "-1 day")):
        row = {"token_hash": token_hash, "user_id": user.id}
        later = sa.func.now() + sa.cast(ends, sa.Interval)
        with pytest.raises(IntegrityError):
            await _insert(database, sa.insert(sessions).values(**row, expires_at=later))


async def _insert(database: Database, row: sa.Insert) -> None:
    async with database.transaction() as tx:
        await tx.execute(row)


async def test_nobody_can_block_themselves_even_past_the_code(database: Database) -> None:
    user = await make_user(database)
    with pytest.raises(IntegrityError):
        await _insert(database, sa.insert(blocks).values(blocker_id=user.id, blocked_id=user.id))
