"""Orders that wait for their payment at a convenience store: until when, and with which number."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from points.payments.tables import vouchers

# More than anybody has open at once.
MOST_SHOWN = 20
# What lies so far past its term was paid, or has lapsed.
KEPT_DAYS = 30


@dataclass(frozen=True)
class OpenOrder:
    """An order that is to be paid at a store until `pay_by`. `total` are all points of it."""

    id: int
    total: int
    price_yen: int
    pay_by: datetime


async def note(tx: Tx, purchase_id: int, details: Mapping[str, Any]) -> None:
    """Note until when an order can be paid, as the provider tells it; a later word replaces it."""
    told = details.get("expires_at")
    if not isinstance(told, int) or not 0 < told < 2**33:
        return
    made = insert(vouchers).values(
        purchase_id=purchase_id, pay_by=datetime.fromtimestamp(told, tz=UTC)
    )
    await tx.execute(
        made.on_conflict_do_update(
            index_elements=["purchase_id"], set_={"pay_by": made.excluded.pay_by}
        )
    )


# Where the provider told no term it is the end of the last day, as stores count.
_OPEN = sa.text("""
SELECT id, total, price_yen, pay_by FROM (
  SELECT p.id, p.points + p.bonus AS total, p.price_yen, coalesce(v.pay_by,
    (date_trunc('day', p.created_at AT TIME ZONE 'Asia/Tokyo')
      + (:days + 1) * interval '1 day' - interval '1 s') AT TIME ZONE 'Asia/Tokyo') AS pay_by
  FROM purchases p LEFT JOIN konbini_vouchers v ON v.purchase_id = p.id
  WHERE p.user_id = :user AND p.state = 'created' AND p.method = 'konbini'
) o WHERE pay_by > clock_timestamp() ORDER BY pay_by, id LIMIT :most
""")


async def open_orders(tx: Tx, user_id: int, konbini_days: int) -> list[OpenOrder]:
    """Return a user's orders that can still be paid at a store, the most urgent first."""
    bounds = {"user": user_id, "days": konbini_days, "most": MOST_SHOWN}
    return [OpenOrder(**row) for row in (await tx.execute(_OPEN, bounds)).mappings()]


async def sweep(tx: Tx, most: int) -> int:
    """Forget up to `most` terms that are long past; return how many."""
    past = sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, KEPT_DAYS)
    old = sa.select(vouchers.c.purchase_id).where(vouchers.c.pay_by < past).limit(most)
    gone = sa.delete(vouchers).where(vouchers.c.purchase_id.in_(old))
    return (await tx.execute(gone)).rowcount
