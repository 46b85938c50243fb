"""Recovery codes: ten, shown once, each good once, for who has lost the rest."""

import secrets
import unicodedata

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.ids import token_hash
from people.sign_in.tables import recovery_codes

CODES = 10
GROUPS, GROUP_CHARACTERS = 4, 4
# 32 letters that nobody takes for another: 5 bits each, 80 in a code.
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
# What one writes for what one read.
_READ_AS = str.maketrans({"o": "0", "i": "1", "l": "1", "u": "v"})
LONGEST_TYPED = 60


async def renew(tx: Tx, user_id: int) -> list[str]:
    """Give a user ten new codes and return them, this one time; the ones of before are void."""
    await remove(tx, user_id)
    codes = [_new() for _ in range(CODES)]
    await tx.execute(
        sa.insert(recovery_codes),
        [{"user_id": user_id, "code_hash": _hash(user_id, code)} for code in codes],
    )
    return codes


async def use(tx: Tx, user_id: int, typed: str) -> bool:
    """Say whether this is one of a user's codes; now it is none any more."""
    gone = await tx.scalar(
        sa.delete(recovery_codes)
        .where(
            recovery_codes.c.user_id == user_id,
            recovery_codes.c.code_hash == _hash(user_id, typed),
        )
        .returning(recovery_codes.c.user_id)
    )
    if gone is not None:
        locks.note(tx, recovery_codes, [(user_id, _hash(user_id, typed))])
    return gone is not None


async def left(tx: Tx, user_id: int) -> int:
    """Return how many codes a user still has."""
    query = sa.select(sa.func.count()).where(recovery_codes.c.user_id == user_id)
    return int(await tx.scalar(query) or 0)


async def remove(tx: Tx, user_id: int) -> None:
    """Make all codes of a user void."""
    await locks.delete(tx, recovery_codes, recovery_codes.c.user_id == user_id)


def _new() -> str:
    groups = (
        "".join(secrets.choice(LETTERS) for _ in range(GROUP_CHARACTERS)) for _ in range(GROUPS)
    )
    return "-".join(groups)


def _hash(user_id: int, typed: str) -> bytes:
    plain = unicodedata.normalize("NFKC", typed[:LONGEST_TYPED]).lower().translate(_READ_AS)
    letters = "".join(letter for letter in plain if letter in LETTERS)
    return token_hash(f"recovery {user_id} {letters}")
