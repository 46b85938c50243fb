"""What people are told: notices in the inbox, and mail on its way out.

A mail is a row and a job written in the transaction that gave cause for it, so none of them goes
without the others. Texts are in the reader's language already.
"""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

TOPICS = (
    "reservations", "questions", "letters", "chats", "board", "unanswered", "talks", "points",
    "favourites", "calls", "day",
)  # fmt: skip
CHANNELS = ("mail", "push")
# Of what an operator says in every mail.
MOST_OPENING, MOST_CLOSING = 500, 1000

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("kind", sa.Text, nullable=False),
    # What must be told once has a key: told again, nothing happens.
    sa.Column("key", sa.Text, nullable=True),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    # A path of this site, or nothing.
    sa.Column("link", sa.Text, nullable=True),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("read_at", MOMENT, nullable=True),
    sa.UniqueConstraint("user_id", "key", name="uq_notices_key"),
    sa.CheckConstraint("length(kind) BETWEEN 1 AND 40", name="kind_length"),
    sa.CheckConstraint("length(key) BETWEEN 1 AND 100", name="key_length"),
    sa.CheckConstraint("length(title) BETWEEN 1 AND 120", name="title_length"),
    sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text_length"),
    sa.CheckConstraint("link ~ '^/[^/]' AND length(link) <= 300", name="link_is_a_path"),
    sa.Index("ix_notices_user", "user_id", "id"),
    sa.Index("ix_notices_unread", "user_id", postgresql_where=sa.text("read_at IS NULL")),
)

mails = sa.Table(
    "mails",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("to_address", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("sent_at", MOMENT, nullable=True),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_error", sa.Text, nullable=True),
    # Nobody sends it before. Null once it was sent, or given up after the last try.
    sa.Column("next_try_at", MOMENT, nullable=True, server_default=NOW),
    sa.Column("html", sa.Text, nullable=True),
    # Nothing of it stays here once it was sent or given up: a farewell.
    sa.Column("forgotten_after", sa.Boolean, nullable=False, server_default=sa.false()),
    # After that it would only mislead, and is dropped instead of being sent.
    sa.Column("stale_at", MOMENT, nullable=True),
    sa.CheckConstraint("length(to_address) BETWEEN 3 AND 254", name="to_address_length"),
    sa.CheckConstraint(r"subject !~ '[\r\n]'", name="subject_is_one_line"),
    sa.CheckConstraint("length(subject) BETWEEN 1 AND 200", name="subject_length"),
    sa.CheckConstraint("length(text) BETWEEN 1 AND 6000", name="text_length"),
    sa.CheckConstraint("length(html) BETWEEN 1 AND 30000", name="html_length"),
    sa.CheckConstraint("tries >= 0", name="tries_not_negative"),
    sa.CheckConstraint("length(last_error) <= 500", name="last_error_length"),
    sa.CheckConstraint("sent_at IS NULL OR next_try_at IS NULL", name="sent_is_done"),
    sa.Index("ix_mails_due", "next_try_at", postgresql_where=sa.text("next_try_at IS NOT NULL")),
    sa.Index(
        "ix_mails_dead",
        "id",
        postgresql_where=sa.text("sent_at IS NULL AND next_try_at IS NULL"),
    ),
)

# What an operator says in every mail, in each language: before what it is about, and after.
mail_frames = sa.Table(
    "mail_frames",
    metadata,
    sa.Column("locale", sa.Text, primary_key=True),
    sa.Column("opening", sa.Text, nullable=False),
    sa.Column("closing", sa.Text, nullable=False),
    # It counts up, so that who saves knows whether another has saved meanwhile.
    sa.Column("number", sa.Integer, nullable=False),
    sa.CheckConstraint(one_of("locale", ("ja", "en")), name="locale_known"),
    sa.CheckConstraint(f"length(opening) <= {MOST_OPENING}", name="opening_length"),
    sa.CheckConstraint(f"length(closing) <= {MOST_CLOSING}", name="closing_length"),
    sa.CheckConstraint("number >= 1", name="number_positive"),
)

# The site's own key pair for web push (VAPID, RFC 8292): one row, made at the first start. Whoever
# holds the private key can push in the site's name, so nobody but the application reads it.
push_keys = sa.Table(
    "push_keys",
    metadata,
    sa.Column("sole", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    sa.Column("private_key", sa.LargeBinary, nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("sole", name="one_row"),
    sa.CheckConstraint(
        "length(public_key) = 65 AND get_byte(public_key, 0) = 4", name="public_key_is_a_point"
    ),
    sa.CheckConstraint("length(private_key) = 32", name="private_key_is_a_number"),
)

# A device that is told by web push. It goes with the session in which it was asked for: a browser
# from which somebody signed out shows nothing of theirs any more.
push_subscriptions = sa.Table(
    "push_subscriptions",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column(
        "session_hash",
        sa.LargeBinary,
        sa.ForeignKey("sessions.token_hash", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("endpoint", sa.Text, nullable=False, unique=True),
    sa.Column("p256dh", sa.LargeBinary, nullable=False),
    sa.Column("auth", sa.LargeBinary, nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    # When the push service last took a message for it.
    sa.Column("last_ok_at", MOMENT, nullable=True),
    # The first and the last that it did not take; null where it has taken one since.
    sa.Column("failing_since", MOMENT, nullable=True),
    sa.Column("failed_at", MOMENT, nullable=True),
    sa.CheckConstraint("length(endpoint) BETWEEN 10 AND 1000", name="endpoint_length"),
    sa.CheckConstraint("endpoint ~ '^https://[!-~]+$'", name="endpoint_is_https"),
    sa.CheckConstraint("length(p256dh) = 65 AND get_byte(p256dh, 0) = 4", name="p256dh_is_a_point"),
    sa.CheckConstraint("length(auth) = 16", name="auth_is_16_bytes"),
    sa.Index("ix_push_subscriptions_user", "user_id"),
    sa.Index("ix_push_subscriptions_session", "session_hash"),
    sa.Index(
        "ix_push_subscriptions_failing",
        "failing_since",
        postgresql_where=sa.text("failing_since IS NOT NULL"),
    ),
)

# What a member said of being told by mail and by push. What they said nothing of, they are told.
notification_choices = sa.Table(
    "notification_choices",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("channel", sa.Text, primary_key=True),
    sa.Column("wanted", sa.Boolean, nullable=False),
    sa.CheckConstraint(one_of("topic", TOPICS), name="topic_known"),
    sa.CheckConstraint(one_of("channel", CHANNELS), name="channel_known"),
)
