"""Whether two members pay with one card, by what the payment provider says of their payments.

The provider's fingerprint of a card is in its events, for as long as those are kept whole.
"""

import sqlalchemy as sa

from foundation.database import Tx

# A member's cards, of their latest payments.
MOST_PAYMENTS = 200
_CARDS = """
SELECT e.payload #>> '{{data,object,payment_method_details,card,fingerprint}}' AS card
FROM (SELECT intent FROM purchases WHERE user_id = :{who} AND intent IS NOT NULL
  ORDER BY id DESC LIMIT {most}) p
JOIN payment_events e ON e.intent = p.intent AND e.type = 'charge.succeeded'
"""
_SHARED = sa.text(f"""
SELECT EXISTS (
  SELECT card FROM ({_CARDS.format(who="one", most=MOST_PAYMENTS)}) a WHERE card IS NOT NULL
  INTERSECT SELECT card FROM ({_CARDS.format(who="other", most=MOST_PAYMENTS)}) b)
""")  # noqa: S608 - fixed texts and one figure of ours


async def share_card(tx: Tx, one: int, other: int) -> bool:
    """Say whether two members have paid with the same card."""
    return bool(await tx.scalar(_SHARED, {"one": one, "other": other}))
