"""The coupons as staff make and end them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all
from points.coupons.codes import code_of
from points.coupons.tables import coupons
from record.acts import log_act, reason_of

MOST_POINTS, MOST_MEMBERS, MOST_SHOWN = 100_000, 1_000_000, 100


@dataclass(frozen=True)
class Coupon:
    """A coupon; `used` of `most` members have used it. It can be from `begins_at` to `ends_at`."""

    id: int
    code: str
    points: int
    most: int
    used: int
    begins_at: datetime
    ends_at: datetime


_COLUMNS = [coupons.c[name] for name in Coupon.__dataclass_fields__]


async def every(tx: Tx) -> list[Coupon]:
    """Return the latest coupons, the newest first."""
    query = sa.select(*_COLUMNS).order_by(coupons.c.id.desc()).limit(MOST_SHOWN)
    return typed_all(Coupon, (await tx.execute(query)).mappings())


async def make(
    tx: Tx,
    typed: str,
    points: int,
    most: int,
    begins_at: datetime,
    ends_at: datetime,
    reason: str,
    *,
    actor_id: int,
) -> None:
    """Make a coupon, as a member of staff.

    Raises UserError `reason_needed` (400), `coupon_code_malformed`, `coupon_out_of_bounds`,
    `coupon_times_crossed` (422) and `coupon_code_taken` (409).
    """
    why, code = reason_of(reason), code_of(typed)
    must_be_within_bounds(code, points, most, begins_at, ends_at)
    values = {"code": code, "points": points, "most": most}
    times = {"begins_at": begins_at, "ends_at": ends_at}
    made = await tx.scalar(
        insert(coupons)
        .values(**values, **times, made_by=actor_id)
        .on_conflict_do_nothing()
        .returning(coupons.c.id)
    )
    if made is None:
        raise UserError("coupon_code_taken", N_("このコードのクーポンは、すでにあります。"))
    told = {name: moment.isoformat() for name, moment in times.items()}
    await log_act(tx, actor_id, "coupon.make", f"coupon:{made}", reason=why, **values, **told)


def must_be_within_bounds(
    code: str | None, points: int, most: int, begins_at: datetime, ends_at: datetime
) -> None:
    """Refuse what can't be a coupon, as `make` says."""
    if code is None:
        raise UserError(
            "coupon_code_malformed",
            N_("クーポンのコードは、英字と数字6〜20文字にしてください。"),
            status=422,
        )
    if not (1 <= points <= MOST_POINTS and 1 <= most <= MOST_MEMBERS):
        raise UserError(
            "coupon_out_of_bounds",
            N_("ポイントは1〜100,000、人数は1〜1,000,000にしてください。"),
            status=422,
        )
    if ends_at <= begins_at:
        raise UserError(
            "coupon_times_crossed",
            N_("クーポンの終わりは、始まりより後にしてください。"),
            status=422,
        )


async def end(tx: Tx, coupon_id: int, reason: str, *, actor_id: int) -> None:
    """Let nobody use a coupon any more.

    Raises UserError `reason_needed` (400) and `coupon_gone` (404).
    """
    why = reason_of(reason)
    now = sa.func.clock_timestamp()
    running = sa.and_(coupons.c.id == coupon_id, coupons.c.ends_at > now)
    row = await locks.lock_row(tx, sa.select(coupons.c.id).where(running))
    if row is None:
        raise UserError("coupon_gone", N_("このクーポンは、もう終わっています。"), status=404)
    # One that has not begun yet ends where it would have begun.
    ends = sa.func.greatest(now, coupons.c.begins_at)
    await tx.execute(sa.update(coupons).where(coupons.c.id == coupon_id).values(ends_at=ends))
    await log_act(tx, actor_id, "coupon.end", f"coupon:{coupon_id}", reason=why)
