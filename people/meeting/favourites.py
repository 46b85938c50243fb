"""Favourites: the casts whom a user likes, and wishes to hear of when they come online."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.pages import Page, offset
from people.accounts import refusals
from people.accounts.tables import blocks, favourites, users
from people.sign_in.sessions import may_come_in

MOST_FAVOURITES = 200
# However often a cast comes and goes, a user is told of it once in so long.
TELL_MINUTES = 60


@dataclass(frozen=True)
class Favourite:
    """A cast in a user's list. `tells`: the user is told when this cast comes online."""

    cast_id: int
    nickname: str
    portrait: str | None
    tells: bool


async def add(tx: Tx, user_id: int, cast_id: int) -> None:
    """Put a cast into a user's list; one who is there stays.

    Raises UserError `cast_unknown` (404), also where one of the two blocks the other,
    `favourite_oneself` (400) and `favourites_full`.
    """
    if user_id == cast_id:
        raise UserError(
            "favourite_oneself", N_("ご自分をお気に入りに入れることはできません。"), status=400
        )
    await _must_be_there(tx, user_id, cast_id)
    # Two presses at once are counted one after the other.
    await locks.lock(tx, sa.select(users.c.id).where(users.c.id == user_id))
    await tx.execute(
        insert(favourites).values(user_id=user_id, cast_id=cast_id).on_conflict_do_nothing()
    )
    mine = sa.select(sa.func.count()).where(favourites.c.user_id == user_id)
    if (await tx.scalar(mine) or 0) > MOST_FAVOURITES:
        raise UserError(
            "favourites_full",
            N_("お気に入りは%(most)s人までです。どなたかを外してからお試しください。"),
            most=MOST_FAVOURITES,
        )


async def _must_be_there(tx: Tx, user_id: int, cast_id: int) -> None:
    known = sa.select(users.c.id).where(
        users.c.id == cast_id, users.c.is_cast, ~_blocked(user_id, users.c.id), may_come_in()
    )
    if await tx.scalar(known) is None:
        raise refusals.cast_unknown()


async def remove(tx: Tx, user_id: int, cast_id: int) -> None:
    """Take a cast out of a user's list, and with it the wish to be told."""
    await tx.execute(sa.delete(favourites).where(_pair(user_id, cast_id)))


async def set_tells(tx: Tx, user_id: int, cast_id: int, tells: bool) -> None:
    """Tell a user when a favourite comes online, or no longer.

    Raises UserError `cast_unknown` (404) for a cast who isn't in the list.
    """
    changed = await tx.scalar(
        sa.update(favourites)
        .where(_pair(user_id, cast_id))
        .values(tells=tells)
        .returning(favourites.c.cast_id)
    )
    if changed is None:
        raise refusals.cast_unknown()


async def find(tx: Tx, user_id: int, cast_id: int) -> Favourite | None:
    """Return a cast as one of a user's favourites, or None for one who is none."""
    found = await tx.execute(_favourites(user_id).where(favourites.c.cast_id == cast_id))
    row = found.mappings().one_or_none()
    return Favourite(**row) if row else None


async def of(tx: Tx, user_id: int, number: int, size: int) -> Page[Favourite]:
    """Return a page of a user's favourites, the latest first."""
    rows = await tx.execute(
        _favourites(user_id)
        .where(~_blocked(user_id, favourites.c.cast_id))
        .order_by(favourites.c.made_at.desc(), favourites.c.cast_id)
        .offset(offset(number, size))
        .limit(size + 1)
    )
    return Page.of([Favourite(**row) for row in rows.mappings()], number, size)


async def anyone_to_tell(tx: Tx, cast_id: int) -> bool:
    """Say whether anybody is to be told, now, that a cast has come online."""
    return bool(await tx.scalar(sa.select(sa.select(favourites).where(_due(cast_id)).exists())))


async def take_to_tell(tx: Tx, cast_id: int, most: int) -> list[tuple[int, str]]:
    """Take up to `most` users who are to be told that a cast has come online, with their locales.

    Taken once, a user is not due again for TELL_MINUTES, whoever asks.
    """
    due = (
        sa.select(favourites.c.user_id, favourites.c.cast_id)
        .where(_due(cast_id))
        .order_by(favourites.c.user_id)
        .limit(most)
    )
    taken = await locks.lock(tx, due, skip_locked=True)
    rows = await tx.execute(
        sa.update(favourites)
        .where(
            favourites.c.cast_id == cast_id,
            favourites.c.user_id.in_([row.user_id for row in taken]),
            users.c.id == favourites.c.user_id,
        )
        .values(told_at=sa.func.clock_timestamp())
        .returning(favourites.c.user_id, users.c.locale)
    )
    return sorted((row.user_id, row.locale) for row in rows)


def _favourites(user_id: int) -> sa.Select[tuple[int, str, str | None, bool]]:
    return (
        sa.select(favourites.c.cast_id, users.c.nickname, users.c.portrait, favourites.c.tells)
        .join(users, users.c.id == favourites.c.cast_id)
        .where(favourites.c.user_id == user_id)
    )


def _pair(user_id: int, cast_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(favourites.c.user_id == user_id, favourites.c.cast_id == cast_id)


def _due(cast_id: int) -> sa.ColumnElement[bool]:
    pause = sa.func.make_interval(0, 0, 0, 0, 0, TELL_MINUTES)
    return sa.and_(
        favourites.c.cast_id == cast_id,
        favourites.c.tells,
        sa.or_(
            favourites.c.told_at.is_(None),
            favourites.c.told_at <= sa.func.clock_timestamp() - pause,
        ),
        ~_blocked(favourites.c.user_id, favourites.c.cast_id),
    )


def _blocked(
    one: int | sa.ColumnElement[int], other: sa.ColumnElement[int]
) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        sa.or_(
            sa.and_(blocks.c.blocker_id == one, blocks.c.blocked_id == other),
            sa.and_(blocks.c.blocker_id == other, blocks.c.blocked_id == one),
        )
    )
