"""Recordings of talks: the question, the consent of each side, and the files.

Whether a talk may be recorded is no matter of one row's word: a recording that both haven't agreed
to can't be begun, for each side's consent is a row that its own row refers to.
"""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from rooms.ground.tables import SIDES

# Asked and not answered in time, or declined; agreed by both and about to begin; being written, or
# not just now, since what writes it has gone; over.
RECORDING_STATES = ("asked", "declined", "lapsed", "agreed", "running", "halted", "ended")
OPEN_STATES = ("asked", "agreed", "running", "halted")
RECORDING_ENDS = ("stopped", "talk_over", "full", "failed", "no_way")

_OPEN = one_of("state", OPEN_STATES)
_NEVER_BEGUN = one_of("state", RECORDING_STATES[:3])

recordings = sa.Table(
    "recordings",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("lapses_at", MOMENT, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="asked"),
    # Each names its own side once that has agreed, and so refers to the row of its consent.
    sa.Column("caller_consent", sa.Text, nullable=True),
    sa.Column("cast_consent", sa.Text, nullable=True),
    sa.Column("agreed_at", MOMENT, nullable=True),
    # How long it has been written up to `running_since`; when who writes it was last heard of.
    sa.Column("run_ms", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("running_since", MOMENT, nullable=True),
    sa.Column("seen_at", MOMENT, nullable=True),
    sa.Column("ended_at", MOMENT, nullable=True),
    sa.Column("ended_by", sa.Text, nullable=True),
    sa.Column("end_reason", sa.Text, nullable=True),
    # For how long both agreed that it is kept, and until when that is.
    sa.Column("keep_days", sa.SmallInteger, nullable=False),
    sa.Column("keep_until", MOMENT, nullable=True),
    # Who wants it deleted before; from when on nobody of the two sees it; when its files went.
    sa.Column("caller_deletes_at", MOMENT, nullable=True),
    sa.Column("cast_deletes_at", MOMENT, nullable=True),
    sa.Column("withdrawn_at", MOMENT, nullable=True),
    sa.Column("erased_at", MOMENT, nullable=True),
    # Something changed of which the two have not been told yet.
    sa.Column("untold", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.ForeignKeyConstraint(
        ["id", "caller_consent"],
        ["recording_consents.recording_id", "recording_consents.side"],
        name="fk_recordings_caller_consent",
        use_alter=True,
    ),
    sa.ForeignKeyConstraint(
        ["id", "cast_consent"],
        ["recording_consents.recording_id", "recording_consents.side"],
        name="fk_recordings_cast_consent",
        use_alter=True,
    ),
    sa.CheckConstraint(one_of("state", RECORDING_STATES), name="state_known"),
    sa.CheckConstraint(one_of("asked_by", SIDES), name="asker_known"),
    sa.CheckConstraint(one_of("ended_by", SIDES), name="ender_known"),
    sa.CheckConstraint(one_of("end_reason", RECORDING_ENDS), name="reason_known"),
    sa.CheckConstraint("caller_consent = 'caller' AND cast_consent = 'cast'", name="own_consents"),
    sa.CheckConstraint(
        f"{_NEVER_BEGUN} OR caller_consent IS NOT NULL AND cast_consent IS NOT NULL",
        name="both_agreed",
    ),
    sa.CheckConstraint(f"({_NEVER_BEGUN}) = (agreed_at IS NULL)", name="agreed_at_a_moment"),
    sa.CheckConstraint("(state = 'running') = (running_since IS NOT NULL)", name="runs_since"),
    sa.CheckConstraint(f"({_OPEN}) = (ended_at IS NULL)", name="over_at_a_moment"),
    sa.CheckConstraint(
        "(state = 'ended') = (end_reason IS NOT NULL)"
        " AND (state = 'ended') = (keep_until IS NOT NULL)",
        name="ended_with_reason",
    ),
    sa.CheckConstraint(f"withdrawn_at IS NULL OR NOT ({_OPEN})", name="withdrawn_when_over"),
    sa.CheckConstraint(f"erased_at IS NULL OR NOT ({_OPEN})", name="erased_when_over"),
    sa.CheckConstraint("lapses_at > asked_at AND run_ms >= 0", name="forward"),
    sa.CheckConstraint("keep_days BETWEEN 1 AND 400", name="keep_days_bounds"),
    sa.Index("uq_recordings_open", "talk_id", unique=True, postgresql_where=sa.text(_OPEN)),
    sa.Index("ix_recordings_talk", "talk_id", "id"),
    sa.Index("ix_recordings_untold", "talk_id", postgresql_where=sa.text("untold")),
    sa.Index(
        "ix_recordings_kept",
        "keep_until",
        postgresql_where=sa.text("state = 'ended' AND erased_at IS NULL"),
    ),
    sa.Index("ix_recordings_asked", "asked_at"),
)

# What each side agreed to: the moment, and the words that stood before them. Never changed.
recording_consents = sa.Table(
    "recording_consents",
    metadata,
    sa.Column(
        "recording_id",
        sa.BigInteger,
        sa.ForeignKey("recordings.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("side", sa.Text, primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("agreed_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("version", sa.SmallInteger, nullable=False),
    sa.Column("locale", sa.Text, nullable=False),
    sa.Column("wording", sa.Text, nullable=False),
    sa.CheckConstraint(one_of("side", SIDES), name="side_known"),
    sa.CheckConstraint("version >= 1", name="version_positive"),
    sa.CheckConstraint("length(locale) BETWEEN 2 AND 20", name="locale_length"),
    sa.CheckConstraint("length(wording) BETWEEN 1 AND 4000", name="wording_length"),
    sa.Index("ix_recording_consents_user", "user_id"),
)

# The files: one a side as the rule, one more where another process goes on or the codec changes.
recording_parts = sa.Table(
    "recording_parts",
    metadata,
    sa.Column(
        "recording_id",
        sa.BigInteger,
        sa.ForeignKey("recordings.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("side", sa.Text, primary_key=True),
    sa.Column("part", sa.SmallInteger, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("media_type", sa.Text, nullable=False),
    # The moment of its first sample, and its length from there.
    sa.Column("begun_at", MOMENT, nullable=False),
    sa.Column("length_ms", sa.BigInteger, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    # A killed process leaves one without its end.
    sa.Column("whole", sa.Boolean, nullable=False),
    sa.UniqueConstraint("name", name="uq_recording_parts_name"),
    sa.CheckConstraint(one_of("side", SIDES), name="side_known"),
    sa.CheckConstraint("part BETWEEN 0 AND 999", name="part_bounds"),
    sa.CheckConstraint("name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$'", name="name_is_a_file"),
    sa.CheckConstraint("media_type ~ '^(audio|video)/(webm|mp4)$'", name="media_type_known"),
    sa.CheckConstraint("length_ms >= 0 AND size >= 0", name="not_negative"),
)
