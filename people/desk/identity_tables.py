"""Who has shown that they are of age and who they are; and the documents that wait for that."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

# `before`: a cast since before identities were checked, who may go on until `allowed_until`.
IDENTITY_STATES = ("before", "checked", "declined", "expired")

# What somebody has sent, or is about to: there until it is decided, and then gone. All of it is
# sealed (`people.sign_in.seals`).
identity_documents = sa.Table(
    "identity_documents",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("begun_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("sent_at", MOMENT, nullable=True),
    sa.Column("front", sa.LargeBinary, nullable=True),
    sa.Column("back", sa.LargeBinary, nullable=True),
    sa.Column("legal_name", sa.LargeBinary, nullable=True),
    sa.CheckConstraint(
        "length(front) <= 4194304 AND length(back) <= 4194304 AND length(legal_name) <= 1024",
        name="bytes",
    ),
    sa.CheckConstraint(
        "sent_at IS NULL OR (front IS NOT NULL AND legal_name IS NOT NULL)", name="sent_whole"
    ),
    sa.Index("ix_identity_documents_sent", "sent_at"),
)

# What stays: what was decided, by whom and when, and the name for payouts, sealed. Neither the
# document nor the date of birth.
identity_checks = sa.Table(
    "identity_checks",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("decided_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("decided_at", MOMENT, nullable=True),
    sa.Column("words", sa.Text, nullable=True),
    sa.Column("legal_name", sa.LargeBinary, nullable=True),
    sa.Column("allowed_until", MOMENT, nullable=True),
    # How often they were told of that day: at once, and in its last week.
    sa.Column("told", sa.SmallInteger, nullable=False, server_default="0"),
    sa.CheckConstraint(one_of("state", IDENTITY_STATES), name="state_known"),
    sa.CheckConstraint("decided_by <> user_id", name="not_ones_own"),
    sa.CheckConstraint("length(words) BETWEEN 1 AND 1000", name="words_length"),
    sa.CheckConstraint("length(legal_name) <= 1024", name="legal_name_bytes"),
    sa.CheckConstraint("told BETWEEN 0 AND 2", name="told_bounds"),
    sa.CheckConstraint(
        "(state = 'before') = (decided_at IS NULL)"
        " AND (state IN ('checked', 'declined')) = (decided_by IS NOT NULL)"
        " AND (state = 'checked') = (legal_name IS NOT NULL)"
        " AND (state = 'declined') = (words IS NOT NULL)"
        " AND (state <> 'before' OR allowed_until IS NOT NULL)",
        name="decided_by_somebody",
    ),
    sa.Index("ix_identity_checks_decided", "decided_at"),
    sa.Index(
        "ix_identity_checks_allowed",
        "allowed_until",
        postgresql_where=sa.text("state <> 'checked' AND allowed_until IS NOT NULL"),
    ),
)
