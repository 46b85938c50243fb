"""The media processes that are there: each tells of itself every second, by the database's clock.

One that has not been heard of for `LIVE_SECONDS`, or that a web process found gone since, is gone
for new talks; a sign of life brings it back. Rows of those long gone are swept by the others.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from media.tables import media_hosts

LIVE_SECONDS = 4
BEAT_SECONDS = 1.0
SWEPT_SECONDS = 3600
NOWHERE = "ws://gone.invalid"
# The SQL for a host, named `h`, that is there; and for one that takes new talks.
IS_LIVE = (
    f"h.seen_at > clock_timestamp() - interval '{LIVE_SECONDS} s'"
    " AND (h.lost_at IS NULL OR h.lost_at < h.seen_at)"
)
# One that a web process found gone, and that has missed its sign of life besides, is dead.
MISSED_SECONDS = 1.3
TAKES = f"NOT h.draining AND {IS_LIVE}"


@dataclass(frozen=True)
class MediaHost:
    """A media process, and where web processes reach it."""

    id: int
    url: str


async def appear(tx: Tx, url: str, most_legs: int) -> int:
    """Enter a media process that has just started; return its id."""
    old = media_hosts.c.seen_at < sa.func.clock_timestamp() - sa.func.make_interval(
        0, 0, 0, 0, 0, 0, SWEPT_SECONDS
    )
    await locks.delete(tx, media_hosts, old)
    made = await tx.scalar(
        sa.insert(media_hosts).values(url=url, most_legs=most_legs).returning(media_hosts.c.id)
    )
    assert made is not None
    return int(made)


async def beat(tx: Tx, host_id: int, legs: int, *, draining: bool = False) -> bool:
    """Note a sign of life, and how many browsers are connected; False where it was swept."""
    now = sa.func.clock_timestamp()
    found = await tx.scalar(
        sa.update(media_hosts)
        .where(media_hosts.c.id == host_id)
        .values(seen_at=now, legs=legs, draining=draining)
        .returning(media_hosts.c.id)
    )
    return found is not None


async def vanish(tx: Tx, host_id: int) -> None:
    """Take out a media process that stops."""
    await locks.delete(tx, media_hosts, media_hosts.c.id == host_id)


async def lose(tx: Tx, host_id: int) -> None:
    """Mark a host gone that can't be reached; its next sign of life brings it back."""
    await tx.execute(
        sa.update(media_hosts)
        .where(media_hosts.c.id == host_id)
        .values(lost_at=sa.func.clock_timestamp())
    )


async def find(tx: Tx, host_id: int) -> MediaHost:
    """Return a media process, whether or not it is still there."""
    query = sa.select(media_hosts.c.url).where(media_hosts.c.id == host_id)
    return MediaHost(host_id, await tx.scalar(query) or NOWHERE)


_FREE = sa.text(f"SELECT EXISTS (SELECT FROM media_hosts h WHERE {TAKES})")  # noqa: S608 - a fixed fragment


async def is_any_free(tx: Tx) -> bool:
    """Say whether a media process is there that takes new talks."""
    return bool(await tx.scalar(_FREE))


_LIVE = sa.text(f"SELECT h.id, h.url FROM media_hosts h WHERE {IS_LIVE} ORDER BY h.id LIMIT 100")  # noqa: S608 - fixed fragments


def leaving() -> sa.Select[tuple[int]]:
    """Return the query for the hosts whose talks must go elsewhere: about to stop, or dead."""
    silent = media_hosts.c.seen_at < sa.func.clock_timestamp() - sa.func.make_interval(
        0, 0, 0, 0, 0, 0, MISSED_SECONDS
    )
    dead = sa.and_(media_hosts.c.lost_at > media_hosts.c.seen_at, silent)
    return sa.select(media_hosts.c.id).where(sa.or_(media_hosts.c.draining, dead))


async def live(tx: Tx) -> list[MediaHost]:
    """Return the media processes that are there, also those that are about to stop."""
    return [MediaHost(row.id, row.url) for row in await tx.execute(_LIVE)]
