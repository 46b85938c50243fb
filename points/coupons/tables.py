"""Coupons, and who used them."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW
from foundation.database import metadata

coupons = sa.Table(
    "coupons",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("points", sa.BigInteger, nullable=False),
    # How many members may use it, and how many have.
    sa.Column("most", sa.Integer, nullable=False),
    sa.Column("used", sa.Integer, nullable=False, server_default="0"),
    sa.Column("begins_at", MOMENT, nullable=False),
    sa.Column("ends_at", MOMENT, nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("made_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.CheckConstraint("code ~ '^[A-Z0-9]{6,20}$'", name="code_is_one"),
    sa.CheckConstraint("points BETWEEN 1 AND 100000", name="points_bounds"),
    sa.CheckConstraint("most BETWEEN 1 AND 1000000", name="most_bounds"),
    sa.CheckConstraint("used BETWEEN 0 AND most", name="used_bounds"),
    sa.CheckConstraint("ends_at >= begins_at", name="times_in_order"),
)

# Once a member; the points stand in the books.
coupon_uses = sa.Table(
    "coupon_uses",
    metadata,
    sa.Column("coupon_id", sa.BigInteger, sa.ForeignKey("coupons.id"), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("used_at", MOMENT, nullable=False, server_default=NOW),
    sa.Index("ix_coupon_uses_user", "user_id"),
)
