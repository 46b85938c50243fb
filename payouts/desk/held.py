"""What is held of a banned cast, and what members of staff proposed and decided about it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all
from foundation.settings import Settings
from payouts import book
from payouts.book import Book
from people.accounts.tables import users

Decision = Literal["pay", "keep"]
MOST_SHOWN = 20


@dataclass(frozen=True)
class Verdict:
    """What somebody proposed to do with a banned cast's money, and what became of it."""

    id: int
    user_id: int
    verdict: Decision
    amount: int
    reason: str
    state: str
    proposed_by: int
    proposed_by_name: str
    proposed_at: datetime
    decided_by_name: str | None
    decided_at: datetime | None


@dataclass(frozen=True)
class VerdictDesk:
    """What a page shows of it: the cast's book, whether they are banned, and all verdicts."""

    book: Book
    banned: bool
    verdicts: list[Verdict]

    @property
    def waiting(self) -> Verdict | None:
        """The one that waits for a second member of staff."""
        return next((one for one in self.verdicts if one.state == "waiting_second"), None)

    @property
    def amount(self) -> int:
        """What there is to decide about."""
        return at_stake(self.book)


_VERDICTS = """
SELECT v.id, v.user_id, v.verdict, v.amount, v.reason, v.state, v.proposed_by,
  p.nickname AS proposed_by_name, v.proposed_at, d.nickname AS decided_by_name, v.decided_at
FROM payout_verdicts v JOIN users p ON p.id = v.proposed_by
LEFT JOIN users d ON d.id = v.decided_by
"""
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
    return VerdictDesk(await book.book_of(tx, settings, user_id), banned, verdicts)


async def verdict(tx: Tx, verdict_id: int) -> Verdict | None:
    """Return one verdict, or None."""
    found = typed_all(Verdict, (await tx.execute(_ONE, {"id": verdict_id})).mappings())
    return found[0] if found else None


async def is_banned(tx: Tx, user_id: int) -> bool:
    """Say whether a member is shut out for good."""
    banned = sa.select(users.c.banned_at.is_not(None)).where(users.c.id == user_id)
    return bool(await tx.scalar(banned))
