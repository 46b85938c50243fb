"""What is held of a cast who was banned or has withdrawn, and what staff decided about it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.row_types import typed_all
from foundation.settings import Settings
from payouts import book
from payouts.book import Book
from people.accounts.tables import users
from points.rules import SITE_ZONE, add_months

Decision = Literal["pay", "keep"]
MOST_SHOWN = 20


@dataclass(frozen=True)
class Verdict:
    """What somebody proposed to do with such a cast's money, and what became of it.

    `account_id`: where it is paid, of who has withdrawn.
    """

    id: int
    user_id: int
    verdict: Decision
    amount: int
    reason: str
    account_id: int | None
    state: str
    proposed_by: int
    proposed_by_name: str
    proposed_at: datetime
    decided_by_name: str | None
    decided_at: datetime | None


@dataclass(frozen=True)
class VerdictDesk:
    """What a page shows of it: the cast's book, whether they are banned, and all verdicts.

    `lapses_on`: the day from which what is due to who has withdrawn lapsed; None for all others.
    """

    book: Book
    banned: bool
    lapses_on: date | None
    lapsed: bool
    verdicts: list[Verdict]

    @property
    def withdrawn(self) -> bool:
        """Whether they have gone."""
        return self.lapses_on is not None

    @property
    def waiting(self) -> Verdict | None:
        """The one that waits for a second member of staff."""
        return next((one for one in self.verdicts if one.state == "waiting_second"), None)

    @property
    def amount(self) -> int:
        """What there is to decide about."""
        return at_stake(self.book)


_VERDICTS = """
SELECT v.id, v.user_id, v.verdict, v.amount, v.reason, v.account_id, v.state, v.proposed_by,
  p.nickname AS proposed_by_name, v.proposed_at, d.nickname AS decided_by_name, v.decided_at
FROM payout_verdicts v JOIN users p ON p.id = v.proposed_by
LEFT JOIN users d ON d.id = v.decided_by
"""
_LEFT = sa.text("""
SELECT greatest(u.withdrawn_at, (SELECT max(rejected_at) FROM payouts p WHERE p.user_id = u.id))
FROM users u WHERE u.id = :user AND u.withdrawn_at IS NOT NULL
""")
_OF = sa.text(f"{_VERDICTS} WHERE v.user_id = :user ORDER BY v.id DESC LIMIT :most")
_ONE = sa.text(f"{_VERDICTS} WHERE v.id = :id")


def at_stake(found: Book) -> int:
    """Return all that is due or becomes due, and what was asked for and waits in no run."""
    return max(0, found.due + found.maturing + found.reserve + found.requested)


async def desk_of(tx: Tx, settings: Settings, user_id: int) -> VerdictDesk:
    """Return what a page shows of a cast's money and verdicts."""
    found = await tx.execute(_OF, {"user": user_id, "most": MOST_SHOWN})
    verdicts = typed_all(Verdict, found.mappings())
    banned = await is_banned(tx, user_id)
    lapses_on, lapsed = await _lapses_on(tx, settings, user_id)
    mine = await book.book_of(tx, settings, user_id)
    return VerdictDesk(mine, banned, lapses_on, lapsed, verdicts)


async def _lapses_on(tx: Tx, settings: Settings, user_id: int) -> tuple[date | None, bool]:
    """Return from when on what is due to who has withdrawn lapsed, and whether it has.

    The years run anew with each payout that a bank sent back (民法 第166条 第1項).
    """
    since: datetime | None = await tx.scalar(_LEFT, {"user": user_id})
    if since is None:
        return None, False
    day = add_months(since.astimezone(SITE_ZONE).date(), 12 * settings.payout_lapse_years)
    day += timedelta(days=1)
    return day, (await clock(tx)).astimezone(SITE_ZONE).date() >= day


async def verdict(tx: Tx, verdict_id: int) -> Verdict | None:
    """Return one verdict, or None."""
    found = typed_all(Verdict, (await tx.execute(_ONE, {"id": verdict_id})).mappings())
    return found[0] if found else None


async def is_banned(tx: Tx, user_id: int) -> bool:
    """Say whether a member is shut out for good."""
    banned = sa.select(users.c.banned_at.is_not(None)).where(users.c.id == user_id)
    return bool(await tx.scalar(banned))


async def is_withdrawn(tx: Tx, user_id: int) -> bool:
    """Say whether a member has gone for good."""
    gone = sa.select(users.c.withdrawn_at.is_not(None)).where(users.c.id == user_id)
    return bool(await tx.scalar(gone))


async def may_be_decided(tx: Tx, user_id: int) -> bool:
    """Say whether staff decide about a member's money: who is banned or gone can't themselves."""
    return await is_banned(tx, user_id) or await is_withdrawn(tx, user_id)
