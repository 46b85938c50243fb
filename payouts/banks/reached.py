"""An account that staff write down for who has withdrawn, as they named it since.

It counts never before two have agreed to it, then for `KEPT_DAYS`, and its words go as those of any
other account that counts no more.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from payouts.banks import accounts, lists, refusals
from payouts.banks.accounts import NOW, BankAccount
from payouts.banks.holders import holder_kana
from payouts.banks.naming import KEPT_DAYS
from payouts.banks.numbers import kind_of, number_of
from payouts.tables import bank_accounts
from people.accounts.tables import users
from people.sign_in import seals

MOST_SHARED = 5


async def typed(tx: Tx, bank: str, branch: str, kind: str, number: str, holder: str) -> BankAccount:
    """Return an account as staff typed it: codes, `kind` as the bank has it, a holder in kana.

    Raises UserError `bank_unknown`, `branch_unknown`, and what is wrong with the rest.
    """
    known = (await lists.bank_list(tx)).bank(bank)
    if known is None:
        raise refusals.bank_unknown()
    place = known.branches.get(branch)
    if place is None:
        raise refusals.branch_unknown()
    names = (known.code, known.name, known.kana, place.code, place.name, place.kana)
    return BankAccount(*names, kind_of(kind), number_of(number), holder_kana(holder))


async def keep(tx: Tx, settings: Settings, user_id: int, account: BankAccount) -> int:
    """Write an account down that counts never, for a person who is locked; return its id.

    Raises UserError `accounts_closed` without a key.
    """
    if not seals.can_seal(settings):
        raise refusals.accounts_closed()
    now = await tx.scalar(sa.select(NOW))
    moments = dict.fromkeys(("made_at", "effective_at", "replaced_at"), now)
    named = {"bank": account.bank, "branch": account.branch, "tail": account.number[-3:]}
    made = await tx.scalar(
        sa.insert(bank_accounts)
        .values(user_id=user_id, holder_kind="person", **named, **moments)
        .values(mark=accounts.mark_of(settings, account))
        .returning(bank_accounts.c.id)
    )
    assert made is not None
    stored = accounts.sealed(settings, user_id, made, account)
    mine = sa.update(bank_accounts).where(bank_accounts.c.id == made)
    await tx.execute(mine.values(sealed=stored))
    return int(made)


async def lock(tx: Tx, user_id: int) -> None:
    """Lock the accounts of a person who is locked."""
    mine = bank_accounts.c.user_id == user_id
    await locks.lock(tx, sa.select(bank_accounts.c.id).where(mine))


async def let_count(tx: Tx, user_id: int, account_id: int) -> None:
    """Let a kept account count from now on, and no other. Raises UserError `account_forgotten`."""
    which = bank_accounts.c.id == account_id
    if await tx.scalar(sa.select(bank_accounts.c.sealed).where(which)) is None:
        raise UserError(
            "account_forgotten",
            N_("提案から日がたち、口座の情報は消去されました。もう一度、提案してください。"),
        )
    others = (bank_accounts.c.user_id == user_id) & ~which & accounts.LASTS
    await tx.execute(sa.update(bank_accounts).where(others).values(replaced_at=NOW))
    until = NOW + sa.func.make_interval(0, 0, 0, KEPT_DAYS)
    await tx.execute(sa.update(bank_accounts).where(which).values(replaced_at=until))


@dataclass(frozen=True)
class ProposedAccount:
    """An account that waits for a second person; None where its words were erased.

    `shared_with`: the nicknames of others who named the same one, lately or now.
    """

    account: BankAccount | None
    shared_with: list[str]


async def proposed(tx: Tx, settings: Settings, account_id: int) -> ProposedAccount:
    """Return what the second person looks at. Raises UserError `accounts_unreadable`."""
    mine, other = bank_accounts.alias(), bank_accounts.alias()
    query = (
        sa.select(users.c.nickname)
        .join(other, other.c.user_id == users.c.id)
        .join(mine, (mine.c.mark == other.c.mark) & (mine.c.user_id != other.c.user_id))
        .where(mine.c.id == account_id)
        .distinct()
        .limit(MOST_SHARED)
    )
    opened = await accounts.opened(tx, settings, [account_id])
    return ProposedAccount(opened.get(account_id), list(await tx.scalars(query)))
