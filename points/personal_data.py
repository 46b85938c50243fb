"""A withdrawal beside the books: what was written there about a person, and not about points."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from points.payments.bills.tables import tab_auto_pays, tab_receipts
from points.payments.tables import payers
from points.tables import claims, payment_events, purchases, spending_limits

# What somebody takes along of how they pay their bills, by part; see `rooms.care.own_data`.
OWN_PARTS: dict[str, str] = {
    "bill_payments": """
SELECT o.yen, o.by_itself, o.state, o.created_at, o.paid_at,
  ARRAY(SELECT b.bill_id FROM tab_order_bills b WHERE b.order_id = o.id ORDER BY 1) AS bills
FROM tab_orders o WHERE o.user_id = :user ORDER BY o.id DESC""",
    "bill_receipts": """
SELECT payment_id, addressee, issues FROM tab_receipts WHERE user_id = :user ORDER BY 1""",
    "transfers_taken_back": """
SELECT kind, yen, moved_at FROM tab_moves WHERE user_id = :user ORDER BY moved_at, id""",
    "transfer_account": """
SELECT bank, branch, kind, number, holder, made_at FROM tab_accounts WHERE user_id = :user""",
    "tab_grounds": """
SELECT kind, noted_at FROM tab_grounds WHERE user_id = :user ORDER BY kind, noted_at""",
    "coupons": """
SELECT c.code, c.points, u.used_at FROM coupon_uses u JOIN coupons c ON c.id = u.coupon_id
WHERE u.user_id = :user ORDER BY u.used_at DESC""",
    "pays_by_itself": "SELECT wanted, changed_at FROM tab_auto_pays WHERE user_id = :user",
}


@dataclass(frozen=True)
class Held:
    """What a user has in points: bought, and given (bonus and gifts). `earned` is a cast's share.

    `unpaid` counts the purchases that were begun lately and may still be paid at a store.
    """

    paid: int
    given: int
    earned: int
    claims: int
    unpaid: int


_HELD = sa.text("""
SELECT
  (SELECT coalesce(sum(l.remaining) FILTER (WHERE l.kind = 'paid'), 0) FROM lots l
    JOIN wallets w ON w.id = l.wallet_id AND w.kind = 'points'
    WHERE w.user_id = :user AND NOT l.closed AND l.expires_at > clock_timestamp())::bigint AS paid,
  (SELECT coalesce(sum(l.remaining) FILTER (WHERE l.kind <> 'paid'), 0) FROM lots l
    JOIN wallets w ON w.id = l.wallet_id AND w.kind = 'points'
    WHERE w.user_id = :user AND NOT l.closed AND l.expires_at > clock_timestamp())::bigint AS given,
  (SELECT coalesce(sum(j.amount), 0) FROM journal j JOIN wallets w ON w.id = j.wallet_id
    WHERE w.user_id = :user AND w.kind = 'earnings')::bigint AS earned,
  (SELECT count(*) FROM claims
    WHERE user_id = :user AND state IN ('open', 'waiting_second')) AS claims,
  (SELECT count(*) FROM purchases WHERE user_id = :user AND state = 'created'
    AND method = 'konbini' AND created_at > clock_timestamp() - :days * interval '1 day') AS unpaid
""")


async def held(tx: Tx, user_id: int, konbini_days: int) -> Held:
    """Return what a user would leave behind."""
    row = (await tx.execute(_HELD, {"user": user_id, "days": konbini_days + 1})).mappings().one()
    return Held(**row)


# A payment provider's events name the payer where a store or a card asks for it. What they say of
# the payment itself stays; one that is still to be handled is left whole.
_THEIR_EVENTS = """
handled_at IS NOT NULL AND (
  intent IN (SELECT p.intent FROM purchases p WHERE p.user_id = :user AND p.intent IS NOT NULL)
  OR intent IN (SELECT o.intent FROM tab_orders o WHERE o.user_id = :user AND o.intent IS NOT NULL)
  OR type = 'customer_cash_balance_transaction.created' AND payload #>> '{data,object,customer}'
    IN (SELECT a.customer FROM tab_accounts a WHERE a.user_id = :user)
  OR type LIKE 'payment_method.%' AND payload #>> '{data,object,customer}'
    IN (SELECT p.customer FROM payers p WHERE p.user_id = :user))
"""
_EVENTS = sa.text(f"""
UPDATE payment_events SET payload = payload
  #- '{{data,object,billing_details}}' #- '{{data,object,shipping}}'
  #- '{{data,object,receipt_email}}' #- '{{data,object,card}}' #- '{{data,object,charges}}'
  #- '{{data,object,payment_method_details,card}}' #- '{{data,object,funded}}'
  #- '{{data,object,last_payment_error,payment_method}}' #- '{{data,previous_attributes}}'
WHERE {_THEIR_EVENTS}
""")  # noqa: S608 - one fixed text within another


async def lock(tx: Tx, user_id: int) -> None:
    """Lock what `erase` will change."""
    events = sa.select(payment_events.c.id).where(sa.text(_THEIR_EVENTS))
    await locks.lock(tx, events, {"user": user_id})
    for table in (spending_limits, purchases, payers, tab_receipts, claims):
        keys = sa.select(*table.primary_key.columns)
        await locks.lock(tx, keys.where(table.c.user_id == user_id))


async def erase(tx: Tx, user_id: int) -> None:
    """Take back the user's open claims, and erase what they wrote and how they wished to pay."""
    await tx.execute(_EVENTS, {"user": user_id})
    await tx.execute(
        sa.update(claims)
        .where(claims.c.user_id == user_id, claims.c.state.in_(("open", "waiting_second")))
        .values(state="withdrawn")
    )
    await tx.execute(sa.update(claims).where(claims.c.user_id == user_id).values(text=""))
    await tx.execute(
        sa.update(purchases).where(purchases.c.user_id == user_id).values(addressee=None)
    )
    await tx.execute(
        sa.update(payers)
        .where(payers.c.user_id == user_id)
        .values(card=None, card_brand=None, card_last4=None, card_mark=None)
    )
    await tx.execute(
        sa.update(tab_receipts).where(tab_receipts.c.user_id == user_id).values(addressee=None)
    )
    await tx.execute(sa.delete(tab_auto_pays).where(tab_auto_pays.c.user_id == user_id))
    await tx.execute(sa.delete(spending_limits).where(spending_limits.c.user_id == user_id))
