"""Accounts from which a payout came back: nothing is paid into them before their cast has spoken.

The cast names another one, or says that this one is right. What is counted are the payouts that
came back, and after how many of them they said so: no clock is asked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_all
from payouts import book
from payouts.banks import refusals
from payouts.banks.accounts import NOW
from payouts.tables import bank_accounts


@dataclass(frozen=True)
class RefusedAccount:
    """An account that counts, and came back `rejections` times; the last time for this reason."""

    user_id: int
    account_id: int
    rejections: int
    why: str


_REFUSED = sa.text("""
SELECT a.user_id, a.id AS account_id, count(*) AS rejections,
  (array_agg(p.why ORDER BY p.rejected_at DESC, p.id DESC))[1] AS why
FROM bank_accounts a JOIN users u ON u.id = a.user_id AND u.banned_at IS NULL
JOIN payouts p ON p.account_id = a.id AND p.state = 'rejected'
WHERE a.user_id = ANY (CAST(:users AS bigint[])) AND a.effective_at <= clock_timestamp()
  AND (a.replaced_at IS NULL OR a.replaced_at > clock_timestamp())
GROUP BY a.id HAVING count(*) > a.confirmed_rejections
""")


async def of(tx: Tx, user_ids: Sequence[int]) -> dict[int, RefusedAccount]:
    """Return for each of these, whose account that counts is refused by now, what came back.

    Who is banned isn't among them: they can't come in to say anything, and staff decide.
    """
    found = await tx.execute(_REFUSED, {"users": list(user_ids)})
    return {one.user_id: one for one in typed_all(RefusedAccount, found.mappings())}


async def confirm(tx: Tx, user_id: int, seen: int) -> None:
    """Note that a cast says their account is right, who has seen that it came back so often.

    Raises UserError `account_not_refused` where they said so before, or more came back since.
    """
    await book.lock(tx, [user_id])
    found = (await of(tx, [user_id])).get(user_id)
    if found is None or found.rejections != seen:
        raise refusals.not_refused()
    await _note(tx, found)


async def allow(tx: Tx, user_id: int, account_id: int) -> None:
    """Note the same of a locked cast who has just named this account again, if it is refused."""
    found = (await of(tx, [user_id])).get(user_id)
    if found is not None and found.account_id == account_id:
        await _note(tx, found)


async def _note(tx: Tx, found: RefusedAccount) -> None:
    said = {"confirmed_rejections": found.rejections, "confirmed_at": NOW}
    mine = bank_accounts.c.id == found.account_id
    await tx.execute(sa.update(bank_accounts).where(mine).values(said))
