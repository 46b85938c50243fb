"""Steps of signing in that a browser has begun, each bound to it, short-lived and used once."""

from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.ids import token_hash
from people.sign_in.tables import MOST_TRIES, sign_in_steps

Purpose = Literal["second", "passkey", "new_passkey"]

MOST_SWEPT = 100
_KEY = (sign_in_steps.c.browser_hash, sign_in_steps.c.purpose)
SECONDS: dict[Purpose, int] = {"second": 600, "passkey": 300, "new_passkey": 300}


@dataclass(frozen=True)
class Step:
    """A step: whose it is (None: anybody with a passkey), and its challenge, if it has one."""

    user_id: int | None
    challenge: bytes | None


async def begin(
    tx: Tx,
    browser: str,
    purpose: Purpose,
    *,
    user_id: int | None = None,
    challenge: bytes | None = None,
) -> None:
    """Begin a step in a browser, in place of an earlier one of its kind.

    `browser` is the secret to which the browser's forms are bound.
    """
    lasts = sa.func.make_interval(0, 0, 0, 0, 0, 0, SECONDS[purpose])
    values = {
        "user_id": user_id,
        "challenge": challenge,
        "tries": 0,
        "expires_at": sa.func.clock_timestamp() + lasts,
    }
    await tx.execute(
        insert(sign_in_steps)
        .values(browser_hash=token_hash(browser), purpose=purpose, **values)
        .on_conflict_do_update(index_elements=["browser_hash", "purpose"], set_=values)
    )
    locks.note(tx, sign_in_steps, [(token_hash(browser), purpose)])
    # In doing so, what nobody finished is swept away.
    await sweep(tx, MOST_SWEPT)


async def sweep(tx: Tx, most: int) -> int:
    """Forget up to `most` steps that have expired; return how many."""
    old = sign_in_steps.c.expires_at <= sa.func.clock_timestamp()
    found = sa.select(*_KEY).where(old).order_by(sign_in_steps.c.expires_at).limit(most)
    return len(await locks.take_away(tx, found, skip_locked=True))


async def find(tx: Tx, browser: str, purpose: Purpose) -> Step | None:
    """Return the step of a browser that is still open."""
    row = (
        await tx.execute(
            sa.select(sign_in_steps.c.user_id, sign_in_steps.c.challenge).where(
                _of(browser, purpose)
            )
        )
    ).one_or_none()
    return Step(row.user_id, row.challenge) if row else None


async def take_try(tx: Tx, browser: str, purpose: Purpose) -> Step | None:
    """Count a try and return the step, or None where there is none or it has had its tries.

    The transaction is to be committed whatever comes of the try.
    """
    counted = (
        sa.update(sign_in_steps)
        .where(_of(browser, purpose), sign_in_steps.c.tries < MOST_TRIES)
        .values(tries=sign_in_steps.c.tries + 1)
    )
    return await _taken(tx, browser, purpose, counted)


async def finish(tx: Tx, browser: str, purpose: Purpose) -> Step | None:
    """End a step and return it: of two that try at once, one gets it."""
    ended = sa.delete(sign_in_steps).where(_of(browser, purpose))
    return await _taken(tx, browser, purpose, ended)


async def _taken(
    tx: Tx, browser: str, purpose: Purpose, change: sa.Update | sa.Delete
) -> Step | None:
    changed = change.returning(sign_in_steps.c.user_id, sign_in_steps.c.challenge)
    row = (await tx.execute(changed)).one_or_none()
    if row is None:
        return None
    locks.note(tx, sign_in_steps, [(token_hash(browser), purpose)])
    return Step(row.user_id, row.challenge)


async def end_all(tx: Tx, user_id: int) -> None:
    """End the steps that anybody has begun into an account."""
    await locks.delete(tx, sign_in_steps, sign_in_steps.c.user_id == user_id)


def _of(browser: str, purpose: Purpose) -> sa.ColumnElement[bool]:
    return sa.and_(
        sign_in_steps.c.browser_hash == token_hash(browser),
        sign_in_steps.c.purpose == purpose,
        sign_in_steps.c.expires_at > sa.func.clock_timestamp(),
    )
