"""Sanctions and looks at private matters, never unwritten; and what staff note about members."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

SANCTIONS = ("warning", "suspension", "ban")

# What was done to keep others safe from a person, with the reason for the staff and the words for
# the person. Only its lifting is added later.
sanctions = sa.Table(
    "sanctions",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("report_id", sa.BigInteger, sa.ForeignKey("reports.id"), nullable=True),
    sa.Column("made_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("until", MOMENT, nullable=True),
    sa.Column("lifted_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("lifted_at", MOMENT, nullable=True),
    sa.Column("lifted_why", sa.Text, nullable=True),
    sa.CheckConstraint(one_of("kind", SANCTIONS), name="kind_known"),
    sa.CheckConstraint("made_by <> user_id AND lifted_by <> user_id", name="not_ones_own"),
    sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
    sa.CheckConstraint("length(words) BETWEEN 1 AND 500", name="words_length"),
    sa.CheckConstraint("length(lifted_why) BETWEEN 1 AND 500", name="lifted_why_length"),
    sa.CheckConstraint(
        "(kind = 'suspension') = (until IS NOT NULL) AND until > made_at",
        name="suspended_for_a_time",
    ),
    sa.CheckConstraint(
        "(lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lifted_why IS NULL)"
        " AND (lifted_at IS NULL OR kind <> 'warning')",
        name="lifted_by_somebody",
    ),
    sa.Index("ix_sanctions_user", "user_id", "id"),
    sa.Index("ix_sanctions_report", "report_id", postgresql_where=sa.text("report_id IS NOT NULL")),
    sa.Index(
        "uq_sanctions_ban",
        "user_id",
        unique=True,
        postgresql_where=sa.text("kind = 'ban' AND lifted_at IS NULL"),
    ),
)

# Who of the staff opened which private matter, to the minute: `subject` is `kind:id`.
staff_views = sa.Table(
    "staff_views",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("viewer_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column(
        "at",
        MOMENT,
        nullable=False,
        server_default=sa.text("date_trunc('minute', clock_timestamp())"),
    ),
    sa.UniqueConstraint("viewer_id", "subject", "at", name="uq_staff_views_once_a_minute"),
    sa.CheckConstraint("length(subject) BETWEEN 1 AND 200", name="subject_length"),
    sa.CheckConstraint("at = date_trunc('minute', at, 'UTC')", name="at_is_a_minute"),
    sa.Index("ix_staff_views_subject", "subject", "id"),
)

# What staff note about a member, for each other alone; it goes with the member.
staff_notes = sa.Table(
    "staff_notes",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("author_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("length(text) BETWEEN 1 AND 1000", name="text_length"),
    sa.Index("ix_staff_notes_user", "user_id", "id"),
)
