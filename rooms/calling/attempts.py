"""Each time that a telephone is rung: when, how it ended, and what it cost. No number is kept."""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.settings import Settings
from rooms.calling import rules
from rooms.ground.calling_tables import call_attempts as attempts
from rooms.ground.calling_tables import calls

NOW = sa.func.clock_timestamp()
# Once a call is over its gateway says how each telephone's part ended; so long it is waited for.
LEFT_SECONDS = 60
AT_ONCE = 100


async def begin(tx: Tx, call_id: int, side: str, *, incoming: bool = False) -> int:
    """Note that a telephone is rung, or (`incoming`) has rung us; return the attempt's id."""
    answered = NOW if incoming else None
    values = {"call_id": call_id, "side": side, "incoming": incoming, "answered_at": answered}
    made = await tx.scalar(sa.insert(attempts).values(values).returning(attempts.c.id))
    assert made is not None
    return int(made)


async def answered(tx: Tx, attempt_id: int) -> None:
    """Note that it was picked up."""
    mine = attempts.c.id == attempt_id, attempts.c.answered_at.is_(None)
    await tx.execute(sa.update(attempts).where(*mine).values(answered_at=NOW))


async def end(tx: Tx, attempt_id: int, end_word: str, minute_yen: int = 0) -> None:
    """Note how it ended, at so many yen a begun minute; what is over already doesn't change."""
    mine = sa.select(attempts).where(attempts.c.id == attempt_id, attempts.c.ended_at.is_(None))
    row = await locks.lock_row(tx, mine)
    if row is None:
        return
    now = await tx.scalar(sa.select(NOW))
    seconds = (now - row.answered_at).total_seconds() if row.answered_at and now else 0.0
    yen = 0 if row.incoming else rules.cost_yen(seconds, minute_yen)
    values = {"ended_at": now, "end_word": end_word, "cost_yen": yen}
    await tx.execute(sa.update(attempts).where(attempts.c.id == attempt_id).values(values))


async def spent(tx: Tx) -> int:
    """Return what calls of the last 24 hours cost the site, in yen; by estimate."""
    lately = attempts.c.dialled_at > NOW - sa.text("interval '24 hours'")
    total = sa.select(sa.func.coalesce(sa.func.sum(attempts.c.cost_yen), 0)).where(lately)
    return int(await tx.scalar(total) or 0)


async def close(tx: Tx, call_id: int) -> None:
    """End what was left open of a call whose gateway is gone, as the line's fault."""
    open_ones = attempts.c.call_id == call_id, attempts.c.ended_at.is_(None)
    for attempt_id in list(await tx.scalars(sa.select(attempts.c.id).where(*open_ones))):
        await end(tx, attempt_id, "line_failed")


async def end_left(tx: Tx, _settings: Settings) -> list[int]:
    """End what was left open of calls that are over, whose gateway could not say how; return it."""
    past = NOW - sa.func.make_interval(0, 0, 0, 0, 0, 0, LEFT_SECONDS)
    left = (
        sa.select(attempts.c.id)
        .join(calls, calls.c.id == attempts.c.call_id)
        .where(attempts.c.ended_at.is_(None), calls.c.ended_at <= past)
        .order_by(attempts.c.id)
        .limit(AT_ONCE)
    )
    found = list(await tx.scalars(left))
    for attempt_id in found:
        await end(tx, attempt_id, "line_failed")
    return found


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Delete up to `most` attempts that began so many days ago; return how many."""
    past = NOW - sa.func.make_interval(0, 0, 0, days)
    old = sa.select(attempts.c.id).where(attempts.c.dialled_at < past).limit(most)
    return len(await locks.take_away(tx, old, skip_locked=True))
