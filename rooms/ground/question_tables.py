"""Questions: what a caller and a cast write to each other about a room, before any talk."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from rooms.ground.tables import SIDES

# So many messages one side may write before the other answers.
MOST_UNANSWERED = 5
MOST_MESSAGES = 5000
MOST_CHARACTERS = 1000

# One of a caller and a room. `run` messages were written by `run_side` since the other last wrote.
question_threads = sa.Table(
    "question_threads",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("cast_id", sa.BigInteger, nullable=False),
    sa.Column("caller_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("opened_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("last_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("said", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("run_side", sa.Text, nullable=False, server_default="caller"),
    sa.Column("run", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("closed_by", sa.Text, nullable=True),
    sa.Column("closed_at", MOMENT, nullable=True),
    sa.ForeignKeyConstraint(["room_id", "cast_id"], ["rooms.id", "rooms.cast_id"]),
    sa.CheckConstraint("caller_id <> cast_id", name="two_people"),
    sa.CheckConstraint(f"said BETWEEN 0 AND {MOST_MESSAGES}", name="said_bounds"),
    sa.CheckConstraint(one_of("run_side", SIDES), name="run_side_known"),
    sa.CheckConstraint(f"run BETWEEN 0 AND {MOST_UNANSWERED}", name="run_bounds"),
    sa.CheckConstraint(one_of("closed_by", SIDES), name="closer_known"),
    sa.CheckConstraint("(closed_by IS NULL) = (closed_at IS NULL)", name="closed_by_somebody"),
    sa.UniqueConstraint("room_id", "caller_id", name="uq_question_threads_once"),
    sa.Index("ix_question_threads_caller", "caller_id", "opened_at"),
    sa.Index("ix_question_threads_last", "last_at"),
)

# What each of the two has of a thread: read up to `read_id`, `unread` of the other's since, the
# first of them at `unread_since`; when they were told of it, and when by mail. `last_at` is the
# thread's, so that a long list is read in its order.
question_sides = sa.Table(
    "question_sides",
    metadata,
    sa.Column(
        "thread_id",
        sa.BigInteger,
        sa.ForeignKey("question_threads.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("side", sa.Text, primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("last_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("read_id", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("unread", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("unread_since", MOMENT, nullable=True),
    sa.Column("told_at", MOMENT, nullable=True),
    sa.Column("mailed_at", MOMENT, nullable=True),
    sa.CheckConstraint(one_of("side", SIDES), name="side_known"),
    sa.CheckConstraint("unread >= 0 AND read_id >= 0", name="not_negative"),
    sa.CheckConstraint("(unread = 0) = (unread_since IS NULL)", name="unread_since_a_moment"),
    sa.Index("ix_question_sides_list", "user_id", sa.text("last_at DESC"), "thread_id"),
    sa.Index("ix_question_sides_unread", "user_id", postgresql_where=sa.text("unread > 0")),
    # Those of whom anything may still be told: who never reads is told once, and not looked at.
    sa.Index(
        "ix_question_sides_since",
        "unread_since",
        postgresql_where=sa.text(
            "unread > 0 AND (told_at IS NULL OR told_at < unread_since OR mailed_at < unread_since)"
        ),
    ),
)

# The same `key` of one side twice is one message. None is ever changed.
question_messages = sa.Table(
    "question_messages",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "thread_id",
        sa.BigInteger,
        sa.ForeignKey("question_threads.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(one_of("side", SIDES), name="side_known"),
    sa.CheckConstraint("length(key) BETWEEN 8 AND 64", name="key_length"),
    sa.CheckConstraint(f"length(text) BETWEEN 1 AND {MOST_CHARACTERS}", name="text_length"),
    sa.UniqueConstraint("thread_id", "side", "key", name="uq_question_messages_key"),
    sa.Index("ix_question_messages_thread", "thread_id", "id"),
)
