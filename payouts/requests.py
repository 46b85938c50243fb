"""What a cast asks for themselves: a payout of what is payable, called off while nothing is done.

Amounts are yen. Days are those of Asia/Tokyo, by the database's clock.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from foundation import locks, times
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.settings import Settings
from payouts import book, refusals, rules, words
from payouts.banks import accounts, refused
from payouts.book import Book
from payouts.own_payouts import BY_THE_CAST
from payouts.rules import Category
from payouts.tables import payouts
from people.accounts.tables import users
from points.rules import SITE_ZONE

# Each request is told by mail: so often a day one may be called off by its cast.
MOST_CALLED_OFF = 5
# Who leaves may ask for less than the least sum once in so many days: others say so, too.
LEAVING_DAYS = 90


@dataclass(frozen=True)
class Outlook:
    """What a cast could ask for now. `refusal` says why nothing; None: all of `book.payable`.

    `stop_reason` is what finance staff wrote, `from_day` when the first payout can be asked for.
    """

    book: Book
    category: Category
    registration: str | None
    stop_reason: str | None
    from_day: date | None
    bank_fee: int
    refusal: UserError | None

    def withheld(self, gross: int) -> int:
        """The tax that would be withheld of so much today."""
        return rules.withheld(self.category, gross)

    def net(self, gross: int) -> int:
        """What would arrive of so much today."""
        return gross - self.bank_fee - self.withheld(gross)


_SAID = sa.text("""
SELECT coalesce(p.category, 'none') AS category, p.registration,
  (SELECT reason FROM payout_stops s WHERE s.user_id = u.id AND s.lifted_at IS NULL)
    AS stop_reason,
  EXISTS (SELECT FROM payouts o WHERE o.user_id = u.id AND o.way = 'request'
    AND o.requested_on = :today AND o.state <> 'called_off') AS asked_today,
  (SELECT count(*) FROM payouts o WHERE o.user_id = u.id AND o.way = 'request'
    AND o.requested_on = :today AND o.why = :own) >= :often AS asked_often,
  EXISTS (SELECT FROM payouts o WHERE o.user_id = u.id AND o.way = 'request' AND o.gross < :least
    AND o.state IN ('requested', 'in_run', 'paid')
    AND o.requested_at > :now - :days * interval '1 day') AS left_lately
FROM users u LEFT JOIN payout_profiles p ON p.user_id = u.id WHERE u.id = :user
""")


async def outlook(tx: Tx, settings: Settings, user_id: int, *, leaving: bool = False) -> Outlook:
    """Return what a cast could ask for now, or why nothing."""
    now = await clock(tx)
    found = await book.book_of(tx, settings, user_id)
    today = now.astimezone(SITE_ZONE).date()
    bounds = {"user": user_id, "now": now, "today": today, "own": BY_THE_CAST}
    bounds |= {"often": MOST_CALLED_OFF, "days": LEAVING_DAYS, "least": settings.payout_least}
    said = (await tx.execute(_SAID, bounds)).one()
    locale = str(await tx.scalar(sa.select(users.c.locale).where(users.c.id == user_id)))
    begins = _begins(settings, found)
    made = Outlook(
        book=found,
        category=said.category,
        registration=said.registration,
        stop_reason=said.stop_reason,
        from_day=begins if begins and begins > today else None,
        bank_fee=settings.payout_bank_fee if settings.payout_way == "request" else 0,
        refusal=None,
    )
    missing = await _account_missing(tx, user_id, locale)
    refusal = _refusal(settings, made, said, locale, missing, leaving=leaving)
    return made if refusal is None else Outlook(**(made.__dict__ | {"refusal": refusal}))


def _begins(settings: Settings, found: Book) -> date | None:
    if found.first_at is None:
        return None
    first = found.first_at.astimezone(SITE_ZONE).date()
    return first + timedelta(days=settings.payout_first_days)


def _refusal(
    settings: Settings,
    made: Outlook,
    said: Any,
    locale: str,
    missing: UserError | None,
    *,
    leaving: bool,
) -> UserError | None:
    """The first reason for which nothing can be asked for; what takes longest comes first."""
    if settings.payout_way != "request":
        return refusals.payout_way_monthly()
    if made.book.stopped:
        return refusals.payouts_stopped(made.stop_reason)
    if made.book.first_at is None:
        return refusals.never_earned()
    if missing is not None:
        return missing
    if made.from_day:
        return refusals.payout_too_early(times.day(made.from_day, locale))
    if said.asked_today or said.asked_often:
        again = refusals.payout_today_already if said.asked_today else refusals.payout_asked_often
        return again()
    return _of_sum(settings, made, said, leaving=leaving)


def _of_sum(settings: Settings, made: Outlook, said: Any, *, leaving: bool) -> UserError | None:
    payable, least = made.book.payable, 1 if leaving else settings.payout_least
    if payable < least:
        return refusals.payout_too_little(least)
    if payable < settings.payout_least and said.left_lately:
        return refusals.payout_left_lately(settings.payout_least, LEAVING_DAYS)
    return None if made.net(payable) > 0 else refusals.nothing_would_arrive()


async def _account_missing(tx: Tx, user_id: int, locale: str) -> UserError | None:
    """Why nothing can be paid into an account of theirs; None: one counts."""
    current, back = await accounts.current(tx, user_id), await refused.of(tx, [user_id])
    if current is not None and not back:
        return None
    later = await accounts.pending(tx, user_id)
    if later is None:
        return refusals.bank_account_refused() if back else refusals.no_bank_account()
    return refusals.bank_account_waits(times.moment(later.effective_at, SITE_ZONE, locale))


async def must_be_askable(
    tx: Tx, settings: Settings, user_id: int, amount: int, *, leaving: bool = False
) -> Outlook:
    """Return the outlook for a cast who asks for `amount`. Raises UserError where they can't."""
    found = await outlook(tx, settings, user_id, leaving=leaving)
    if found.refusal is not None:
        raise found.refusal
    if leaving and amount != found.book.payable:
        raise refusals.payout_not_whole(found.book.payable)
    if not leaving and amount < settings.payout_least:
        raise refusals.payout_too_little(settings.payout_least)
    if amount > found.book.payable:
        raise refusals.payout_too_much(found.book.payable)
    if found.net(amount) <= 0:
        raise refusals.nothing_would_arrive()
    return found


async def ask(
    tx: Tx, settings: Settings, user_id: int, amount: int, *, leaving: bool = False
) -> int:
    """Ask for a payout of `amount` and tell the cast; return its id. Raises UserError.

    Who is `leaving` may ask for less than the least sum, but for all that is payable.
    """
    await book.lock(tx, [user_id])
    found = await must_be_askable(tx, settings, user_id, amount, leaving=leaving)
    payout_id = await write(tx, user_id, amount, found.bank_fee)
    await words.requested(tx, settings, user_id, payout_id, amount)
    return payout_id


async def write(tx: Tx, user_id: int, amount: int, bank_fee: int) -> int:
    """Write a request of today down, of a cast who is locked; return its id."""
    today = (await clock(tx)).astimezone(SITE_ZONE).date()
    values = {"user_id": user_id, "gross": amount, "bank_fee": bank_fee, "requested_on": today}
    made = sa.insert(payouts).values(**values, way="request").returning(payouts.c.id)
    return int(await tx.scalar(made) or 0)


async def call_off(tx: Tx, user_id: int, payout_id: int) -> None:
    """Call off one's own request, while nothing is done about it. Raises UserError."""
    await book.lock(tx, [user_id])
    own = sa.and_(payouts.c.id == payout_id, payouts.c.user_id == user_id)
    await _call_off(tx, own, BY_THE_CAST)


async def drop(tx: Tx, settings: Settings, payout_id: int, why: str) -> None:
    """Call off a cast's request as the site, and tell them why. Raises UserError."""
    whose = await tx.scalar(sa.select(payouts.c.user_id).where(payouts.c.id == payout_id))
    if whose is None:
        raise refusals.payout_unknown()
    await book.lock(tx, [whose])
    gross = await _call_off(tx, payouts.c.id == payout_id, why)
    await words.called_off(tx, settings, whose, payout_id, gross, why)


async def _call_off(tx: Tx, which: sa.ColumnElement[bool], why: str) -> int:
    await locks.lock(tx, sa.select(payouts.c.id).where(which))
    row = (await tx.execute(sa.select(payouts.c.state, payouts.c.gross).where(which))).first()
    if row is None:
        raise refusals.payout_unknown()
    if row.state != "requested":
        raise refusals.payout_under_way()
    moment = sa.func.clock_timestamp()
    changed = {"state": "called_off", "called_off_at": moment, "why": why}
    await tx.execute(sa.update(payouts).where(which).values(changed))
    return int(row.gross)
