"""What changed by telephone, for the processes that speak with browsers: each is told once.

Whoever changes something notes it in the same transaction. A listening process wakes at once, and
the ticker makes up for what nobody heard.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from rooms.ground.calling_tables import call_news

CHANNEL = "call_news"
AT_ONCE = 1000
# A push is a courtesy: later nobody is waiting for it.
WORTH_SECONDS = 60


@dataclass
class CallNews:
    """Whom and what to look at anew: calls, talks, rooms whose state changed, people's rings."""

    calls: set[int] = field(default_factory=set)
    talks: set[int] = field(default_factory=set)
    rooms: set[int] = field(default_factory=set)
    people: set[int] = field(default_factory=set)


async def note(
    tx: Tx,
    *,
    calls: Iterable[int] = (),
    talks: Iterable[int] = (),
    rooms: Iterable[int] = (),
    people: Iterable[int] = (),
) -> None:
    """Have browsers be told, once this transaction is committed."""
    told = {"call": calls, "talk": talks, "room": rooms, "person": people}
    rows = [{"kind": kind, "subject": one} for kind, ones in told.items() for one in sorted(ones)]
    if rows:
        await tx.execute(sa.insert(call_news), rows)
        await tx.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))


async def take(tx: Tx) -> CallNews:
    """Take away what is to be told; of several processes each takes what no other does."""
    late = call_news.c.made_at < sa.func.clock_timestamp() - sa.func.make_interval(
        0, 0, 0, 0, 0, 0, WORTH_SECONDS
    )
    query = sa.select(
        call_news.c.id, call_news.c.kind, call_news.c.subject, late.label("late")
    ).order_by(call_news.c.id)
    rows = await locks.take_away(tx, query.limit(AT_ONCE), skip_locked=True)
    fresh = [(row.kind, row.subject) for row in rows if not row.late]
    return CallNews(*({one for kind, one in fresh if kind == which} for which in _KINDS))


_KINDS = ("call", "talk", "room", "person")
