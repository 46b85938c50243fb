"""Using a coupon: its points are a gift, so casts earn by them what gifts earn."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from points import ledger
from points.coupons.codes import code_of
from points.coupons.tables import coupon_uses, coupons

_CONFIRMED = sa.text("SELECT confirmed_at IS NOT NULL FROM users WHERE id = :user")


async def use(tx: Tx, settings: Settings, user_id: int, typed: str) -> int:
    """Give a member a coupon's points, once; return how many.

    They expire as bought ones do. Raises UserError `not_confirmed` (403), `coupon_unknown` (422),
    `coupon_not_now` (422), `coupon_used` (409) and `coupon_spent` (409).
    """
    if not await tx.scalar(_CONFIRMED, {"user": user_id}):
        raise UserError(
            "not_confirmed", N_("メールアドレスの確認が済むとクーポンを使えます。"), status=403
        )
    code = code_of(typed)
    # The row is the lock of its uses: of many at once, no more than may have it get it.
    row = await locks.lock_row(tx, sa.select(coupons).where(coupons.c.code == code))
    if row is None:
        raise UserError("coupon_unknown", N_("このクーポンは見つかりません。"), status=422)
    if not row.begins_at <= await clock(tx) < row.ends_at:
        raise UserError("coupon_not_now", N_("このクーポンは、いまは使えません。"), status=422)
    used = {"coupon_id": row.id, "user_id": user_id}
    if not await tx.scalar(
        insert(coupon_uses).values(used).on_conflict_do_nothing().returning(coupon_uses.c.user_id)
    ):
        raise UserError("coupon_used", N_("このクーポンは、もう使われました。"))
    if row.used >= row.most:
        raise UserError("coupon_spent", N_("このクーポンは、配布が終わりました。"))
    await tx.execute(
        sa.update(coupons).where(coupons.c.id == row.id).values(used=coupons.c.used + 1)
    )
    await ledger.grant(
        tx,
        user_id,
        row.points,
        f"coupon {code}",
        actor_id=None,
        key=f"coupon {row.id} {user_id}",
        months=settings.lot_months,
    )
    return int(row.points)
