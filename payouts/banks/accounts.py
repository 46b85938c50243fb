"""Where a cast is paid: the account that counts now, and one that counts later, as they are read.

Of all that a cast named, each counts from `effective_at` until `replaced_at`; so at any moment at
most one does, also when the clock steps back. What stands in it is sealed; its mark, a keyed hash,
tells whether two people have the same one.
"""

import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.row_types import typed_one
from foundation.settings import Settings
from payouts.banks import refusals
from payouts.banks.numbers import Kind
from payouts.tables import bank_accounts, payout_profiles
from people.sign_in import seals
from people.sign_in.seals import UnsealableError

HolderKind = Literal["person", "company"]


@dataclass(frozen=True)
class BankAccount:
    """An account as transfers want it: names also in half-width kana, seven digits."""

    bank_code: str
    bank: str
    bank_kana: str
    branch_code: str
    branch: str
    branch_kana: str
    kind: Kind
    number: str
    holder: str

    @property
    def marked(self) -> str:
        """What tells it from every other."""
        return f"{self.bank_code} {self.branch_code} {self.kind} {self.number}"


@dataclass(frozen=True)
class KnownAccount:
    """An account as pages show it; `tail` is the last three digits of its number."""

    id: int
    bank: str
    branch: str
    tail: str
    holder_kind: str
    made_at: datetime
    effective_at: datetime


SHOWN = [
    bank_accounts.c[name]
    for name in ("id", "bank", "branch", "tail", "holder_kind", "made_at", "effective_at")
]
NOW = sa.func.clock_timestamp()
LASTS = bank_accounts.c.replaced_at.is_(None) | (bank_accounts.c.replaced_at > NOW)
COUNTS = (bank_accounts.c.effective_at <= NOW) & LASTS
WAITS = (bank_accounts.c.effective_at > NOW) & LASTS


async def current(tx: Tx, user_id: int) -> KnownAccount | None:
    """Return the account to which somebody is paid now."""
    return await _latest(tx, user_id, COUNTS)


async def pending(tx: Tx, user_id: int) -> KnownAccount | None:
    """Return the account that counts later."""
    return await _latest(tx, user_id, WAITS)


async def current_ids(tx: Tx, user_ids: Sequence[int]) -> dict[int, int]:
    """Return for each of these who has one the account that counts now, and can still be read."""
    found = await tx.execute(
        sa.select(bank_accounts.c.user_id, sa.func.max(bank_accounts.c.id).label("id"))
        .where(bank_accounts.c.user_id.in_(user_ids), COUNTS, bank_accounts.c.sealed.is_not(None))
        .group_by(bank_accounts.c.user_id)
    )
    return {row.user_id: row.id for row in found}


async def opened(tx: Tx, settings: Settings, ids: Sequence[int]) -> dict[int, BankAccount]:
    """Return what stands in accounts, by their ids; those that were erased are missing.

    Raises UserError `accounts_unreadable` where the key is another one now.
    """
    found = await tx.execute(
        sa.select(bank_accounts.c.id, bank_accounts.c.user_id, bank_accounts.c.sealed).where(
            bank_accounts.c.id.in_(ids), bank_accounts.c.sealed.is_not(None)
        )
    )
    return {row.id: _opened(settings, row.user_id, row.id, row.sealed) for row in found}


async def share(tx: Tx, one: int, other: int) -> bool:
    """Say whether two people have named the same account, lately or now."""
    mine, theirs = bank_accounts.alias(), bank_accounts.alias()
    same = sa.exists().where(
        mine.c.user_id == one, theirs.c.user_id == other, mine.c.mark == theirs.c.mark
    )
    return one != other and bool(await tx.scalar(sa.select(same)))


async def company_of(tx: Tx, user_id: int) -> str | None:
    """Return the company in whose name somebody is paid, as finance staff wrote it down."""
    mine = payout_profiles.c.user_id == user_id
    found: str | None = await tx.scalar(sa.select(payout_profiles.c.company).where(mine))
    return found


def sealed(settings: Settings, user_id: int, account_id: int, account: BankAccount) -> bytes:
    """Return an account as it may be stored in its row."""
    words = json.dumps(asdict(account), ensure_ascii=False)
    return seals.seal(settings, words.encode(), _whose(user_id, account_id))


def mark_of(settings: Settings, account: BankAccount) -> bytes:
    """Return what may be compared of an account, and says nothing of it without the key."""
    told = f"bank account {account.marked}".encode()
    return hmac.digest(seals.mark_key(settings), told, "sha256")


async def _latest(tx: Tx, user_id: int, which: sa.ColumnElement[bool]) -> KnownAccount | None:
    found = await tx.execute(
        sa.select(*SHOWN)
        .where(bank_accounts.c.user_id == user_id, which)
        .order_by(bank_accounts.c.id.desc())
        .limit(1)
    )
    return typed_one(KnownAccount, found.mappings())


def _opened(settings: Settings, user_id: int, account_id: int, stored: bytes) -> BankAccount:
    try:
        words = seals.unseal(settings, bytes(stored), _whose(user_id, account_id))
    except UnsealableError:
        raise refusals.accounts_unreadable() from None
    return BankAccount(**json.loads(words))


def _whose(user_id: int, account_id: int) -> str:
    return f"bank account {user_id} {account_id}"
