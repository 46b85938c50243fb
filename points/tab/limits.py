"""How much a member may pay afterwards: the limit, what is left of it, and who changes it.

What is left is the balance of the wallet of kind `tab`: the limit, less open bills, less what
waits for a bill, less what is held for reservations, less what runs. All in yen.
"""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.row_types import typed
from foundation.settings import Settings
from notify import inbox
from points.ledger import credit
from points.tab import grounds, refusals
from points.tab.grounds import LEAST_YEN, Wanting
from points.tables import tabs
from record.acts import log_act, reason_of

RAISED = N_("後払いのご利用限度額が%(yen)s円になりました")
RAISED_TEXT = N_("運営が後払いのご利用限度額を%(yen)s円に変更しました。\n理由：%(reason)s")


@dataclass(frozen=True)
class TabState:
    """A member's tab: `limit` and how it is used. `left` is what may still be spent.

    `open_bills` are owed, `waiting` waits for a bill, `held` for reservations. Where the limit was
    lowered below what is used, `left` is 0. Closed: nothing may go on it, whatever is paid.
    Resting: its owner wants to buy nothing for a while, and this buys. `wanting` is what a first
    limit is still asked for.
    """

    limit: int
    left: int
    open_bills: int
    waiting: int
    held: int
    overdue: bool
    closed: bool
    resting: bool
    wanting: Wanting | None = None

    @property
    def running(self) -> int:
        """What talks cost that run, or of which no bill was made yet."""
        return max(0, self.limit - self.left - self.open_bills - self.waiting - self.held)

    def refusal(self, needed: int) -> UserError | None:
        """Return what refuses so many yen, or None: exactly what is left is allowed."""
        if self.wanting:
            return refusals.tab_wants(self.wanting)
        if self.closed:
            return refusals.tab_closed()
        if self.resting:
            return refusals.tab_resting()
        if self.overdue:
            return refusals.tab_overdue(self.open_bills)
        return refusals.tab_short(needed, self.left) if self.left < needed else None


@dataclass(frozen=True)
class _Found:
    limit: int | None
    left: int | None
    open_bills: int
    waiting: int
    held: int
    late: bool
    eligible: bool
    owes: bool
    resting: bool


# Who never used it begins with the site's limit, unless a bank took a purchase of theirs back.
_STATE = sa.text("""
SELECT t.yen AS limit, w.balance AS left,
  coalesce((SELECT sum(yen - paid) FROM tab_bills b WHERE b.user_id = u.id
    AND b.state IN ('open', 'paying')), 0)::bigint AS open_bills,
  coalesce((SELECT sum(yen - returned) FROM tab_bill_lines l WHERE l.user_id = u.id
    AND l.bill_id IS NULL), 0)::bigint AS waiting,
  coalesce((SELECT sum(points - released - share - fee) FROM holds h WHERE h.wallet_id = w.id
    AND h.released + h.share + h.fee < h.points), 0)::bigint AS held,
  EXISTS (SELECT FROM tab_bills b WHERE b.user_id = u.id AND b.state IN ('open', 'paying')
    AND b.due_at <= clock_timestamp()) AS late,
  u.confirmed_at IS NOT NULL AND u.withdrawn_at IS NULL AND NOT EXISTS (
    SELECT FROM disputes d JOIN purchases p ON p.id = d.purchase_id
    WHERE p.user_id = u.id AND NOT d.inquiry AND d.state <> 'won') AS eligible,
  coalesce((SELECT sum(j.amount) FROM journal j JOIN wallets r ON r.id = j.wallet_id
    WHERE r.user_id = u.id AND r.kind = 'receivable'), 0) < 0 AS owes,
  EXISTS (SELECT FROM spending_limits s WHERE s.user_id = u.id
    AND s.cool_off_until > clock_timestamp()) AS resting
FROM users u LEFT JOIN tabs t ON t.user_id = u.id
LEFT JOIN wallets w ON w.user_id = u.id AND w.kind = 'tab' WHERE u.id = :user
""")


async def state_of(tx: Tx, settings: Settings, user_id: int) -> TabState:
    """Return a member's tab, as it would be opened where it wasn't yet."""
    found = await tx.execute(_STATE, {"user": user_id})
    row = typed(_Found, found.mappings().one())
    opens = row.limit is None and row.eligible and settings.tab and not row.owes
    wanting = await grounds.wanting(tx, settings, user_id) if opens else None
    first = settings.tab_limit if row.eligible and not wanting else 0
    limit = first if row.limit is None else row.limit
    return TabState(
        limit=limit,
        left=limit if row.limit is None else row.left or 0,
        open_bills=row.open_bills,
        waiting=row.waiting,
        held=row.held,
        overdue=row.late and row.open_bills >= LEAST_YEN,
        closed=not settings.tab or not limit or row.owes,
        resting=row.resting,
        wanting=wanting,
    )


async def must_allow(tx: Tx, settings: Settings, user_id: int, needed: int) -> None:
    """Refuse what would go on a tab that doesn't allow so many yen: exactly the rest is allowed.

    Raises UserError `tab_closed`, `tab_resting`, `tab_overdue` or `tab_short` (needed, left).
    """
    refusal = (await state_of(tx, settings, user_id)).refusal(needed)
    if refusal is not None:
        raise refusal


async def open_tab(tx: Tx, settings: Settings, user_id: int) -> int:
    """Return the wallet of a member's tab; at its first use it gets the site's first limit.

    Raises UserError as `must_allow` where another account has got a limit on the same card or
    number meanwhile.
    """
    wallet = await credit.lock_tab(tx, user_id)
    await grounds.note(tx, user_id)
    if not await is_open(tx, user_id):
        state = await state_of(tx, settings, user_id)
        if not state.limit:
            raise state.refusal(0) or refusals.tab_closed()
        await _set(tx, user_id, state.limit)
        await credit.level(tx, wallet, reason="first limit")
    return wallet


def most_limit(settings: Settings) -> int:
    """Return the yen up to which one of staff may raise a limit: at least to a first one."""
    return max(settings.tab_limit, settings.tab_limit_most)


async def change_limit(
    tx: Tx, settings: Settings, user_id: int, yen: int, reason: str, *, actor_id: int
) -> None:
    """Raise or lower a member's limit, as staff, with a reason; they are told.

    What is used beyond a lower one stays owed, and is taken out as it is paid. 0 closes the tab.
    Raises UserError `own_tab`, `limit_out_of_bounds`, `reason_needed`, `user_unknown`.
    """
    if user_id == actor_id:
        raise refusals.own_tab()
    most = most_limit(settings)
    if type(yen) is not int or not 0 <= yen <= most:
        raise refusals.limit_out_of_bounds(most)
    why = reason_of(reason)
    locale = await _locale(tx, user_id)
    wallet = await credit.lock_tab(tx, user_id)
    before = (await state_of(tx, settings, user_id)).limit
    await grounds.note(tx, user_id)
    await _set(tx, user_id, yen)
    await credit.level(tx, wallet, reason=why, actor_id=actor_id)
    await log_act(tx, actor_id, "tab.limit", f"user:{user_id}", reason=why, yen=yen, before=before)
    words = {"yen": f"{yen:,}", "reason": why}
    await inbox.tell(
        tx,
        user_id,
        kind="points",
        title=translate(locale, RAISED, **words),
        text=translate(locale, RAISED_TEXT, **words),
        link="/tab",
        site=settings.public_url,
    )


async def is_open(tx: Tx, user_id: int) -> bool:
    """Say whether a member ever used a tab."""
    return await tx.scalar(sa.select(tabs.c.yen).where(tabs.c.user_id == user_id)) is not None


async def close_tab(tx: Tx, user_id: int, *, reason: str) -> None:
    """Let nothing more go on a tab. What is owed stays owed."""
    wallet = await credit.lock_tab(tx, user_id)
    await _set(tx, user_id, 0)
    await credit.level(tx, wallet, reason=reason)


_LOCALE = sa.text("SELECT locale FROM users WHERE id = :user AND withdrawn_at IS NULL")


async def _locale(tx: Tx, user_id: int) -> str:
    found = await tx.scalar(_LOCALE, {"user": user_id})
    if found is None:
        raise refusals.user_unknown()
    return str(found)


async def _set(tx: Tx, user_id: int, yen: int) -> None:
    made = insert(tabs).values(user_id=user_id, yen=yen)
    changed = {"yen": yen, "changed_at": sa.func.clock_timestamp()}
    await tx.execute(made.on_conflict_do_update(index_elements=["user_id"], set_=changed))
