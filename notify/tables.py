"""What people are told: notices in the inbox, and mail on its way out.

A mail is a row written in the transaction that gave cause for it, so neither goes without the
other. Texts are in the reader's language already.
"""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW
from foundation.database import metadata

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
    # Null once it was sent, or given up after the last try.
    sa.Column("next_try_at", MOMENT, nullable=True, server_default=NOW),
    sa.CheckConstraint("length(to_address) BETWEEN 3 AND 254", name="to_address_length"),
    sa.CheckConstraint(r"subject !~ '[\r\n]'", name="subject_is_one_line"),
    sa.CheckConstraint("length(subject) BETWEEN 1 AND 200", name="subject_length"),
    sa.CheckConstraint("length(text) BETWEEN 1 AND 4000", name="text_length"),
    sa.CheckConstraint("tries >= 0", name="tries_not_negative"),
    sa.CheckConstraint("length(last_error) <= 500", name="last_error_length"),
    sa.CheckConstraint("sent_at IS NULL OR next_try_at IS NULL", name="sent_is_done"),
    sa.Index("ix_mails_due", "next_try_at", postgresql_where=sa.text("next_try_at IS NOT NULL")),
)
