"""Points set aside for a reservation: held, then released or settled. See `points.ledger`.

A hold drains lots like any payment, and its moves say which. Releasing puts the points back into
those very lots; settling divides them between the cast and the site. The row of `holds` counts what
became of them and can't be exceeded; the wallet's row is its lock, as it is that of the lots.
"""

from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa

from foundation.database import Tx, clock
from foundation.row_types import typed
from points import refusals, rules
from points.ledger import credit, lot_rows, rows
from points.ledger.debts import pay_owed
from points.ledger.held import parts_of
from points.ledger.locked_rows import HoldRow
from points.rules import Pays, Store
from points.tables import holds, wallets


async def hold(
    tx: Tx,
    user_id: int,
    points: int,
    *,
    key: str,
    reason: str,
    gift_share: int = 0,
    pays: Pays = "points",
) -> int:
    """Set `points` of a user aside, the first to expire first; return the hold's id.

    `pays` says of which wallet: that of points, or that of what is paid afterwards.

    Those among them that were given will earn a cast `gift_share` percent of a share. The same key
    again returns the same hold. Raises UserError `points_short` (needed, points: what is missing)
    or `amount_out_of_bounds` (400).
    """
    if not rules.is_amount(points):
        raise refusals.amount_out_of_bounds()
    wallet = await rows.open_wallet(tx, user_id, pays)
    await rows.lock(tx, [wallet])
    parts = rules.drawn(await lot_rows.open_stores(tx, wallet, await clock(tx)), points)
    missing = points - rows.total(parts)
    if missing and not await rows.is_written(tx, key):
        raise refusals.points_short_to_book(points, missing)
    source = await rows.transfer(
        tx,
        debit=wallet,
        credit="held",
        amount=points,
        kind="hold",
        reason=reason,
        key=key,
        points_wallet=wallet,
    )
    if source is None:
        return await rows.transfer_of(tx, key)
    await rows.drain(tx, wallet, source, parts)
    values: dict[str, object] = {"given": await rows.given(tx, parts), "gift_share": gift_share}
    values["to_bill"] = pays == "tab"
    await tx.execute(sa.insert(holds).values(id=source, wallet_id=wallet, points=points, **values))
    return source


async def release(tx: Tx, hold_id: int, *, reason: str, actor_id: int | None = None) -> int:
    """Put a hold that waits back into the very lots it came from; return the points given back.

    Where a lot has run out, its points are good until the end of the seventh day, never beyond six
    months from the purchase. What the user owes is paid from them. A hold that was decided before
    stays as it is, and 0 is returned.
    """
    held = await _locked(tx, hold_id)
    if held.waits != held.points:
        return 0
    return await _give_back(tx, held, await parts_of(tx, hold_id), reason, actor_id)


async def pay_hold(tx: Tx, hold_id: int, cast_id: int, share: int, *, reason: str) -> int:
    """Pay a hold that waits: `share` points to the cast, the rest to the site.

    The share is that of bought points; of given ones the cast gets less, as the hold says. Returns
    the points paid, 0 for a hold that was decided before. Raises ValueError for a share beyond the
    hold.
    """
    held = await _locked(tx, hold_id)
    if not 0 <= share <= held.points:
        raise ValueError(f"{share} points are no share of a hold of {held.points}")
    if held.waits != held.points:
        return 0
    earned = _earned(held, share)
    await _pay(tx, held, cast_id, earned, held.points - earned, reason)
    return held.points


async def return_hold(
    tx: Tx,
    hold_id: int,
    points: int | None,
    *,
    cast_id: int,
    share: int,
    reason: str,
    actor_id: int | None,
) -> int:
    """Give a hold back, wholly (None) or `points` of it, whether it waits or was settled.

    `share` is the cast's part of the whole hold, as for `pay_hold`; of what doesn't go back the
    cast keeps, or gets now, the same part. Once for each hold; returns the points given back.
    Raises UserError `amount_out_of_bounds` (400), `nothing_to_return` or `more_than_paid` (points:
    what can go back).
    """
    if points is not None and not rules.is_amount(points):
        raise refusals.amount_out_of_bounds()
    held = await _locked(tx, hold_id)
    parts, _ = await rows.by_life(tx, await parts_of(tx, hold_id), await clock(tx))
    most = 0 if held.released else rows.total(parts)
    if not most:
        raise refusals.nothing_to_return_of_reservation()
    amount = most if points is None else points
    if amount > most:
        raise refusals.more_than_paid(most)
    share = _earned(held, share)
    share_back = rules.share_given_back(held.points, share, amount)
    if held.waits:
        await _give_back(tx, held, rules.drawn(parts, amount), reason, actor_id)
        rest = held.points - amount
        await _pay(tx, held, cast_id, share - share_back, rest - (share - share_back), reason)
    else:
        await _take_back(tx, held, share_back, amount - share_back, reason)
        await _give_back(tx, held, rules.drawn(parts, amount), reason, actor_id)
    return amount


async def _locked(tx: Tx, hold_id: int) -> HoldRow:
    """Lock the wallet of a hold, which is the lock of its holds; what follows reads what others
    left.
    """
    wallet = await tx.scalar(sa.select(holds.c.wallet_id).where(holds.c.id == hold_id))
    if wallet is None:
        raise ValueError(f"there is no hold {hold_id}")
    await rows.lock(tx, [int(wallet)])
    whose = sa.select(holds, wallets.c.user_id, wallets.c.kind)
    whose = whose.join(wallets, wallets.c.id == holds.c.wallet_id)
    found = await tx.execute(whose.where(holds.c.id == hold_id))
    return typed(HoldRow, found.mappings().one())


def _earned(held: HoldRow, share: int) -> int:
    return rules.share_earned(share, held.points, held.given, held.gift_share)


async def _give_back(
    tx: Tx, held: HoldRow, parts: Sequence[Store], reason: str, actor_id: int | None
) -> int:
    """Move these parts of a hold back into their lots; return the points that came back.

    Those past six months are booked as expired instead.
    """
    now = await clock(tx)
    alive, dead = await rows.by_life(tx, parts, now)
    back, late = rows.total(alive), rows.total(dead)
    move = partial(
        rows.transfer, tx, debit="held", reason=reason, actor_id=actor_id, hold_id=held.id
    )
    if late:
        await move(credit="expired", amount=late, kind="expiry", key=f"hold:{held.id}:late")
    if back:
        source = await move(
            credit=held.wallet_id,
            amount=back,
            kind="release",
            key=f"hold:{held.id}:release",
            points_wallet=held.wallet_id,
        )
        assert source is not None
        await rows.refill(tx, held.wallet_id, source, alive, now)
    await _count(tx, held.id, released=back + late)
    if held.kind == "tab":
        await credit.level(tx, held.wallet_id, reason=reason)
    else:
        await pay_owed(tx, held.user_id, f"hold:{held.id}:debt")
    return back


async def _pay(tx: Tx, held: HoldRow, cast_id: int, share: int, fee: int, reason: str) -> None:
    """Pay what waits of a hold to the cast and the site."""
    payee = await rows.open_wallet(tx, cast_id, "earnings")
    move = partial(rows.transfer, tx, debit="held", reason=reason, hold_id=held.id)
    if share:
        await move(credit=payee, amount=share, kind="reserved", key=f"hold:{held.id}:share")
    if fee:
        await move(credit="fee", amount=fee, kind="reserved_fee", key=f"hold:{held.id}:fee")
    await _count(tx, held.id, cast_wallet=payee, share=share, fee=fee)


async def _take_back(tx: Tx, held: HoldRow, share: int, fee: int, reason: str) -> None:
    """Bring what the cast and the site got of a hold back into it."""
    move = partial(rows.transfer, tx, credit="held", reason=reason, hold_id=held.id)
    if share:
        # A check of the table: a share is somebody's.
        assert held.cast_wallet is not None
        key = f"hold:{held.id}:share back"
        await move(debit=held.cast_wallet, amount=share, kind="reserved_return", key=key)
    if fee:
        key = f"hold:{held.id}:fee back"
        await move(debit="fee", amount=fee, kind="reserved_fee_return", key=key)
    await _count(tx, held.id, share=-share, fee=-fee)


async def _count(
    tx: Tx,
    hold_id: int,
    *,
    released: int = 0,
    share: int = 0,
    fee: int = 0,
    cast_wallet: int | None = None,
) -> None:
    values: dict[str, sa.ColumnElement[int] | int] = {
        "released": holds.c.released + released,
        "share": holds.c.share + share,
        "fee": holds.c.fee + fee,
    }
    if cast_wallet is not None:
        values["cast_wallet"] = cast_wallet
    await tx.execute(sa.update(holds).where(holds.c.id == hold_id).values(values))
