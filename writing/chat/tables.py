"""Chat consultations: who takes them, what is asked, and what is written."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from writing.chat.rules import (
    CHAT_SIDES,
    CHAT_STATES,
    ENDED_HOW,
    MOST_AT_ONCE,
    MOST_PHOTOS,
    MOST_WISHES,
    MOST_WORDS,
)
from writing.ground.categories import CATEGORIES
from writing.ground.words import longest_kept

_OPEN = "state IN ('waiting', 'running')"

# What an answering member said of chats: whether they can be nominated, how many they have at once,
# and whether they want to be left in peace now. `visited_at`: when they were last seen, which is
# kept here as a session goes when its owner signs out. `off_at`: nomination went off by itself.
chat_members = sa.Table(
    "chat_members",
    metadata,
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("nominable", sa.Boolean, nullable=False),
    sa.Column("most_open", sa.SmallInteger, nullable=False),
    sa.Column("quiet", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("visited_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("warned_at", MOMENT, nullable=True),
    sa.Column("off_at", MOMENT, nullable=True),
    sa.CheckConstraint(f"most_open BETWEEN 1 AND {MOST_AT_ONCE}", name="most_open_bounds"),
    sa.CheckConstraint("off_at IS NULL OR NOT nominable", name="off_is_off"),
    sa.Index("ix_chat_members_visited", "visited_at", postgresql_where=sa.text("nominable")),
)

# One consultation: to one member (`nominee_id`) until it is `to_all`, or to all from the beginning.
# The same `press` of one caller is one consultation. `points` are its price for all of `days`.
# What it is about is its first message; `wishes`, about the member, are only read before it is
# taken. `member_id` has it in charge.
chats = sa.Table(
    "chats",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("caller_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("press", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("wishes", sa.Text, nullable=False, server_default=""),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("days", sa.SmallInteger, nullable=False),
    sa.Column("nominee_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("to_all", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("sent_at", MOMENT, nullable=False, server_default=NOW),
    # Until when anybody must have taken it, and who was nominated alone.
    sa.Column("take_until", MOMENT, nullable=False),
    sa.Column("nominee_until", MOMENT, nullable=True),
    # When its caller was asked whether it goes to all.
    sa.Column("asked_at", MOMENT, nullable=True),
    sa.Column("member_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("taken_at", MOMENT, nullable=True),
    # When a member first wrote in it.
    sa.Column("answered_at", MOMENT, nullable=True),
    sa.Column("ended_at", MOMENT, nullable=True),
    sa.Column("ended_how", sa.Text, nullable=True),
    # Whose going stopped it.
    sa.Column("stopped_for", sa.Text, nullable=True),
    sa.Column("reopened_at", MOMENT, nullable=True),
    sa.Column("last_at", MOMENT, nullable=False, server_default=NOW),
    sa.UniqueConstraint("caller_id", "press", name="uq_chats_press"),
    sa.CheckConstraint("length(press) BETWEEN 8 AND 64", name="press_length"),
    sa.CheckConstraint(one_of("category", CATEGORIES), name="category_known"),
    sa.CheckConstraint(f"length(wishes) <= {longest_kept(MOST_WISHES)}", name="wishes_length"),
    sa.CheckConstraint("points >= 0 AND days BETWEEN 0 AND points", name="each_day_has_a_price"),
    sa.CheckConstraint("(points = 0) = (days = 0)", name="paid_by_days"),
    sa.CheckConstraint(
        "caller_id IS DISTINCT FROM member_id AND caller_id IS DISTINCT FROM nominee_id",
        name="two_people",
    ),
    sa.CheckConstraint("to_all OR nominee_id IS NOT NULL", name="to_somebody"),
    sa.CheckConstraint(
        "(nominee_id IS NULL) = (nominee_until IS NULL)", name="nominee_has_a_moment"
    ),
    sa.CheckConstraint(one_of("state", CHAT_STATES), name="state_known"),
    sa.CheckConstraint(f"({_OPEN}) = (ended_at IS NULL)", name="over_has_its_moment"),
    sa.CheckConstraint("(member_id IS NULL) = (taken_at IS NULL)", name="taken_by_somebody"),
    sa.CheckConstraint(
        "CASE WHEN state IN ('running', 'ended') THEN taken_at IS NOT NULL"
        " WHEN state = 'stopped' THEN true ELSE taken_at IS NULL END",
        name="taken_where_it_runs",
    ),
    sa.CheckConstraint("answered_at IS NULL OR taken_at IS NOT NULL", name="answered_once_taken"),
    sa.CheckConstraint(
        one_of("ended_how", ENDED_HOW) + " AND state = 'ended'"
        " OR ended_how IS NULL AND state <> 'ended'",
        name="ended_somehow",
    ),
    sa.CheckConstraint(
        one_of("stopped_for", CHAT_SIDES) + " AND state = 'stopped'"
        " OR stopped_for IS NULL AND state <> 'stopped'",
        name="stopped_for_somebody",
    ),
    sa.CheckConstraint("reopened_at IS NULL OR taken_at IS NOT NULL", name="reopened_once_taken"),
    sa.Index("ix_chats_caller", "caller_id", sa.text("last_at DESC"), "id"),
    sa.Index("ix_chats_member", "member_id", "state", sa.text("last_at DESC"), "id"),
    sa.Index("ix_chats_waiting", "take_until", "id", postgresql_where=sa.text("state = 'waiting'")),
    sa.Index(
        "ix_chats_unasked",
        "nominee_until",
        postgresql_where=sa.text("state = 'waiting' AND NOT to_all AND asked_at IS NULL"),
    ),
    sa.Index("ix_chats_nominee", "nominee_id", postgresql_where=sa.text("state = 'waiting'")),
    sa.Index("ix_chats_ended", "ended_at", postgresql_where=sa.text("ended_at IS NOT NULL")),
)

# What each of the two has of it: read up to `read_id`, `unread` of the other's since, the first of
# them at `unread_since`; when they were told of it, and when by mail.
chat_sides = sa.Table(
    "chat_sides",
    metadata,
    sa.Column("chat_id", sa.BigInteger, sa.ForeignKey("chats.id"), primary_key=True),
    sa.Column("side", sa.Text, primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("read_id", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("unread", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("unread_since", MOMENT, nullable=True),
    sa.Column("told_at", MOMENT, nullable=True),
    sa.Column("mailed_at", MOMENT, nullable=True),
    sa.CheckConstraint(one_of("side", CHAT_SIDES), name="side_known"),
    sa.CheckConstraint("unread >= 0 AND read_id >= 0", name="not_negative"),
    sa.CheckConstraint("(unread = 0) = (unread_since IS NULL)", name="unread_since_a_moment"),
    sa.Index("ix_chat_sides_unread", "user_id", postgresql_where=sa.text("unread > 0")),
    sa.Index(
        "ix_chat_sides_since",
        "unread_since",
        postgresql_where=sa.text(
            "unread > 0 AND (told_at IS NULL OR told_at < unread_since OR mailed_at < unread_since)"
        ),
    ),
)

# The same `key` of one writer twice is one message. None is ever changed. `sender_id` wrote it, who
# may be another member by now.
chat_messages = sa.Table(
    "chat_messages",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("chat_id", sa.BigInteger, sa.ForeignKey("chats.id"), nullable=False),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("sender_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("photos", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(one_of("side", CHAT_SIDES), name="side_known"),
    sa.CheckConstraint("length(key) BETWEEN 8 AND 64", name="key_length"),
    sa.CheckConstraint(f"length(text) <= {longest_kept(MOST_WORDS)}", name="text_length"),
    sa.CheckConstraint(f"photos BETWEEN 0 AND {MOST_PHOTOS}", name="photos_bounds"),
    sa.CheckConstraint("text <> '' OR photos > 0", name="something_said"),
    sa.UniqueConstraint("chat_id", "sender_id", "key", name="uq_chat_messages_key"),
    sa.Index("ix_chat_messages_chat", "chat_id", "id"),
    sa.Index("ix_chat_messages_sender", "sender_id", "at"),
    sa.Index("ix_chat_messages_at", "at"),
)

# A message's photos, drawn anew from what was sent, in two sizes. They go with their message.
chat_photos = sa.Table(
    "chat_photos",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "message_id",
        sa.BigInteger,
        sa.ForeignKey("chat_messages.id", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("width", sa.SmallInteger, nullable=False),
    sa.Column("height", sa.SmallInteger, nullable=False),
    sa.Column("whole", sa.LargeBinary, nullable=False),
    sa.Column("small", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("width > 0 AND height > 0", name="size_positive"),
    sa.CheckConstraint("length(name) = 43", name="name_is_a_token"),
    sa.Index("ix_chat_photos_message", "message_id", "id"),
)
