"""Bank accounts for tests."""

from dataclasses import replace

from foundation.database import Database
from foundation.settings import Settings
from payouts.banks import naming
from payouts.banks.accounts import BankAccount, KnownAccount

ACCOUNT = BankAccount(
    "0001", "みずほ銀行", "ﾐｽﾞﾎ", "001", "東京営業部", "ﾄｳｷﾖｳ", "1", "1234567", "ﾔﾏﾀﾞ ﾊﾅｺ"
)


def account(number: str = "1234567") -> BankAccount:
    """An account with this number."""
    return replace(ACCOUNT, number=number)


async def named(
    database: Database, settings: Settings, user_id: int, number: str = "1234567"
) -> KnownAccount:
    """Let somebody name an account; it counts a day later."""
    async with database.transaction() as tx:
        return await naming.save(tx, settings, user_id, account(number), "person")
