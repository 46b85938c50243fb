"""What arrived by a bank: it pays bills at once, and is then taken over from the payer's account.

The two are apart: the payer has paid when their money is with the provider, also where taking it
over fails. Then it is tried again, and staff are told, for the provider sends back what nobody
takes for months.
"""

from dataclasses import dataclass

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Database, Tx
from foundation.language import N_
from foundation.row_types import typed_all
from points.payments.bills import arrivals
from points.payments.bills.arrivals import MoneyIn
from points.payments.bills.bank import BankMove
from points.payments.bills.tables import tab_takings
from points.payments.provider import Provider, ProviderError, ProviderName
from points.payments.ways import RANGES
from record.alarms import alarm

log = structlog.get_logger(__name__)

# A first failure may be the money that is a second late; staff needn't know of that.
TOLD_AT = 5
MOST_TRIES = 200
AT_ONCE = 20


@dataclass(frozen=True)
class Taking:
    """Yen that lie in a payer's account at the provider."""

    provider_ref: str
    customer: str
    yen: int
    tries: int


async def note(
    tx: Tx,
    provider: ProviderName,
    user_id: int,
    customer: str,
    arrived: BankMove,
    site: str | None,
) -> bool:
    """Note money that arrived, once, and let it pay bills; False where it is known."""
    made = await tx.scalar(
        insert(tab_takings)
        .values(
            provider_ref=arrived.id,
            user_id=user_id,
            provider=provider,
            customer=customer,
            yen=arrived.yen,
        )
        .on_conflict_do_nothing()
        .returning(tab_takings.c.provider_ref)
    )
    if made is None:
        return False
    paid = MoneyIn(provider, arrived.id, arrived.yen, "transfer", arrived.at)
    return await arrivals.settle(tx, user_id, paid, site)


async def is_known(tx: Tx, reference: str | None, intent: str | None = None) -> bool:
    """Say whether money that arrived is known by its own name or by what took it over."""
    named = tab_takings.c.provider_ref == reference, tab_takings.c.intent == intent
    query = sa.select(tab_takings.c.provider_ref).where(sa.or_(*named))
    return await tx.scalar(query.limit(1)) is not None


async def reference_of(tx: Tx, intent: str | None) -> str | None:
    """Lock the money that a payment took over, and return its name."""
    query = sa.select(tab_takings.c.provider_ref).where(tab_takings.c.intent == intent)
    found = await locks.lock_row(tx, query)
    return None if found is None else str(found.provider_ref)


async def note_taken(tx: Tx, reference: str, intent: str) -> None:
    """Note that money was taken over, by which payment."""
    await tx.execute(
        sa.update(tab_takings)
        .where(tab_takings.c.provider_ref == reference, tab_takings.c.state == "waiting")
        .values(state="taken", intent=intent)
    )


async def take_over(database: Database, provider: Provider) -> int:
    """Take over what waits, each as often as it takes; return how many were."""
    async with database.transaction() as tx:
        waiting = typed_all(
            Taking,
            (await tx.execute(_DUE, {"provider": provider.name, "most": AT_ONCE})).mappings(),
        )
    taken = 0
    for one in waiting:
        taken += await _take(database, provider, one)
    return taken


# At once, after a minute, 4 min, 9 min … a day after the 38th time. What a payment can't be made of
# waits in the account with the rest.
_DUE = sa.text(f"""
SELECT provider_ref, customer, yen - gone AS yen, tries FROM tab_takings
WHERE state = 'waiting' AND provider = :provider AND tries < {MOST_TRIES}
  AND yen - gone >= {RANGES["card"][0]}
  AND (tried_at IS NULL
    OR tried_at + power(least(tries, 38), 2) * interval '1 min' <= clock_timestamp())
ORDER BY noted_at LIMIT :most
""")  # noqa: S608 - figures of ours


async def _take(database: Database, provider: Provider, one: Taking) -> bool:
    try:
        over = await provider.transfers.take(one.customer, one.yen, one.provider_ref)
        taken, why = over.intent if over.done else None, over.status
    except ProviderError as error:
        taken, why = None, error.why
    async with database.transaction() as tx:
        if taken is not None:
            await note_taken(tx, one.provider_ref, taken)
            return True
        tried = {"tries": tab_takings.c.tries + 1, "tried_at": sa.func.clock_timestamp()}
        mine = tab_takings.c.provider_ref == one.provider_ref
        await tx.execute(sa.update(tab_takings).where(mine).values(**tried))
        if one.tries + 1 >= TOLD_AT:
            await alarm(tx, "transfer_not_taken", _STUCK, one.provider_ref, yen=one.yen, why=why)
    log.warning("bills.not_taken", transfer=one.provider_ref, tries=one.tries + 1, why=why)
    return False


_STUCK = N_(
    "銀行振込 %(yen)s円 を、決済サービスの顧客の残高から受け取れません。"
    "お客様へのご請求は支払い済みです。管理画面で確かめてください: %(why)s"
)
