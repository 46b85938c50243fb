"""What a consultation's days cost, and who was to take it over."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from writing.chat.rules import DAY_STATES, HANDOVER_ENDS
from writing.chat.tables import chats

# One day of a paid consultation, held when it was sent: it begins once somebody has taken it.
# `share` is the member's part of its points, `member_id` who was paid it.
chat_days = sa.Table(
    "chat_days",
    metadata,
    sa.Column("chat_id", sa.BigInteger, sa.ForeignKey(chats.c.id), primary_key=True),
    sa.Column("day", sa.SmallInteger, primary_key=True),
    sa.Column("hold_id", sa.BigInteger, sa.ForeignKey("holds.id"), unique=True, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("share", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="held"),
    sa.Column("starts_at", MOMENT, nullable=True),
    sa.Column("ends_at", MOMENT, nullable=True),
    sa.Column("member_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("settled_at", MOMENT, nullable=True),
    # An answer was owed in it, and none came.
    sa.Column("silent", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("day >= 1", name="day_from_one"),
    sa.CheckConstraint("points > 0 AND share BETWEEN 0 AND points", name="share_within_points"),
    sa.CheckConstraint(one_of("state", DAY_STATES), name="state_known"),
    sa.CheckConstraint("(starts_at IS NULL) = (ends_at IS NULL)", name="begins_and_ends"),
    sa.CheckConstraint("(state = 'held') = (settled_at IS NULL)", name="settled_at_a_moment"),
    sa.CheckConstraint("(state = 'paid') = (member_id IS NOT NULL)", name="paid_to_somebody"),
    sa.CheckConstraint("state <> 'paid' OR starts_at IS NOT NULL", name="paid_once_begun"),
    sa.CheckConstraint("NOT silent OR state = 'returned'", name="silent_goes_back"),
    sa.Index(
        "ix_chat_days_due",
        "ends_at",
        postgresql_where=sa.text("state = 'held' AND ends_at IS NOT NULL"),
    ),
)

# A member offers to hand a consultation over to another: the caller agrees, then that one takes it.
chat_handovers = sa.Table(
    "chat_handovers",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("chat_id", sa.BigInteger, sa.ForeignKey(chats.c.id), nullable=False),
    sa.Column("from_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("to_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("offered_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("agreed_at", MOMENT, nullable=True),
    sa.Column("closed_at", MOMENT, nullable=True),
    sa.Column("came_to", sa.Text, nullable=True),
    sa.CheckConstraint("from_id <> to_id", name="two_members"),
    sa.CheckConstraint(one_of("came_to", HANDOVER_ENDS), name="end_known"),
    sa.CheckConstraint("(closed_at IS NULL) = (came_to IS NULL)", name="closed_somehow"),
    sa.CheckConstraint(
        "came_to NOT IN ('taken', 'declined') OR agreed_at IS NOT NULL", name="caller_first"
    ),
    sa.Index(
        "uq_chat_handovers_open",
        "chat_id",
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    ),
    sa.Index(
        "ix_chat_handovers_to",
        "to_id",
        postgresql_where=sa.text("closed_at IS NULL AND agreed_at IS NOT NULL"),
    ),
    sa.Index("ix_chat_handovers_chat", "chat_id", "id"),
)
