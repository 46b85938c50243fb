"""Blocks: whom a user does not want to meet. A block works both ways, and neither side is told."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.pages import Page, count, offset
from people.accounts.tables import blocks, favourites, users
from people.sign_in.sessions import may_come_in

MOST_BLOCKS = 1000


@dataclass(frozen=True)
class Blocked:
    """Somebody whom a user blocks, in that user's own list."""

    user_id: int
    nickname: str
    portrait: str | None
    since: datetime


async def block(tx: Tx, blocker_id: int, blocked_id: int) -> None:
    """Keep two users apart, also as each other's favourites; a block already there stays.

    Raises UserError `block_oneself` (400) and `blocks_full`.
    """
    if blocker_id == blocked_id:
        raise UserError("block_oneself", N_("ご自分をブロックすることはできません。"), status=400)
    await tx.execute(
        insert(blocks).values(blocker_id=blocker_id, blocked_id=blocked_id).on_conflict_do_nothing()
    )
    mine = sa.select(sa.func.count()).where(blocks.c.blocker_id == blocker_id)
    if (await tx.scalar(mine) or 0) > MOST_BLOCKS:
        raise UserError(
            "blocks_full",
            N_("ブロックは%(most)s人までです。どなたかを解除してからお試しください。"),
            most=MOST_BLOCKS,
        )
    pair = (favourites.c.user_id == blocker_id) & (favourites.c.cast_id == blocked_id)
    back = (favourites.c.user_id == blocked_id) & (favourites.c.cast_id == blocker_id)
    await locks.delete(tx, favourites, pair | back)


async def unblock(tx: Tx, blocker_id: int, blocked_id: int) -> None:
    """Take one's own block back; the other's, if any, stays."""
    await tx.execute(
        sa.delete(blocks).where(
            blocks.c.blocker_id == blocker_id, blocks.c.blocked_id == blocked_id
        )
    )


async def of(tx: Tx, blocker_id: int, number: int, size: int) -> Page[Blocked]:
    """Return a page of those whom a user blocks, the latest first."""
    rows = await tx.execute(
        sa.select(
            users.c.id.label("user_id"),
            users.c.nickname,
            users.c.portrait,
            blocks.c.created_at.label("since"),
        )
        .join(users, users.c.id == blocks.c.blocked_id)
        .where(blocks.c.blocker_id == blocker_id)
        .order_by(blocks.c.created_at.desc(), blocks.c.blocked_id)
        .offset(offset(number, size))
        .limit(size + 1)
    )
    return Page.of([Blocked(**row) for row in rows.mappings()], number, size)


async def blocked_by(tx: Tx, blocker_id: int) -> int:
    """Return how many people a user blocks; beyond 99 the figure stays there."""
    return await count(tx, sa.select(blocks.c.blocked_id).where(blocks.c.blocker_id == blocker_id))


async def blocks_already(tx: Tx, blocker_id: int, blocked_id: int) -> bool:
    """Say whether one user blocks another. The other's own block stays unsaid."""
    pair = (blocks.c.blocker_id == blocker_id) & (blocks.c.blocked_id == blocked_id)
    return bool(await tx.scalar(sa.select(sa.exists().where(pair))))


async def blocked_between(tx: Tx, a: int, b: int) -> bool:
    """Say whether either of two users blocks the other."""
    pair = (blocks.c.blocker_id == a) & (blocks.c.blocked_id == b)
    back = (blocks.c.blocker_id == b) & (blocks.c.blocked_id == a)
    return bool(await tx.scalar(sa.select(sa.exists().where(pair | back))))


async def hidden(tx: Tx, viewer_id: int | None, cast_id: int) -> bool:
    """Say whether a cast, and so their rooms, aren't there for a viewer.

    One of the two blocks the other, or is suspended, banned or withdrawn.
    """
    people = {cast_id} if viewer_id is None else {cast_id, viewer_id}
    there = sa.select(sa.func.count()).where(users.c.id.in_(people), may_come_in())
    if await tx.scalar(there) != len(people):
        return True
    return viewer_id is not None and await blocked_between(tx, viewer_id, cast_id)
