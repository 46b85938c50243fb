"""A cast who leaves for good: what is still due to them, and giving it up by their own word.

Nobody leaves money behind without saying so. What stands in a payout that is under way reaches its
end first; the rest is paid first, or given up. A minus is never collected. Amounts are yen.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from payouts import book
from payouts.book import Book
from payouts.tables import bank_accounts
from points import ledger


@dataclass(frozen=True)
class Going:
    """What a cast who leaves has: their `book`, and how they are paid (`way`).

    `least` is the yen up to which the bank's fee would take all.
    """

    book: Book
    way: str
    least: int

    @property
    def under_way(self) -> int:
        """What stands in payouts that are not over."""
        return self.book.requested + self.book.in_run

    @property
    def rest(self) -> int:
        """What would be given up: all that is due or becomes due, held or not."""
        return max(0, self.book.due + self.book.maturing + self.book.reserve)

    @property
    def can_ask(self) -> bool:
        """Whether what is payable can be asked for now, by who leaves."""
        return self.way == "request" and self.book.payable > self.least and not self.under_way


async def due_of(tx: Tx, settings: Settings, user_id: int) -> Going:
    """Return what would be left behind."""
    found = await book.book_of(tx, settings, user_id)
    fee = settings.payout_bank_fee if settings.payout_way == "request" else 0
    return Going(found, settings.payout_way, fee)


async def lock(tx: Tx, user_id: int) -> None:
    """Lock the bank accounts of who leaves, whose words will be erased."""
    mine = sa.select(bank_accounts.c.id).where(bank_accounts.c.user_id == user_id)
    await locks.lock(tx, mine)


def may_go(going: Going, gives_up: int | None) -> None:
    """Refuse who can't leave now. `gives_up` is the sum that they saw and give up, in yen.

    Raises UserError `payout_under_way`, `money_due` (yen: what is due) or `money_changed`, where
    something else is due by now than they saw.
    """
    if going.under_way:
        raise UserError(
            "payout_under_way",
            N_("お振込の手続き中の報酬があります。終わってから、退会してください。"),
        )
    if going.rest and gives_up is None:
        raise UserError(
            "money_due",
            N_(
                "お支払いしていない報酬が%(yen)s円あります。受け取るか、放棄してから退会してください。"
            ),
            yen=f"{going.rest:,}",
        )
    if gives_up is not None and going.rest > gives_up:
        raise UserError("money_changed", N_("報酬の額が変わりました。もう一度、お確かめください。"))


async def give_up(tx: Tx, settings: Settings, user_id: int, gives_up: int | None) -> int:
    """Book what a cast who leaves gives up as the site's; return the yen. Raises as `may_go`."""
    await book.lock(tx, [user_id])
    going = await due_of(tx, settings, user_id)
    may_go(going, gives_up)
    if going.rest:
        key, reason = f"going:{user_id}", "given_up"
        await ledger.give_up_earnings(tx, user_id, going.rest, key=key, reason=reason)
    return going.rest
