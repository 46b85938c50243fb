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
# Those on sale and those that are not any more.
MOST_PACKS = 30


@dataclass(frozen=True)
class EditablePack:
    """A pack: paid points, bonus points, its price in yen, and whether it is on sale."""

    id: int
    points: int
    bonus: int
    price_yen: int
    active: bool


_COLUMNS = tuple(packs.c[name] for name in EditablePack.__dataclass_fields__)


_CHANGED = ("points", "bonus", "price_yen", "active")


async def all_packs(tx: Tx) -> list[EditablePack]:
    """Return every pack in its order, also those not on sale."""
    rows = await tx.execute(sa.select(*_COLUMNS).order_by(packs.c.position, packs.c.id).limit(100))
    return [EditablePack(**row) for row in rows.mappings()]


async def change(tx: Tx, changed: EditablePack, reason: str, *, actor_id: int) -> None:
    """Change a pack, as a member of staff; purchases begun before keep their price.

    Raises UserError `pack_out_of_bounds` (400), `reason_needed` (400) and `pack_unknown` (404).
    """
    why = reason_of(reason)
    must_be_within_bounds(changed)
    # Two members at once: the second waits, and its record says what the first left.
    before = await locks.lock_row(tx, sa.select(*_COLUMNS).where(packs.c.id == changed.id))
    if before is None:
        raise unknown()
    after = {name: getattr(changed, name) for name in _CHANGED}
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


async def add(tx: Tx, new: EditablePack, reason: str, *, actor_id: int) -> None:
    """Offer another pack, behind the others; its id is ours to give.

    Raises UserError `pack_out_of_bounds`, `reason_needed` (400) and `packs_full` (409).
    """
    why = reason_of(reason)
    must_be_within_bounds(new)
    order = await locks.lock(tx, sa.select(packs.c.id, packs.c.position))
    if len(order) >= MOST_PACKS:
        raise UserError("packs_full", N_("ポイント商品は%(most)s種類までです。"), most=MOST_PACKS)
    after = {name: getattr(new, name) for name in _CHANGED}
    last = max((row.position for row in order), default=0)
    made = await tx.scalar(
        sa.insert(packs).values(**after, position=last + 1).returning(packs.c.id)
    )
    await log_act(tx, actor_id, "pack.add", f"pack:{made}", reason=why, after=after)


async def move(tx: Tx, pack_id: int, *, up: bool, actor_id: int) -> None:
    """Let a pack change places with its neighbour. Raises UserError `pack_unknown` (404)."""
    rows = await locks.lock(tx, sa.select(packs.c.id, packs.c.position))
    order = [row.id for row in sorted(rows, key=lambda row: (row.position, row.id))]
    if pack_id not in order:
        raise unknown()
    at = order.index(pack_id)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(order):
        return
    order[at], order[to] = order[to], order[at]
    for position, one in enumerate(order, start=1):
        await tx.execute(sa.update(packs).where(packs.c.id == one).values(position=position))
    detail = {"before": at + 1, "after": to + 1}
    await log_act(tx, actor_id, "pack.move", f"pack:{pack_id}", reason="—", **detail)


def unknown() -> UserError:
    """Return the refusal of a pack that isn't there."""
    return UserError("pack_unknown", N_("このポイント商品は見つかりません。"), status=404)


def must_be_within_bounds(pack: EditablePack) -> None:
    """Refuse a pack that the books or the payment provider couldn't take: `pack_out_of_bounds`."""
    if not _within_bounds(pack):
        raise UserError(
            "pack_out_of_bounds",
            N_("ポイントは1以上、おまけはポイント以下、価格は50円以上にしてください。"),
            status=400,
        )


def _within_bounds(pack: EditablePack) -> bool:
    return (
        1 <= pack.points <= MOST
        and 0 <= pack.bonus <= pack.points
        and LEAST_YEN <= pack.price_yen <= MOST
    )
