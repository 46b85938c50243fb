"""Talk applications: one asks a cast whether they have time, and says how long one can wait."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from rooms.ground.tables import MEDIA, PAYS

# Waiting for the cast's answer; the cast makes ready; the caller is rung, and the room kept for
# them. Then how it ended.
LIVE_STATES = ("open", "accepted", "rung")
APPLICATION_STATES = (
    *LIVE_STATES,
    "entered",
    "lapsed",
    "declined",
    "withdrawn",
    "expired",
    "replaced",
    "void",
)
LONGEST_WORDS = 200

_LIVE = one_of("state", LIVE_STATES)
_PROMISED = one_of("state", LIVE_STATES[1:])

talk_applications = sa.Table(
    "talk_applications",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("cast_id", sa.BigInteger, nullable=False),
    sa.Column("caller_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    # The price that the caller was shown, in points a minute (by telephone the line within it); an
    # entry asks for its own.
    sa.Column("rate", sa.Integer, nullable=False),
    # By which they talk, and how a call is paid: by telephone nothing is asked any more.
    sa.Column("medium", sa.Text, nullable=False, server_default="browser"),
    sa.Column("pays", sa.Text, nullable=False, server_default="points"),
    sa.Column("words", sa.Text, nullable=False, server_default=""),
    sa.Column("minutes", sa.SmallInteger, nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("wait_until", MOMENT, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    # When the clock must look at it: the wait, the cast's making ready or the ring is over.
    sa.Column("due_at", MOMENT, nullable=True),
    sa.Column("accepted_at", MOMENT, nullable=True),
    sa.Column("rung_at", MOMENT, nullable=True),
    # Where the cast stood by before the ring, to which the stand-by goes back after it.
    sa.Column("stood_by_in", sa.BigInteger, nullable=True),
    sa.Column("ended_at", MOMENT, nullable=True),
    # What the cast said when declining.
    sa.Column("reply", sa.Text, nullable=True),
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), nullable=True),
    # When the cast said that there is time now after all.
    sa.Column("asked_again_at", MOMENT, nullable=True),
    sa.ForeignKeyConstraint(["room_id", "cast_id"], ["rooms.id", "rooms.cast_id"]),
    sa.CheckConstraint("caller_id <> cast_id", name="two_people"),
    sa.CheckConstraint("rate > 0", name="rate_positive"),
    sa.CheckConstraint("minutes BETWEEN 15 AND 180 AND minutes % 15 = 0", name="minutes_bounds"),
    sa.CheckConstraint("wait_until > made_at", name="forward"),
    sa.CheckConstraint(f"length(words) <= {LONGEST_WORDS}", name="words_length"),
    sa.CheckConstraint(f"length(reply) BETWEEN 1 AND {LONGEST_WORDS}", name="reply_length"),
    sa.CheckConstraint(one_of("medium", MEDIA), name="medium_known"),
    sa.CheckConstraint(one_of("pays", PAYS), name="pays_known"),
    sa.CheckConstraint(one_of("state", APPLICATION_STATES), name="state_known"),
    sa.CheckConstraint(f"({_LIVE}) = (ended_at IS NULL)", name="over_at_a_moment"),
    sa.CheckConstraint(f"({_LIVE}) = (due_at IS NOT NULL)", name="live_is_looked_at"),
    sa.CheckConstraint(f"NOT ({_PROMISED}) OR accepted_at IS NOT NULL", name="accepted_first"),
    sa.CheckConstraint("state <> 'rung' OR rung_at IS NOT NULL", name="rung_at_a_moment"),
    sa.CheckConstraint("(state = 'entered') = (talk_id IS NOT NULL)", name="entered_is_a_talk"),
    sa.CheckConstraint("reply IS NULL OR state = 'declined'", name="reply_of_a_refusal"),
    sa.CheckConstraint("asked_again_at IS NULL OR ended_at IS NOT NULL", name="asked_again_after"),
    # What must never be: somebody applying at two rooms, or a cast promised to two.
    sa.Index(
        "uq_talk_applications_one_of_caller",
        "caller_id",
        unique=True,
        postgresql_where=sa.text(_LIVE),
    ),
    sa.Index(
        "uq_talk_applications_one_promise",
        "cast_id",
        unique=True,
        postgresql_where=sa.text(_PROMISED),
    ),
    sa.Index("ix_talk_applications_due", "due_at", postgresql_where=sa.text(_LIVE)),
    sa.Index("ix_talk_applications_rung", "room_id", postgresql_where=sa.text("state = 'rung'")),
    sa.Index(
        "ix_talk_applications_open_cast",
        "cast_id",
        "wait_until",
        postgresql_where=sa.text(_LIVE),
    ),
    sa.Index("ix_talk_applications_cast", "cast_id", "id"),
    sa.Index("ix_talk_applications_caller", "caller_id", "id"),
    sa.Index(
        "ix_talk_applications_ended", "ended_at", postgresql_where=sa.text("ended_at IS NOT NULL")
    ),
    sa.Index(
        "ix_talk_applications_talk", "talk_id", postgresql_where=sa.text("talk_id IS NOT NULL")
    ),
)
