"""The account to which somebody pays their bills by bank: asked for once, then shown from here."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Database, Tx
from foundation.row_types import typed_one
from points.payments.bills.asking import customer_of
from points.payments.bills.bank import TransferAccount
from points.payments.bills.tables import tab_accounts
from points.payments.provider import Provider, ProviderName
from points.payments.troubles import attended
from points.tab import limits, refusals

_COLUMNS = tuple(tab_accounts.c[name] for name in TransferAccount.__dataclass_fields__)


async def account_of(tx: Tx, user_id: int, provider: ProviderName) -> TransferAccount | None:
    """Return the account to which a member sends, if they have asked for one."""
    query = sa.select(*_COLUMNS).where(
        tab_accounts.c.user_id == user_id, tab_accounts.c.provider == provider
    )
    return typed_one(TransferAccount, (await tx.execute(query)).mappings())


async def open_account(database: Database, provider: Provider, user_id: int) -> TransferAccount:
    """Return a member's account; the first time the provider is asked for it.

    Raises UserError `tab_unused` for who never used a tab, of whom no payment could be noted, and
    ProviderError, of which staff were told.
    """
    async with database.transaction() as tx:
        known = await account_of(tx, user_id, provider.name)
        used = await limits.is_open(tx, user_id)
    if known is not None:
        return known
    if not used:
        raise refusals.tab_unused()
    async with attended(database):
        key = f"hitotoki:account:{user_id}"
        customer = await customer_of(database, provider, user_id, f"{key}:customer")
        made = await provider.transfers.account(customer, f"{key}:{customer}")
    async with database.transaction() as tx:
        values = {name: getattr(made, name) for name in TransferAccount.__dataclass_fields__}
        await tx.execute(
            insert(tab_accounts)
            .values(user_id=user_id, provider=provider.name, customer=customer, **values)
            .on_conflict_do_nothing()
        )
    return made


async def customer_in(tx: Tx, user_id: int, provider: ProviderName) -> str | None:
    """Return the provider's name for whose account it is."""
    found: str | None = await tx.scalar(
        sa.select(tab_accounts.c.customer).where(
            tab_accounts.c.user_id == user_id, tab_accounts.c.provider == provider
        )
    )
    return found
