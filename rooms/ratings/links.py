"""Who rates may be the rated one's other account: then the rating counts for nothing."""

from foundation.database import Tx
from payouts.banks import accounts
from people.sign_in import traces
from points.payments import cards
from rooms.ratings.rules import Link


async def between(tx: Tx, one: int, other: int) -> Link | None:
    """Return by what two accounts are linked, the surest first; None where nothing is known."""
    if await cards.share_card(tx, one, other):
        return "card"
    if await accounts.share(tx, one, other):
        return "account"
    return await traces.shared(tx, one, other)
