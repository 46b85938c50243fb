"""Naming the account to which one is paid: added, changed, called off, erased."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.row_types import typed
from foundation.settings import Settings
from payouts import book
from payouts.banks import accounts, refusals, refused, words
from payouts.banks.accounts import (
    COUNTS,
    LASTS,
    NOW,
    SHOWN,
    WAITS,
    BankAccount,
    HolderKind,
    KnownAccount,
    current,
    pending,
)
from payouts.tables import bank_accounts, payouts
from people.desk import identity
from people.sign_in import seals

MOST_CHANGES, CHANGE_DAYS = 5, 30
# For so long the words and the mark of an account are kept that counts no more.
KEPT_DAYS = 90

_OPEN = payouts.c.state.in_(("requested", "in_run"))


async def save(
    tx: Tx, settings: Settings, user_id: int, account: BankAccount, holder_kind: HolderKind
) -> KnownAccount:
    """Name the account to which somebody is paid from `bank_change_hours` on; they are told.

    Another one that waits is called off; the same one again says that it is right. Raises UserError
    `payout_identity_needed`, `holder_company_unknown`, `accounts_closed`, `account_changes`.
    """
    if not seals.can_seal(settings):
        raise refusals.accounts_closed()
    await _lock(tx, user_id)
    await _must_be_theirs(tx, settings, user_id, holder_kind)
    if (same := await _same(tx, settings, user_id, account, holder_kind)) is not None:
        await refused.allow(tx, user_id, same.id)
        return same
    await _must_be_few(tx, user_id)
    before, now = await current(tx, user_id), await clock(tx)
    counts_from = now + timedelta(hours=settings.bank_change_hours)
    await _replace(tx, user_id, counts_from)
    made = await _insert(tx, settings, user_id, account, holder_kind, (now, counts_from))
    await words.named(tx, settings, user_id, made, before)
    return made


async def call_off(tx: Tx, settings: Settings, user_id: int) -> None:
    """Call off the account that would count later; the one of now stays. They are told.

    Raises UserError `account_not_pending`.
    """
    await _lock(tx, user_id)
    waiting = await pending(tx, user_id)
    if waiting is None:
        raise refusals.nothing_pending()
    await _set(tx, (bank_accounts.c.user_id == user_id) & WAITS, replaced_at=NOW)
    # Until then the one of now was to count; it counts on.
    await _set(tx, (bank_accounts.c.user_id == user_id) & COUNTS, replaced_at=None)
    await words.called_off(tx, settings, user_id, waiting, await current(tx, user_id))


async def erase(tx: Tx, user_id: int) -> None:
    """Erase what is sealed of somebody's accounts, and the marks: they can't be paid any more.

    Raises UserError `payout_open` while a payout of theirs is under way.
    """
    await _lock(tx, user_id)
    if await tx.scalar(sa.select(sa.exists().where(payouts.c.user_id == user_id, _OPEN))):
        raise refusals.payout_open()
    await _set(tx, (bank_accounts.c.user_id == user_id) & LASTS, replaced_at=NOW)
    await _set(tx, bank_accounts.c.user_id == user_id, sealed=None, mark=None)


async def forget_replaced(tx: Tx, days: int, most: int) -> int:
    """Erase what is sealed of up to `most` accounts, with their marks, that count no more for days.

    Those to which a payout is under way wait for it. Return how many there were.
    """
    found = await locks.lock(
        tx,
        sa.select(bank_accounts.c.id)
        .where(
            bank_accounts.c.replaced_at < NOW - sa.func.make_interval(0, 0, 0, days),
            bank_accounts.c.sealed.is_not(None) | bank_accounts.c.mark.is_not(None),
            ~sa.exists().where(payouts.c.account_id == bank_accounts.c.id, _OPEN),
        )
        .order_by(bank_accounts.c.id)
        .limit(most),
        skip_locked=True,
    )
    gone = bank_accounts.c.id.in_([row.id for row in found])
    await tx.execute(sa.update(bank_accounts).where(gone).values(sealed=None, mark=None))
    return len(found)


async def _lock(tx: Tx, user_id: int) -> None:
    await book.lock(tx, [user_id])
    await locks.lock(tx, sa.select(bank_accounts.c.id).where(bank_accounts.c.user_id == user_id))


async def _must_be_theirs(
    tx: Tx, settings: Settings, user_id: int, holder_kind: HolderKind
) -> None:
    if settings.identity_check and not await identity.is_checked(tx, user_id):
        raise refusals.identity_first()
    if holder_kind == "company" and await accounts.company_of(tx, user_id) is None:
        raise refusals.company_unknown()


async def _same(
    tx: Tx, settings: Settings, user_id: int, account: BankAccount, holder_kind: HolderKind
) -> KnownAccount | None:
    """Return the latest account where it is this one: it was sent twice."""
    latest = await pending(tx, user_id) or await current(tx, user_id)
    if latest is None or latest.holder_kind != holder_kind:
        return None
    try:
        known = await accounts.opened(tx, settings, [latest.id])
    except UserError:
        # With a new key it is named anew.
        return None
    return latest if known.get(latest.id) == account else None


async def _must_be_few(tx: Tx, user_id: int) -> None:
    lately = NOW - sa.func.make_interval(0, 0, 0, CHANGE_DAYS)
    named = sa.select(sa.func.count()).where(
        bank_accounts.c.user_id == user_id, bank_accounts.c.made_at > lately
    )
    if (await tx.scalar(named) or 0) >= MOST_CHANGES:
        raise refusals.account_changes(MOST_CHANGES, CHANGE_DAYS)


async def _replace(tx: Tx, user_id: int, at: datetime) -> None:
    """Let what waits never count, and what counts do so until a moment."""
    mine = bank_accounts.c.user_id == user_id
    await _set(tx, mine & WAITS, replaced_at=NOW)
    await _set(tx, mine & COUNTS, replaced_at=at)


async def _insert(
    tx: Tx,
    settings: Settings,
    user_id: int,
    account: BankAccount,
    holder_kind: HolderKind,
    moments: tuple[datetime, datetime],
) -> KnownAccount:
    made = await tx.execute(
        sa.insert(bank_accounts)
        .values(
            user_id=user_id,
            mark=accounts.mark_of(settings, account),
            bank=account.bank,
            branch=account.branch,
            tail=account.number[-3:],
            holder_kind=holder_kind,
            made_at=moments[0],
            effective_at=moments[1],
        )
        .returning(*SHOWN)
    )
    known = typed(KnownAccount, made.mappings().one())
    # Sealed to its row, so it needs the row's number first.
    stored = accounts.sealed(settings, user_id, known.id, account)
    await _set(tx, bank_accounts.c.id == known.id, sealed=stored)
    return known


async def _set(tx: Tx, which: sa.ColumnElement[bool], **values: object) -> None:
    await tx.execute(sa.update(bank_accounts).where(which).values(**values))
