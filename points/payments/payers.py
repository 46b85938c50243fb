"""Members as the payment provider knows them, and the card that they let it keep."""

from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from points.payments.provider import ProviderName
from points.payments.tables import payers


@dataclass(frozen=True)
class Card:
    """A saved card: what the provider calls it and its owner, and what its owner knows it by."""

    id: str
    brand: str
    last4: str
    customer: str | None = field(default=None, compare=False)
    # The provider's fingerprint of it, the same whoever saves it; not read back.
    mark: str | None = field(default=None, compare=False, repr=False)


async def customer_of(tx: Tx, user_id: int, provider: ProviderName) -> str | None:
    """Return what a provider calls a member, if it knows them."""
    found = await tx.scalar(
        sa.select(payers.c.customer).where(
            payers.c.user_id == user_id, payers.c.provider == provider
        )
    )
    return str(found) if found else None


async def note_customer(tx: Tx, user_id: int, provider: ProviderName, customer: str) -> None:
    """Note what a provider calls a member."""
    await tx.execute(
        insert(payers)
        .values(user_id=user_id, provider=provider, customer=customer)
        .on_conflict_do_nothing()
    )


async def forget_customer(tx: Tx, user_id: int, provider: ProviderName, customer: str) -> bool:
    """Forget a member's customer with its card; False where it was forgotten before."""
    theirs = (payers.c.user_id == user_id, payers.c.provider == provider)
    return await locks.delete(tx, payers, *theirs, payers.c.customer == customer) > 0


async def is_known(tx: Tx, customer: str | None, card: str) -> bool:
    """Say whether a customer, or a saved card, is of one of our members."""
    found = sa.select(payers.c.user_id).where(
        sa.or_(payers.c.customer == customer, payers.c.card == card)
    )
    return await tx.scalar(found.limit(1)) is not None


async def card_of(tx: Tx, user_id: int, provider: ProviderName) -> Card | None:
    """Return a member's saved card."""
    row = (
        await tx.execute(
            sa.select(
                payers.c.card, payers.c.card_brand, payers.c.card_last4, payers.c.customer
            ).where(
                payers.c.user_id == user_id,
                payers.c.provider == provider,
                payers.c.card.is_not(None),
            )
        )
    ).one_or_none()
    return Card(row.card, row.card_brand, row.card_last4, row.customer) if row else None


async def must_have_card(tx: Tx, user_id: int, provider: ProviderName) -> Card:
    """Return a member's saved card. Raises UserError `card_unknown` where there is none."""
    card = await card_of(tx, user_id, provider)
    if card is None:
        raise UserError("card_unknown", N_("保存したカードが見つかりません。"))
    return card


async def note_card(tx: Tx, customer: str, card: Card) -> bool:
    """Note the card that a customer saved, in the place of an older one; False for a stranger."""
    noted = await tx.scalar(
        sa.update(payers)
        .where(payers.c.customer == customer)
        .values(
            card=card.id,
            card_brand=card.brand,
            card_last4=card.last4,
            card_mark=card.mark,
            changed_at=sa.func.clock_timestamp(),
        )
        .returning(payers.c.user_id)
    )
    return noted is not None


async def forget_card(tx: Tx, card: str, user_id: int | None = None) -> bool:
    """Forget a saved card, of this member if one is named; False where there is none."""
    of_user = payers.c.user_id == user_id if user_id is not None else sa.true()
    gone = await tx.scalar(
        sa.update(payers)
        .where(payers.c.card == card, of_user)
        .values(
            card=None,
            card_brand=None,
            card_last4=None,
            card_mark=None,
            changed_at=sa.func.clock_timestamp(),
        )
        .returning(payers.c.user_id)
    )
    return gone is not None
