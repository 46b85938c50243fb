"""Reports of people and talks."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from rooms.ground.question_tables import question_threads
from writing.chat.tables import chats
from writing.letters.tables import letters

# `help`: somebody in a chat consultation wants to speak with staff, and accuses nobody.
REPORT_KINDS = ("harassment", "obscene", "outside", "fraud", "minor", "other", "help")
REPORT_STATES = ("open", "closed")

# Somebody tells the staff about somebody else, and of the talk where that happened. What is added
# to the same matter later stands in the same text.
reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("reporter_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("subject_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), nullable=True),
    sa.Column("room_id", sa.BigInteger, sa.ForeignKey("rooms.id"), nullable=True),
    sa.Column(
        "question_id",
        sa.BigInteger,
        sa.ForeignKey(question_threads.c.id, ondelete="SET NULL"),
        nullable=True,
    ),
    sa.Column("letter_id", sa.BigInteger, sa.ForeignKey(letters.c.id), nullable=True),
    sa.Column("chat_id", sa.BigInteger, sa.ForeignKey(chats.c.id), nullable=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False, server_default=""),
    sa.Column("times", sa.SmallInteger, nullable=False, server_default="1"),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("closed_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("closed_at", MOMENT, nullable=True),
    # The staff's, for the reporter.
    sa.Column("words", sa.Text, nullable=True),
    sa.CheckConstraint(one_of("kind", REPORT_KINDS), name="kind_known"),
    sa.CheckConstraint(one_of("state", REPORT_STATES), name="state_known"),
    sa.CheckConstraint("reporter_id <> subject_id", name="not_oneself"),
    sa.CheckConstraint(
        "closed_by <> reporter_id AND closed_by <> subject_id", name="closed_by_another"
    ),
    # Three times the most that one may write at once, and the lines between.
    sa.CheckConstraint("length(text) <= 1504", name="text_length"),
    sa.CheckConstraint("times BETWEEN 1 AND 3", name="times_bounds"),
    sa.CheckConstraint("length(words) BETWEEN 1 AND 500", name="words_length"),
    sa.CheckConstraint(
        "(state = 'closed') = (closed_at IS NOT NULL)"
        " AND (closed_at IS NULL) = (closed_by IS NULL)"
        " AND (closed_at IS NULL) = (words IS NULL)",
        name="closed_by_somebody",
    ),
    sa.Index(
        "uq_reports_talk",
        "reporter_id",
        "talk_id",
        unique=True,
        postgresql_where=sa.text("talk_id IS NOT NULL"),
    ),
    sa.Index(
        "uq_reports_person",
        "reporter_id",
        "subject_id",
        unique=True,
        postgresql_where=sa.text(
            "talk_id IS NULL AND question_id IS NULL AND letter_id IS NULL AND chat_id IS NULL"
            " AND state = 'open'"
        ),
    ),
    sa.Index(
        "uq_reports_letter",
        "reporter_id",
        "letter_id",
        unique=True,
        postgresql_where=sa.text("letter_id IS NOT NULL AND state = 'open'"),
    ),
    sa.Index(
        "uq_reports_chat",
        "reporter_id",
        "chat_id",
        unique=True,
        postgresql_where=sa.text("chat_id IS NOT NULL AND state = 'open'"),
    ),
    sa.Index("ix_reports_chat", "chat_id", postgresql_where=sa.text("chat_id IS NOT NULL")),
    sa.Index("ix_reports_letter", "letter_id", postgresql_where=sa.text("letter_id IS NOT NULL")),
    # Of a thread, which goes on, there may be another once the first is closed.
    sa.Index(
        "uq_reports_question",
        "reporter_id",
        "question_id",
        unique=True,
        postgresql_where=sa.text("question_id IS NOT NULL AND state = 'open'"),
    ),
    sa.Index(
        "ix_reports_question",
        "question_id",
        postgresql_where=sa.text("question_id IS NOT NULL"),
    ),
    sa.Index("ix_reports_open", "id", postgresql_where=sa.text("state = 'open'")),
    sa.Index("ix_reports_subject", "subject_id", "id"),
    sa.Index("ix_reports_reporter", "reporter_id", "created_at"),
)
