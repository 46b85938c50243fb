"""What proofs of numbers are in the database: sealed while they wait, emptied, swept."""

import json

import sqlalchemy as sa
import structlog

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from people.sign_in import seals
from people.telephones.tables import telephone_proofs

log = structlog.get_logger(__name__)

KEPT_DAYS = 90
# Of whom the day's calls were that are counted still, but who has gone.
NOBODYS = "0000"
NOW = sa.func.clock_timestamp()
A_DAY_AGO = NOW - sa.text("interval '1 day'")
OPEN = telephone_proofs.c.sealed.is_not(None) & (telephone_proofs.c.expires_at > NOW)


async def tidy(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` numbers and codes that lapsed, then as many calls older than days."""
    return await lapse(tx, most) or await sweep(tx, days, most)


async def lapse(tx: Tx, most: int) -> int:
    """Forget up to `most` numbers and codes that were never typed; return how many."""
    over = telephone_proofs.c.sealed.is_not(None) & (telephone_proofs.c.expires_at <= NOW)
    found = await locks.lock(
        tx, sa.select(telephone_proofs.c.id).where(over).limit(most), skip_locked=True
    )
    await empty(tx, [row.id for row in found])
    return len(found)


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` calls that were asked for longer ago than days; return how many."""
    made = telephone_proofs.c.made_at
    old = made < NOW - sa.func.make_interval(0, 0, 0, days)
    gone = (telephone_proofs.c.tail == NOBODYS) & (made < A_DAY_AGO)
    query = sa.select(telephone_proofs.c.id).where(old | gone).limit(most)
    return len(await locks.take_away(tx, query, skip_locked=True))


async def void(tx: Tx, which: sa.ColumnElement[bool]) -> None:
    """Let the codes of proofs count no more."""
    waits = telephone_proofs.c.sealed.is_not(None)
    found = await locks.lock(tx, sa.select(telephone_proofs.c.id).where(which, waits))
    await empty(tx, [row.id for row in found])


async def leave(tx: Tx, user_id: int) -> None:
    """Forget the calls of who goes; those of the last day are emptied, and forgotten after it."""
    mine = telephone_proofs.c.user_id == user_id
    await locks.delete(tx, telephone_proofs, mine & (telephone_proofs.c.made_at < A_DAY_AGO))
    await void(tx, mine)
    await tx.execute(sa.update(telephone_proofs).where(mine).values(tail=NOBODYS, cost_yen=None))


async def empty(tx: Tx, ids: list[int]) -> None:
    """Forget what is sealed of proofs."""
    # What a call came to stays noted; one that never was is void.
    state = sa.case(
        (telephone_proofs.c.state.in_(("waiting", "calling")), "void"),
        else_=telephone_proofs.c.state,
    )
    ended = sa.update(telephone_proofs).where(telephone_proofs.c.id.in_(ids))
    await tx.execute(ended.values(sealed=None, state=state))


async def change(tx: Tx, proof_id: int, **values: object) -> None:
    """Change the row of a proof."""
    mine = telephone_proofs.c.id == proof_id
    await tx.execute(sa.update(telephone_proofs).where(mine).values(**values))


def sealed(settings: Settings, user_id: int, number: str, code: str) -> bytes:
    """Return a number and its code as they may be stored."""
    told = json.dumps({"number": number, "code": code}).encode()
    return seals.seal(settings, told, _whose(user_id))


def opened(settings: Settings, user_id: int, stored: bytes) -> dict[str, str] | None:
    """Return the `number` and the `code` of a proof; None where the key is another one now."""
    try:
        told: dict[str, str] = json.loads(seals.unseal(settings, bytes(stored), _whose(user_id)))
    except seals.UnsealableError:
        log.error("telephone.proof_unreadable", user=user_id)
        return None
    return told


def _whose(user_id: int) -> str:
    return f"telephone proof {user_id}"
