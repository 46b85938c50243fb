"""What is recorded of a talk: its stretches, its two sides' beats or their digest, the chat."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from rooms.ground.tables import SIDES, SPAN_REASONS

# The account of a talk: stretches of connected and of interrupted time, one after the other.
talk_spans = sa.Table(
    "talk_spans",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("began_at", MOMENT, nullable=False),
    sa.Column("from_ms", sa.BigInteger, nullable=False),
    sa.Column("ended_at", MOMENT, nullable=True),
    sa.Column("reason", sa.Text, nullable=True),
    sa.CheckConstraint("kind IN ('connected', 'interrupted')", name="kind_known"),
    sa.CheckConstraint("ended_at >= began_at", name="forward"),
    sa.CheckConstraint(one_of("reason", SPAN_REASONS), name="reason_known"),
    sa.Index("ix_talk_spans_talk", "talk_id", "id"),
    sa.Index(
        "uq_talk_spans_open", "talk_id", unique=True, postgresql_where=sa.text("ended_at IS NULL")
    ),
)

# Every report of a browser: the evidence beside a claim. `media` says whether it proves anything;
# of each kind: received (bytes, frames) and sent (bytes) since the beat before, how long ago
# anything came and a new receiver report of the other did. Null where it said nothing of a kind.
beats = sa.Table(
    "beats",
    metadata,
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), nullable=False),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("at", MOMENT, nullable=False),
    sa.Column("media", sa.Boolean, nullable=False),
    sa.Column("packets", sa.BigInteger, nullable=False),
    sa.Column("lost", sa.BigInteger, nullable=False),
    sa.Column("rtt_ms", sa.Integer, nullable=False),
    sa.Column("hidden", sa.Boolean, nullable=False),
    sa.Column("audio_received", sa.BigInteger, nullable=True),
    sa.Column("audio_ago_ms", sa.Integer, nullable=True),
    sa.Column("audio_sent", sa.BigInteger, nullable=True),
    sa.Column("audio_report_ms", sa.Integer, nullable=True),
    sa.Column("audio_on", sa.Boolean, nullable=True),
    sa.Column("video_received", sa.BigInteger, nullable=True),
    sa.Column("video_ago_ms", sa.Integer, nullable=True),
    sa.Column("video_sent", sa.BigInteger, nullable=True),
    sa.Column("video_report_ms", sa.Integer, nullable=True),
    sa.Column("video_on", sa.Boolean, nullable=True),
    # Whether a media process of the site's counted what the browser would have told.
    sa.Column("counted", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint(one_of("side", SIDES), name="side_known"),
    sa.Index("ix_beats_talk", "talk_id", "at"),
)

# What stays of a talk's beats when they are swept: of each side the stretches, sums and moments
# that its evidence shows, and not one word of the chat.
talk_digests = sa.Table(
    "talk_digests",
    metadata,
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), primary_key=True),
    # The talk's, by which it is swept.
    sa.Column("ended_at", MOMENT, nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("sides", JSONB, nullable=False),
    sa.CheckConstraint(
        "jsonb_typeof(sides) = 'object' AND length(sides::text) <= 200000", name="sides_size"
    ),
    sa.Index("ix_talk_digests_ended", "ended_at"),
)

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), nullable=False),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.UniqueConstraint("talk_id", "side", "key", name="uq_messages_key"),
    sa.CheckConstraint(one_of("side", SIDES), name="side_known"),
    sa.CheckConstraint("length(key) BETWEEN 1 AND 64", name="key_length"),
    sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text_length"),
    sa.Index("ix_messages_talk", "talk_id", "id"),
    sa.Index("ix_messages_at", "at"),
)
