"""The tables of the board: topics, answers, what is added to them, marks and reports."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from writing.board.rules import (
    DANGER,
    HIDING_REASONS,
    MOST_PEN_NAME,
    MOST_REPORT,
    MOST_TEXT,
    MOST_TITLE,
    REPORT_KINDS,
    REPORT_STATES,
)
from writing.ground.categories import CATEGORIES
from writing.ground.words import longest_kept

_KEY = "length(key) BETWEEN 8 AND 64"


def _hiding() -> list[sa.Column[object]]:
    """Columns of what staff took out of sight, or its writer deleted."""
    return [
        sa.Column("deleted_at", MOMENT, nullable=True),
        sa.Column("hidden_at", MOMENT, nullable=True),
        sa.Column("hidden_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
        sa.Column("hidden_for", sa.Text, nullable=True),
        sa.Column("hidden_words", sa.Text, nullable=True),
    ]


def _hiding_checks() -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(one_of("hidden_for", HIDING_REASONS), name="hidden_for_known"),
        sa.CheckConstraint("length(hidden_words) BETWEEN 1 AND 500", name="hidden_words_length"),
        sa.CheckConstraint("hidden_by <> user_id", name="hidden_by_another"),
        sa.CheckConstraint(
            "(hidden_at IS NULL) = (hidden_by IS NULL) AND (hidden_at IS NULL) = "
            "(hidden_for IS NULL) AND (hidden_at IS NULL) = (hidden_words IS NULL)",
            name="hidden_by_somebody",
        ),
        sa.CheckConstraint("(deleted_at IS NULL) = (text <> '')", name="deleted_is_empty"),
    ]


_SHOWN = "NOT waits AND hidden_at IS NULL AND deleted_at IS NULL"

# What somebody asks all. `waits`: for staff's first look. `shown`: others may read it; `shown_at`
# is when that was first so. `answers` are those of others that are shown. `unread` answers came
# since its writer last looked, the first at `unread_since`; when they were told of it, and when by
# mail. Deleted, its words are gone and its place stays.
board_topics = sa.Table(
    "board_topics",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    # Under which its writer appears in this topic alone; staff know who it is.
    sa.Column("pen_name", sa.Text, nullable=True),
    sa.Column("members_only", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("danger", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("waits", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("written_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("edited_at", MOMENT, nullable=True),
    sa.Column("shown_at", MOMENT, nullable=True),
    sa.Column("closed_at", MOMENT, nullable=True),
    *_hiding(),
    sa.Column("shown", sa.Boolean, sa.Computed(_SHOWN, persisted=True), nullable=False),
    sa.Column("answers", sa.Integer, nullable=False, server_default="0"),
    sa.Column("unread", sa.Integer, nullable=False, server_default="0"),
    sa.Column("unread_since", MOMENT, nullable=True),
    sa.Column("told_at", MOMENT, nullable=True),
    sa.Column("mailed_at", MOMENT, nullable=True),
    # When members who want that were told that nobody had answered.
    sa.Column("called_at", MOMENT, nullable=True),
    sa.CheckConstraint(one_of("category", CATEGORIES), name="category_known"),
    sa.CheckConstraint(_KEY, name="key_length"),
    sa.CheckConstraint(f"length(title) <= {longest_kept(MOST_TITLE)}", name="title_length"),
    sa.CheckConstraint(f"length(text) <= {longest_kept(MOST_TEXT)}", name="text_length"),
    sa.CheckConstraint(
        f"length(pen_name) BETWEEN 1 AND {longest_kept(MOST_PEN_NAME)}", name="pen_name_length"
    ),
    sa.CheckConstraint("waits OR shown_at IS NOT NULL", name="shown_at_a_moment"),
    sa.CheckConstraint("answers >= 0 AND unread >= 0", name="not_negative"),
    sa.CheckConstraint("(unread = 0) = (unread_since IS NULL)", name="unread_since_a_moment"),
    *_hiding_checks(),
    sa.UniqueConstraint("user_id", "key", name="uq_board_topics_key"),
    sa.Index("ix_board_topics_user", "user_id", "written_at"),
    sa.Index(
        "ix_board_topics_shown",
        sa.text("shown_at DESC"),
        sa.text("id DESC"),
        postgresql_where=sa.text("shown"),
    ),
    sa.Index(
        "ix_board_topics_category",
        "category",
        sa.text("shown_at DESC"),
        sa.text("id DESC"),
        postgresql_where=sa.text("shown"),
    ),
    sa.Index(
        "ix_board_topics_uncalled",
        "shown_at",
        postgresql_where=sa.text(
            "shown AND answers = 0 AND closed_at IS NULL AND called_at IS NULL"
        ),
    ),
    sa.Index("ix_board_topics_waits", "written_at", postgresql_where=sa.text("waits")),
    sa.Index(
        "ix_board_topics_unread",
        "unread_since",
        postgresql_where=sa.text(
            "unread > 0 AND (told_at IS NULL OR told_at < unread_since OR mailed_at < unread_since)"
        ),
    ),
)

# What somebody says to a topic; its writer may as well. `helpful`: so many found it so.
board_answers = sa.Table(
    "board_answers",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("topic_id", sa.BigInteger, sa.ForeignKey("board_topics.id"), nullable=False),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("danger", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("written_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("edited_at", MOMENT, nullable=True),
    *_hiding(),
    sa.Column(
        "shown",
        sa.Boolean,
        sa.Computed(_SHOWN.replace("NOT waits AND ", ""), persisted=True),
        nullable=False,
    ),
    sa.Column("thanked_at", MOMENT, nullable=True),
    sa.Column("helpful", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint(_KEY, name="key_length"),
    sa.CheckConstraint(f"length(text) <= {longest_kept(MOST_TEXT)}", name="text_length"),
    sa.CheckConstraint("helpful >= 0", name="not_negative"),
    *_hiding_checks(),
    sa.UniqueConstraint("user_id", "key", name="uq_board_answers_key"),
    sa.Index("ix_board_answers_topic", "topic_id", "id"),
    sa.Index("ix_board_answers_user", "user_id", "topic_id"),
    sa.Index("ix_board_answers_written", "user_id", "written_at"),
)

# What its writer added to a topic or to an answer once it could be changed no longer.
board_additions = sa.Table(
    "board_additions",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("topic_id", sa.BigInteger, sa.ForeignKey("board_topics.id"), nullable=False),
    sa.Column("answer_id", sa.BigInteger, sa.ForeignKey("board_answers.id"), nullable=True),
    # Whose both are.
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("written_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(_KEY, name="key_length"),
    sa.CheckConstraint(f"length(text) BETWEEN 1 AND {longest_kept(MOST_TEXT)}", name="text_length"),
    sa.UniqueConstraint("user_id", "key", name="uq_board_additions_key"),
    sa.Index("ix_board_additions_topic", "topic_id", "answer_id"),
    sa.Index("ix_board_additions_written", "user_id", "written_at"),
)

# Who found an answer helpful, each once.
board_helpful = sa.Table(
    "board_helpful",
    metadata,
    sa.Column("answer_id", sa.BigInteger, sa.ForeignKey("board_answers.id"), primary_key=True),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("marked_at", MOMENT, nullable=False, server_default=NOW),
    sa.Index("ix_board_helpful_user", "user_id"),
)

# Somebody, or the site itself (without a reporter), tells staff of a topic or an answer.
board_reports = sa.Table(
    "board_reports",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("topic_id", sa.BigInteger, sa.ForeignKey("board_topics.id"), nullable=False),
    sa.Column("answer_id", sa.BigInteger, sa.ForeignKey("board_answers.id"), nullable=True),
    sa.Column("reporter_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False, server_default=""),
    # What stood there when it was reported; gone once the report is closed.
    sa.Column("said", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("closed_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("closed_at", MOMENT, nullable=True),
    # The staff's, for the reporter.
    sa.Column("words", sa.Text, nullable=True),
    sa.CheckConstraint(one_of("kind", (*REPORT_KINDS, DANGER)), name="kind_known"),
    sa.CheckConstraint(f"(reporter_id IS NULL) = (kind = '{DANGER}')", name="danger_by_the_site"),
    sa.CheckConstraint(one_of("state", REPORT_STATES), name="state_known"),
    sa.CheckConstraint("closed_by <> reporter_id", name="closed_by_another"),
    sa.CheckConstraint(f"length(text) <= {longest_kept(MOST_REPORT)}", name="text_length"),
    sa.CheckConstraint("state = 'open' OR said = ''", name="closed_is_empty"),
    sa.CheckConstraint("length(words) BETWEEN 1 AND 500", name="words_length"),
    sa.CheckConstraint(
        "(state = 'closed') = (closed_at IS NOT NULL)"
        " AND (closed_at IS NULL) = (closed_by IS NULL)"
        " AND (closed_at IS NULL) = (words IS NULL)",
        name="closed_by_somebody",
    ),
    sa.Index(
        "uq_board_reports_open",
        sa.text("coalesce(reporter_id, 0)"),
        "topic_id",
        sa.text("coalesce(answer_id, 0)"),
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    ),
    sa.Index("ix_board_reports_open", "id", postgresql_where=sa.text("state = 'open'")),
    sa.Index("ix_board_reports_closed", "closed_at"),
    sa.Index("ix_board_reports_topic", "topic_id"),
    sa.Index("ix_board_reports_reporter", "reporter_id", "created_at"),
)

# The words that a topic is found by; see `foundation.text.found`.
board_words = sa.Table(
    "board_words",
    metadata,
    sa.Column(
        "topic_id",
        sa.BigInteger,
        sa.ForeignKey("board_topics.id"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("readings", sa.Text, nullable=False),
    sa.Column("grams", ARRAY(sa.Integer), nullable=False),
    sa.Index("ix_board_words_grams", "grams", postgresql_using="gin"),
)
