"""Saving a card without a payment: a first limit may stand on it, and bills be paid by it."""

from foundation.database import Database
from points.payments import payers
from points.payments.bills.asking import customer_of
from points.payments.provider import PayerGoneError, Provider
from points.payments.troubles import attended


async def card_page(
    database: Database, provider: Provider, user_id: int, press: str, back: str
) -> str:
    """Return where a member saves a card at the provider; they come back to the address `back`.

    That it was saved is told by an event. The same press leads to the same page. Raises
    ProviderError, of which staff were told.
    """
    key = f"hitotoki:card:{user_id}:{press}"
    async with attended(database):
        customer = await customer_of(database, provider, user_id, f"{key}:customer")
        try:
            return await provider.card_page(customer, f"{key}:{customer}", back)
        except PayerGoneError:
            async with database.transaction() as tx:
                await payers.forget_customer(tx, user_id, provider.name, customer)
            customer = await customer_of(database, provider, user_id, f"{key}:again")
            return await provider.card_page(customer, f"{key}:{customer}", back)
