"""What people decide about points: members on their limits, staff on claims and adjustments."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from record.proposals import answer, proposal_checks, proposal_columns

CLAIM_KINDS = ("cast_absent", "no_media", "no_answer", "other")
CLAIM_STATES = ("open", "waiting_second", "returned", "declined", "withdrawn")
ADJUSTMENT_KINDS = ("give", "correct")

# What a customer chose as their own bounds; null is none. What was raised waits for `next_from`.
spending_limits = sa.Table(
    "spending_limits",
    metadata,
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("day_points", sa.BigInteger, nullable=True),
    sa.Column("month_points", sa.BigInteger, nullable=True),
    sa.Column("cool_off_until", MOMENT, nullable=True),
    sa.Column("next_day_points", sa.BigInteger, nullable=True),
    sa.Column("next_month_points", sa.BigInteger, nullable=True),
    sa.Column("next_from", MOMENT, nullable=True),
    sa.CheckConstraint("day_points >= 0 AND month_points >= 0", name="limits_not_negative"),
    sa.CheckConstraint(
        "next_day_points >= 0 AND next_month_points >= 0", name="next_limits_not_negative"
    ),
    sa.CheckConstraint(
        "next_from IS NOT NULL OR (next_day_points IS NULL AND next_month_points IS NULL)",
        name="next_has_its_moment",
    ),
)

# A caller's request for points back, one for each talk, reservation or letter.
claims = sa.Table(
    "claims",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), unique=True, nullable=True),
    sa.Column(
        "reservation_id",
        sa.BigInteger,
        sa.ForeignKey("reservations.id"),
        unique=True,
        nullable=True,
    ),
    sa.Column("letter_id", sa.BigInteger, sa.ForeignKey("letters.id"), unique=True, nullable=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("points", sa.BigInteger, nullable=True),
    sa.Column("decided_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("decided_at", MOMENT, nullable=True),
    sa.Column("reason", sa.Text, nullable=True),
    sa.Column("second_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("second_at", MOMENT, nullable=True),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(
        "num_nonnulls(talk_id, reservation_id, letter_id) = 1", name="about_one_thing"
    ),
    sa.CheckConstraint(one_of("kind", CLAIM_KINDS), name="kind_known"),
    sa.CheckConstraint(one_of("state", CLAIM_STATES), name="state_known"),
    sa.CheckConstraint("length(text) <= 500", name="text_length"),
    sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
    sa.CheckConstraint("points > 0", name="points_positive"),
    sa.CheckConstraint(
        "(state = 'withdrawn' OR (state = 'open') = (decided_by IS NULL))"
        " AND (decided_by IS NULL) = (decided_at IS NULL)",
        name="decided_by_somebody",
    ),
    sa.CheckConstraint(
        "second_by <> decided_by AND (second_by IS NULL) = (second_at IS NULL)",
        name="second_is_another",
    ),
    sa.CheckConstraint("decided_by <> user_id AND second_by <> user_id", name="not_ones_own"),
    sa.CheckConstraint("state <> 'returned' OR points IS NOT NULL", name="returned_has_points"),
    sa.Index(
        "ix_claims_queue",
        "id",
        postgresql_where=sa.text("state IN ('open', 'waiting_second')"),
    ),
    sa.Index("ix_claims_user", "user_id", "id"),
)

# Points that a member of staff wants to give or correct, beyond what one of them may decide alone.
# `press` is the page's: the same press again finds the same proposal.
adjustments = sa.Table(
    "adjustments",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("press", sa.Text, nullable=False),
    *proposal_columns(),
    *answer(),
    sa.UniqueConstraint("proposed_by", "kind", "press", name="uq_adjustments_press"),
    sa.CheckConstraint(one_of("kind", ADJUSTMENT_KINDS), name="kind_known"),
    *proposal_checks(),
    sa.CheckConstraint(
        "points <> 0 AND (kind = 'correct' OR points > 0)", name="points_fit_the_kind"
    ),
    sa.CheckConstraint("length(press) BETWEEN 1 AND 64", name="press_length"),
    sa.CheckConstraint("proposed_by <> user_id AND decided_by <> user_id", name="not_ones_own"),
    sa.Index("ix_adjustments_waiting", "id", postgresql_where=sa.text("state = 'waiting_second'")),
    sa.Index("ix_adjustments_user", "user_id", "id"),
)
