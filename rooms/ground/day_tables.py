"""A cast's day: how long they rest, what they note of callers, what they say to a claim."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW
from foundation.database import metadata

LONGEST_PAUSE_SECONDS = 600
NOTE_CHARACTERS = 1000
ANSWER_CHARACTERS = 1000

# What a cast has chosen for their day, and when they first stood by.
cast_days = sa.Table(
    "cast_days",
    metadata,
    sa.Column(
        "cast_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    # Null: as long as the site says.
    sa.Column("pause_seconds", sa.SmallInteger, nullable=True),
    sa.Column("stood_by_at", MOMENT, nullable=True),
    sa.CheckConstraint(f"pause_seconds BETWEEN 0 AND {LONGEST_PAUSE_SECONDS}", name="pause_bounds"),
)

# A cast who rests after a talk; the room is busy meanwhile, and whoever waits keeps the place.
pauses = sa.Table(
    "pauses",
    metadata,
    sa.Column(
        "cast_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("ends_at", MOMENT, nullable=False),
    sa.ForeignKeyConstraint(
        ["room_id", "cast_id"], ["rooms.id", "rooms.cast_id"], ondelete="CASCADE"
    ),
    sa.Index("ix_pauses_ends", "ends_at"),
)

# What a cast notes of a caller, for themselves alone.
caller_notes = sa.Table(
    "caller_notes",
    metadata,
    sa.Column(
        "cast_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column(
        "caller_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("cast_id <> caller_id", name="two_people"),
    sa.CheckConstraint(f"length(text) BETWEEN 1 AND {NOTE_CHARACTERS}", name="text_length"),
    sa.Index("ix_caller_notes_caller", "caller_id"),
)

# What the cast says to a claim, once; asked when it was filed, and awaited until `until`.
claim_answers = sa.Table(
    "claim_answers",
    metadata,
    sa.Column("claim_id", sa.BigInteger, sa.ForeignKey("claims.id"), primary_key=True),
    sa.Column("cast_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("asked_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("until", MOMENT, nullable=False),
    sa.Column("text", sa.Text, nullable=True),
    sa.Column("said_at", MOMENT, nullable=True),
    sa.CheckConstraint("until >= asked_at", name="forward"),
    sa.CheckConstraint(f"length(text) BETWEEN 1 AND {ANSWER_CHARACTERS}", name="text_length"),
    sa.CheckConstraint("(text IS NULL) = (said_at IS NULL)", name="said_at_once"),
    sa.Index("ix_claim_answers_cast", "cast_id", "claim_id"),
)
