"""Rows that other parts write: accounts, and payouts that were paid, for tests of a cast's side."""

from datetime import date
from typing import TypedDict
from uuid import uuid4

import sqlalchemy as sa

from foundation.database import Tx
from payouts.rules import Category, withheld
from payouts.tables import bank_accounts, payout_runs, payouts
from points import ledger
from tests.world import new_user

NOW = sa.func.clock_timestamp()


async def name_account(tx: Tx, user_id: int, hours: int = -1) -> int:
    """Name an account that counts from so many hours on."""
    made = await tx.scalar(
        sa.insert(bank_accounts)
        .values(
            user_id=user_id, sealed=b"sealed", bank="ひととき銀行", branch="本店", tail="567",
            holder_kind="person",
            made_at=sa.text(f"clock_timestamp() + least({hours}, 0) * interval '1 hour'"),
            effective_at=sa.text(f"clock_timestamp() + {hours} * interval '1 hour'"),
        )
        .returning(bank_accounts.c.id)
    )  # fmt: skip
    assert made is not None
    return int(made)


class Settled(TypedDict, total=False):
    """How a payout is settled, where it isn't as usual."""

    seller: str
    category: Category
    registration: str | None
    closed: bool


async def pay(
    tx: Tx, payout_id: int, *, seller: str = "cast", category: Category = "none",
    registration: str | None = None, closed: bool = True,
) -> None:  # fmt: skip
    """Gather a request into a run of its own, and close it where asked."""
    p = payouts.c
    row = (await tx.execute(sa.select(payouts).where(p.id == payout_id))).one()
    account = await tx.scalar(
        sa.select(sa.func.max(bank_accounts.c.id)).where(bank_accounts.c.user_id == row.user_id)
    )
    tax = withheld(category, row.gross)
    staff = await new_user(tx, "係")
    run = await tx.scalar(
        sa.insert(payout_runs)
        .values(
            way="request", pay_on=date(2026, 12, 1), press=uuid4().hex, made_by=staff,
            state="agreed", payouts=1, total=row.gross - row.bank_fee - tax,
        )
        .returning(payout_runs.c.id)
    )  # fmt: skip
    settled = {
        "state": "in_run", "run_id": run, "account_id": account, "category": category,
        "withheld": tax, "registration": registration, "seller": seller, "tax_percent": 10,
    }  # fmt: skip
    await tx.execute(sa.update(payouts).where(p.id == payout_id).values(settled))
    if not closed:
        return
    paid = {"state": "paid", "paid_at": NOW}
    await tx.execute(sa.update(payouts).where(p.id == payout_id).values(paid))
    await ledger.pay_out(tx, payout_id, row.user_id, row.gross)
    await tx.execute(
        sa.update(payout_runs)
        .where(payout_runs.c.id == run)
        .values(state="closed", ended_by=staff, ended_at=NOW)
    )
