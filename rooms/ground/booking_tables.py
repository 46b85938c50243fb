"""Reservations, and at what times they take their people."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from rooms.ground.tables import MEDIA

RESERVATION_STATES = (
    "kept",
    "booked",
    "running",
    "done",
    "caller_missed",
    "cast_missed",
    "apart",
    "line_failed",
    "cancelled",
    "called_off",
    "declined",
    "lapsed",
    "stopped",
)
# The states in which a reservation takes its time from everybody else.
LIVE = "state IN ('kept', 'booked', 'running')"

# The line's part of a price by telephone.
FEE_WITHIN_RATE = (
    "line_fee >= 0 AND share + line_fee <= rate AND (line_fee = 0 OR medium = 'telephone')"
)


def _period() -> sa.TextClause:
    return sa.text("tstzrange(starts_at, ends_at)")


# A booked time. Two of one cast, or of one caller, can't overlap while they are live.
reservations = sa.Table(
    "reservations",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("cast_id", sa.BigInteger, nullable=False),
    sa.Column("caller_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("starts_at", MOMENT, nullable=False),
    sa.Column("ends_at", MOMENT, nullable=False),
    sa.Column("minutes", sa.SmallInteger, nullable=False),
    # Fixed when the slot is kept: what the caller saw is what is paid.
    sa.Column("rate", sa.Integer, nullable=False),
    sa.Column("share", sa.Integer, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    # By telephone both are rung; what of the rate is then the line's.
    sa.Column("medium", sa.Text, nullable=False, server_default="browser"),
    sa.Column("line_fee", sa.Integer, nullable=False, server_default="0"),
    # When both are rung next, how often they were, and since when the line keeps them apart.
    sa.Column("ring_at", MOMENT, nullable=True),
    sa.Column("rung", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("line_failed_at", MOMENT, nullable=True),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.Text, nullable=False, server_default="kept"),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("kept_until", MOMENT, nullable=True),
    sa.Column("hold_id", sa.BigInteger, sa.ForeignKey("holds.id"), unique=True, nullable=True),
    sa.Column("booked_at", MOMENT, nullable=True),
    sa.Column("cancel_until", MOMENT, nullable=False),
    sa.Column("cancelled_at", MOMENT, nullable=True),
    # Called off too late to have all back: what the cast sells again of the time goes back.
    sa.Column("called_off_at", MOMENT, nullable=True),
    sa.Column("declined_at", MOMENT, nullable=True),
    # The cast's, who declined.
    sa.Column("words", sa.Text, nullable=True),
    # The first entry into the talk; and what presence says of each side within the time.
    sa.Column("began_at", MOMENT, nullable=True),
    sa.Column("caller_came_at", MOMENT, nullable=True),
    sa.Column("caller_last_at", MOMENT, nullable=True),
    sa.Column("cast_came_at", MOMENT, nullable=True),
    # The cast's first sign once it had begun.
    sa.Column("cast_in_at", MOMENT, nullable=True),
    sa.Column("cast_last_at", MOMENT, nullable=True),
    # The cast pressed, in the minutes before, to begin at once.
    sa.Column("cast_early_at", MOMENT, nullable=True),
    sa.Column("judged_at", MOMENT, nullable=True),
    sa.Column("return_due_at", MOMENT, nullable=True),
    sa.Column("returned_at", MOMENT, nullable=True),
    # Both came, but apart: until when a claim may be made; after that the cast is paid.
    sa.Column("decide_by", MOMENT, nullable=True),
    # The reminders done with (1: an hour before, 2: five minutes before), and the minutes before
    # the beginning at which the cast was last warned in another talk.
    sa.Column("reminded", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("warned", sa.SmallInteger, nullable=True),
    # Ended before its time by a block or by the site, when it could be called off no more, on
    # behalf of one side: for the cast's everything went back, for the caller's the cast was paid.
    sa.Column("stopped_at", MOMENT, nullable=True),
    sa.Column("stopped_for", sa.Text, nullable=True),
    sa.ForeignKeyConstraint(["room_id", "cast_id"], ["rooms.id", "rooms.cast_id"]),
    ExcludeConstraint(
        (sa.column("cast_id"), "="),
        (_period(), "&&"),
        where=sa.text(LIVE),
        using="gist",
        name="ex_reservations_cast",
    ),
    ExcludeConstraint(
        (sa.column("caller_id"), "="),
        (_period(), "&&"),
        where=sa.text(LIVE),
        using="gist",
        name="ex_reservations_caller",
    ),
    sa.CheckConstraint("caller_id <> cast_id", name="two_people"),
    sa.CheckConstraint("minutes BETWEEN 10 AND 120 AND minutes % 5 = 0", name="minutes_bounds"),
    sa.CheckConstraint(
        "ends_at - starts_at = minutes * interval '1 minute'", name="as_long_as_its_minutes"
    ),
    sa.CheckConstraint("rate > 0 AND share BETWEEN 0 AND rate", name="share_within_rate"),
    sa.CheckConstraint("points = rate * minutes", name="priced_by_the_minute"),
    sa.CheckConstraint("length(message) <= 150", name="message_length"),
    sa.CheckConstraint("length(words) BETWEEN 1 AND 200", name="words_length"),
    sa.CheckConstraint(one_of("state", RESERVATION_STATES), name="state_known"),
    sa.CheckConstraint("state <> 'kept' OR kept_until IS NOT NULL", name="kept_for_a_time"),
    sa.CheckConstraint(
        "(state IN ('kept', 'lapsed')) = (hold_id IS NULL)"
        " AND (hold_id IS NULL) = (booked_at IS NULL)",
        name="booked_is_paid",
    ),
    sa.CheckConstraint("cancel_until <= starts_at", name="cancelled_before_it_begins"),
    sa.CheckConstraint(
        "(state = 'cancelled') = (cancelled_at IS NOT NULL) AND cancelled_at <= cancel_until",
        name="cancelled_in_time",
    ),
    sa.CheckConstraint(
        "(state = 'declined') = (declined_at IS NOT NULL)"
        " AND (state = 'declined') = (words IS NOT NULL) AND declined_at < starts_at",
        name="declined_before_it_begins",
    ),
    sa.CheckConstraint(
        "(state <> 'running' OR began_at IS NOT NULL)"
        " AND (began_at IS NULL OR state IN ('running', 'done', 'apart', 'caller_missed',"
        " 'cast_missed', 'line_failed', 'stopped'))",
        name="begun_is_running_or_done",
    ),
    sa.CheckConstraint(
        "(state NOT IN ('done', 'caller_missed', 'cast_missed', 'apart', 'line_failed')"
        " OR judged_at IS NOT NULL)"
        " AND (judged_at IS NULL OR state IN ('done', 'caller_missed', 'cast_missed', 'apart',"
        " 'line_failed', 'called_off'))"
        " AND (judged_at >= ends_at OR (state = 'cast_missed' OR medium = 'telephone')"
        " AND judged_at >= starts_at)",
        name="judged_after_its_end",
    ),
    sa.CheckConstraint(
        "(state = 'called_off') = (called_off_at IS NOT NULL) AND called_off_at < starts_at",
        name="called_off_before_it_begins",
    ),
    sa.CheckConstraint("decide_by IS NULL OR state = 'apart'", name="decided_where_apart"),
    sa.CheckConstraint(
        "(return_due_at IS NULL AND returned_at IS NULL) OR state = 'cast_missed'",
        name="returned_when_the_cast_missed",
    ),
    sa.CheckConstraint(
        "(state = 'stopped') = (stopped_at IS NOT NULL)"
        " AND (stopped_at IS NULL) = (stopped_for IS NULL)"
        " AND stopped_for IN ('caller', 'cast') AND stopped_at < ends_at",
        name="stopped_for_a_side",
    ),
    sa.CheckConstraint(one_of("medium", MEDIA), name="medium_known"),
    sa.CheckConstraint(FEE_WITHIN_RATE, name="line_fee_within_rate"),
    sa.CheckConstraint(
        "rung BETWEEN 0 AND 9 AND (medium = 'telephone'"
        " OR rung = 0 AND ring_at IS NULL AND line_failed_at IS NULL)",
        name="rung_by_telephone",
    ),
    sa.CheckConstraint(
        "state <> 'line_failed' OR medium = 'telephone'", name="line_fails_by_telephone"
    ),
    sa.CheckConstraint("reminded BETWEEN 0 AND 2", name="reminded_twice"),
    sa.CheckConstraint("warned IN (2, 10)", name="warned_twice"),
    sa.Index("ix_reservations_cast", "cast_id", "starts_at"),
    sa.Index("ix_reservations_caller", "caller_id", "starts_at"),
    sa.Index("ix_reservations_room", "room_id"),
    sa.Index("ix_reservations_live_cast", "cast_id", "starts_at", postgresql_where=sa.text(LIVE)),
    sa.Index(
        "ix_reservations_waiting",
        "starts_at",
        postgresql_where=sa.text("state IN ('booked', 'running')"),
    ),
    sa.Index(
        "ix_reservations_called_off",
        "ends_at",
        postgresql_where=sa.text("state = 'called_off' AND judged_at IS NULL"),
    ),
    sa.Index(
        "ix_reservations_ring",
        "ring_at",
        postgresql_where=sa.text("ring_at IS NOT NULL AND state IN ('booked', 'running')"),
    ),
    sa.Index(
        "ix_reservations_decide",
        "decide_by",
        postgresql_where=sa.text("decide_by IS NOT NULL"),
    ),
    sa.Index(
        "uq_reservations_kept",
        "caller_id",
        unique=True,
        postgresql_where=sa.text("state = 'kept'"),
    ),
    sa.Index(
        "ix_reservations_kept",
        "kept_until",
        postgresql_where=sa.text("state IN ('kept', 'lapsed')"),
    ),
    sa.Index(
        "ix_reservations_return",
        "return_due_at",
        postgresql_where=sa.text("return_due_at IS NOT NULL AND returned_at IS NULL"),
    ),
)

# At what times a person is taken, on either side: written by a trigger on `reservations` alone.
reserved_people = sa.Table(
    "reserved_people",
    metadata,
    sa.Column(
        "reservation_id",
        sa.BigInteger,
        sa.ForeignKey("reservations.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("person_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("period", TSTZRANGE, nullable=False),
    ExcludeConstraint(
        (sa.column("person_id"), "="),
        (sa.column("period"), "&&"),
        using="gist",
        name="ex_reserved_people",
    ),
)
