"""Points given and put right by hand. See `points.ledger`."""

from foundation.database import Tx, clock
from points import refusals, rules
from points.ledger import lot_rows, rows


async def grant(
    tx: Tx,
    user_id: int,
    points: int,
    reason: str,
    *,
    actor_id: int | None,
    key: str,
    months: int = 3,
) -> bool:
    """Give a user points that expire like bought ones (`months` calendar months from now).

    `key` makes it happen once: the same call again changes nothing and returns False; another
    call under the same key raises ValueError. An amount out of bounds raises UserError.
    """
    if not rules.is_amount(points):
        raise refusals.amount_out_of_bounds()
    return await _give(tx, user_id, points, "grant", reason, actor_id, key, months)


async def correct(
    tx: Tx,
    user_id: int,
    points: int,
    reason: str,
    *,
    actor_id: int | None,
    key: str,
    months: int = 3,
) -> bool:
    """Put a user's points right by hand: give (`points` > 0) or take (`points` < 0) them.

    What is given expires like bought points; what is taken is what would expire first. The same
    call again changes nothing and returns False. Raises UserError `amount_out_of_bounds` (400) or
    `points_short` (points: what is missing).
    """
    if type(points) is not int or not rules.is_amount(abs(points)):
        raise refusals.amount_out_of_bounds()
    if points > 0:
        return await _give(tx, user_id, points, "correction", reason, actor_id, key, months)
    return await _take(tx, user_id, -points, reason, actor_id, key)


async def _give(
    tx: Tx,
    user_id: int,
    points: int,
    kind: str,
    reason: str,
    actor_id: int | None,
    key: str,
    months: int,
) -> bool:
    wallet = await rows.open_wallet(tx, user_id)
    await rows.lock(tx, [wallet])
    source = await rows.transfer(
        tx,
        debit="issued",
        credit=wallet,
        amount=points,
        kind=kind,
        reason=reason,
        actor_id=actor_id,
        key=key,
        points_wallet=wallet,
    )
    if source is None:
        return False
    await lot_rows.fill_new_lot(tx, wallet, "granted", points, await clock(tx), months, source)
    return True


async def _take(
    tx: Tx, user_id: int, points: int, reason: str, actor_id: int | None, key: str
) -> bool:
    wallet = await rows.open_wallet(tx, user_id)
    await rows.lock(tx, [wallet])
    parts = rules.drawn(await lot_rows.open_stores(tx, wallet, await clock(tx)), points)
    missing = points - sum(part.remaining for part in parts)
    if missing and not await rows.is_written(tx, key):
        raise refusals.points_short(missing)
    source = await rows.transfer(
        tx,
        debit=wallet,
        credit="issued",
        amount=points,
        kind="correction",
        reason=reason,
        actor_id=actor_id,
        key=key,
        points_wallet=wallet,
    )
    if source is None:
        return False
    await rows.drain(tx, wallet, source, parts)
    return True
