"""The provider's lists against our orders of bills: once a night, for what no event ever told.

Unlike points, which the signed event alone makes, a bill that the provider says was paid is paid:
its payer must not be reminded of what they paid, and our own question was answered with our key.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import structlog

from foundation.database import Database, Tx
from points.payments.bills import orders, told
from points.payments.bills.bank import BankMove
from points.payments.bills.orders import BillOrder
from points.payments.bills.tables import tab_accounts, tab_takings
from points.payments.bills.told import BillHouse
from points.payments.provider import CURRENCY, Intent, PayerGoneError, Provider
from points.payments.refunds import TooEarlyError
from points.payments.troubles import attended
from points.tables import tab_bills

log = structlog.get_logger(__name__)

# Of those who owe or sent lately, and have an account to send to: so many are asked for in a night.
MOST_ACCOUNTS = 500
# For so long a bank takes a transfer back, or the provider what nobody took over.
SENT_WITHIN_DAYS = 90


async def note_listed(database: Database, house: BillHouse, intents: Sequence[Intent]) -> int:
    """Note the orders of bills that were paid, of a list of the provider's payments; return how
    many. Also those whose name we never learned because the answer to our question was lost."""
    found = 0
    for intent in intents:
        if intent.bill is None or intent.status != "succeeded":
            continue
        async with database.transaction() as tx:
            order = await orders.of_intent(tx, intent.id, intent.bill, lock=True)
            if order is None or order.state == "paid" or not _fits(order, intent):
                continue
            noted = await told.note_paid(tx, house, order, intent.id, at=None)
        found += noted.outcome == "settled"
        log.warning("bills.found_paid", order=order.id, intent=intent.id)
    return found


def _fits(order: BillOrder, intent: Intent) -> bool:
    return (intent.received, intent.currency) == (order.yen, CURRENCY)


async def compare_transfers(database: Database, house: BillHouse, provider: Provider) -> int:
    """Find what payers sent by their bank, or what left again, and no event told, of those who owe
    or have sent lately; return how much of it there was. The provider is asked between
    transactions. One whom it knows no more keeps nobody else waiting. Raises ProviderError
    otherwise, of which staff were told."""
    async with database.transaction() as tx:
        customers = await _customers(tx, provider)
    found = 0
    for user_id, customer in customers:
        # What came first is told first.
        for one in reversed(await _moved(database, provider, customer)):
            try:
                async with database.transaction() as tx:
                    noted = await told.note_moved(tx, house, user_id, customer, one)
            except TooEarlyError as early:
                log.warning("bills.left_too_early", why=str(early))
                continue
            found += noted.outcome in ("settled", "taken")
    return found


async def _moved(database: Database, provider: Provider, customer: str) -> Sequence[BankMove]:
    try:
        async with attended(database):
            return await provider.transfers.moved(customer)
    except PayerGoneError as gone:
        log.warning("bills.customer_gone", customer=customer, why=gone.why)
        return ()


async def _customers(tx: Tx, provider: Provider) -> list[tuple[int, str]]:
    owing = sa.select(tab_bills.c.user_id).where(tab_bills.c.state.in_(("open", "paying")))
    days = sa.func.make_interval(0, 0, 0, SENT_WITHIN_DAYS)
    lately = sa.select(tab_takings.c.user_id).where(
        tab_takings.c.noted_at > sa.func.clock_timestamp() - days
    )
    asked = sa.or_(tab_accounts.c.user_id.in_(owing), tab_accounts.c.user_id.in_(lately))
    rows = await tx.execute(
        sa.select(tab_accounts.c.user_id, tab_accounts.c.customer)
        .where(tab_accounts.c.provider == provider.name, asked)
        .order_by(tab_accounts.c.user_id)
        .limit(MOST_ACCOUNTS)
    )
    return [(row.user_id, row.customer) for row in rows]
