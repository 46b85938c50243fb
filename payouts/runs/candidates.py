"""Who would be in a run that is gathered now, with which sums; and who would not, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, cast

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all
from foundation.settings import Settings
from payouts import book, monthly
from payouts.banks import accounts, refused
from payouts.book import Book
from payouts.rules import Category, withheld
from payouts.tables import payout_profiles, payouts
from people.accounts.tables import users

Way = Literal["request", "monthly"]
# `stopped` by staff or a ban; `no_account` that counts, or one that is refused until its cast says
# that it is right; `minus`: more went back than there is; `early`: the first payout is not due yet;
# `nothing` would arrive; `own`: of who gathers.
Left = Literal["stopped", "no_account", "account_refused", "minus", "early", "nothing", "own"]

# A file's trailer counts to 999,999, but banks take so many at once.
MOST = 9_999


@dataclass(frozen=True)
class RunWish:
    """What a cast is to be paid: a request, or (without a `payout_id`) a month. Amounts in yen."""

    user_id: int
    payout_id: int | None
    gross: int
    bank_fee: int


@dataclass(frozen=True)
class RunCandidate:
    """A wish, as it would be settled now; `left` says why it would stay out of the run."""

    user_id: int
    nickname: str
    payout_id: int | None
    gross: int
    bank_fee: int
    withheld: int
    category: Category
    registration: str | None
    account_id: int | None
    left: Left | None

    @property
    def net(self) -> int:
        """What would reach the bank."""
        return self.gross - self.bank_fee - self.withheld


@dataclass(frozen=True)
class _Known:
    """What finance staff and the cast said of a cast."""

    user_id: int
    nickname: str
    category: Category
    registration: str | None


async def requested(
    tx: Tx, settings: Settings, actor_id: int, user_ids: Sequence[int] | None = None
) -> list[RunCandidate]:
    """Return the requests that wait (of these casts, or of all), the oldest first."""
    wishes = await asked(tx, user_ids)
    ids = sorted({wish.user_id for wish in wishes})
    books = {one.user_id: one for one in await book.books(tx, settings, ids)}
    out = _uncovered(wishes, books)
    settled = await _settled(tx, wishes, actor_id, books)
    return [
        replace(one, left="minus") if one.payout_id in out and one.left is None else one
        for one in settled
    ]


async def asked(tx: Tx, user_ids: Sequence[int] | None = None) -> list[RunWish]:
    """Return what casts asked for and waits (of these, or of all), the oldest first."""
    found = (
        sa.select(payouts.c.user_id, payouts.c.id.label("payout_id"), payouts.c.gross)
        .add_columns(payouts.c.bank_fee)
        .where(payouts.c.state == "requested")
        .order_by(payouts.c.id)
        .limit(MOST)
    )
    if user_ids is not None:
        found = found.where(payouts.c.user_id.in_(user_ids))
    return typed_all(RunWish, (await tx.execute(found)).mappings())


async def of_month(
    tx: Tx, settings: Settings, actor_id: int, month: date, user_ids: Sequence[int] | None = None
) -> list[RunCandidate]:
    """Return who is owed something of a month (of these casts, or of all), by their ids."""
    found = await monthly.must_be_open(tx, settings, month)
    books = await monthly.owed(tx, settings, found, user_ids)
    wishes = [RunWish(one.user_id, None, monthly.owes(one), 0) for one in books[:MOST]]
    early = {
        one.user_id for one in books if monthly.is_too_early(settings, one.first_at, found.period)
    }
    settled = await _settled(tx, wishes, actor_id, {one.user_id: one for one in books})
    return [
        replace(one, left="early") if one.left is None and one.user_id in early else one
        for one in settled
    ]


def _uncovered(wishes: Sequence[RunWish], books: Mapping[int, Book]) -> set[int]:
    """Return the requests that can't be covered any more: of each cast the youngest ones."""
    lacks = {user_id: -one.due for user_id, one in books.items() if one.due < 0}
    out: set[int] = set()
    for wish in reversed(wishes):
        if lacks.get(wish.user_id, 0) > 0 and wish.payout_id is not None:
            lacks[wish.user_id] -= wish.gross
            out.add(wish.payout_id)
    return out


async def _settled(
    tx: Tx, wishes: Sequence[RunWish], actor_id: int, books: Mapping[int, Book]
) -> list[RunCandidate]:
    ids = sorted({wish.user_id for wish in wishes})
    known = await _known(tx, ids)
    counts, back = await accounts.current_ids(tx, ids), await refused.of(tx, ids)
    made = []
    for wish in wishes:
        one = known[wish.user_id]
        taken = withheld(one.category, wish.gross)
        candidate = RunCandidate(
            wish.user_id,
            one.nickname,
            wish.payout_id,
            wish.gross,
            wish.bank_fee,
            taken,
            one.category,
            one.registration,
            counts.get(wish.user_id),
            None,
        )
        left = _left(candidate, actor_id, books[wish.user_id], wish.user_id in back)
        made.append(replace(candidate, left=left))
    return made


def _left(one: RunCandidate, actor_id: int, found: Book, came_back: bool) -> Left | None:
    if one.user_id == actor_id:
        return "own"
    if found.stopped:
        return "stopped"
    if one.account_id is None:
        return "no_account"
    if came_back:
        return "account_refused"
    return "nothing" if one.net <= 0 else None


async def _known(tx: Tx, ids: Sequence[int]) -> dict[int, _Known]:
    query = (
        sa.select(
            users.c.id.label("user_id"),
            users.c.nickname,
            sa.func.coalesce(payout_profiles.c.category, "none").label("category"),
            payout_profiles.c.registration,
        )
        .outerjoin(payout_profiles, payout_profiles.c.user_id == users.c.id)
        .where(users.c.id == sa.func.any(sa.cast(list(ids), sa.ARRAY(sa.BigInteger))))
    )
    found = typed_all(_Known, (await tx.execute(query)).mappings())
    return {one.user_id: one for one in found}


async def waiting(
    tx: Tx, settings: Settings, actor_id: int, way: Way, month: date | None
) -> list[RunCandidate]:
    """Return all that a run which is gathered now would look at."""
    if way == "request":
        return await requested(tx, settings, actor_id)
    return await of_month(tx, settings, actor_id, cast("date", month))
