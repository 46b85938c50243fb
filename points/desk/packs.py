"""The packs of points on sale, as staff see and change them. What was bought stays as it was."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from points.tables import packs
from record.acts import log_act, reason_of

MOST = 1_000_000
# What the payment providers take at least.
LEAST_YEN = 50


@dataclass(frozen=True)
class EditablePack:
    """A pack: paid points, bonus points, its price in yen, and whether it is on sale."""

    id: int
    points: int
    bonus: int
    price_yen: int
    active: bool


_COLUMNS = tuple(packs.c[name] for name in EditablePack.__dataclass_fields__)


async def all_packs(tx: Tx) -> list[EditablePack]:
    """Return every pack in its order, also those not on sale."""
    rows = await tx.execute(sa.select(*_COLUMNS).order_by(packs.c.position, packs.c.id).limit(100))
    return [EditablePack(**row) for row in rows.mappings()]


async def change(tx: Tx, changed: EditablePack, reason: str, *, actor_id: int) -> None:
    """Change a pack, as a member of staff; purchases begun before keep their price.

    Raises UserError `pack_out_of_bounds` (400), `reason_needed` (400) and `pack_unknown` (404).
    """
    why = reason_of(reason)
    if not _within_bounds(changed):
        raise UserError(
            "pack_out_of_bounds",
            N_("ポイントは1以上、おまけはポイント以下、価格は50円以上にしてください。"),
            status=400,
        )
    # Two members at once: the second waits, and its record says what the first left.
    before = await locks.lock_row(tx, sa.select(*_COLUMNS).where(packs.c.id == changed.id))
    if before is None:
        raise UserError("pack_unknown", N_("このポイント商品は見つかりません。"), status=404)
    after = {name: getattr(changed, name) for name in ("points", "bonus", "price_yen", "active")}
    await tx.execute(sa.update(packs).where(packs.c.id == changed.id).values(**after))
    await log_act(
        tx,
        actor_id,
        "pack.change",
        f"pack:{changed.id}",
        reason=why,
        before={name: getattr(before, name) for name in after},
        after=after,
    )


def _within_bounds(pack: EditablePack) -> bool:
    return (
        1 <= pack.points <= MOST
        and 0 <= pack.bonus <= pack.points
        and LEAST_YEN <= pack.price_yen <= MOST
    )
