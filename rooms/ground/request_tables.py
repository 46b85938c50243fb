"""Requests for a reservation, and the times wished for."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from rooms.ground.booking_tables import FEE_WITHIN_RATE
from rooms.ground.tables import MEDIA

REQUEST_STATES = ("open", "accepted", "refused", "withdrawn", "lapsed")

# A caller asks for one of up to three times; the cast accepts one or refuses. The points are held
# from the asking on.
reservation_requests = sa.Table(
    "reservation_requests",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("cast_id", sa.BigInteger, nullable=False),
    sa.Column("caller_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("minutes", sa.SmallInteger, nullable=False),
    sa.Column("rate", sa.Integer, nullable=False),
    sa.Column("share", sa.Integer, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("medium", sa.Text, nullable=False, server_default="browser"),
    sa.Column("line_fee", sa.Integer, nullable=False, server_default="0"),
    sa.Column("message", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("hold_id", sa.BigInteger, sa.ForeignKey("holds.id"), unique=True, nullable=False),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    # When its last wished time begins: it lapses there.
    sa.Column("lapses_at", MOMENT, nullable=False),
    sa.Column("answered_at", MOMENT, nullable=True),
    sa.Column("words", sa.Text, nullable=True),
    sa.Column(
        "reservation_id",
        sa.BigInteger,
        sa.ForeignKey("reservations.id"),
        unique=True,
        nullable=True,
    ),
    sa.ForeignKeyConstraint(["room_id", "cast_id"], ["rooms.id", "rooms.cast_id"]),
    sa.CheckConstraint("caller_id <> cast_id", name="two_people"),
    sa.CheckConstraint("minutes BETWEEN 10 AND 120 AND minutes % 5 = 0", name="minutes_bounds"),
    sa.CheckConstraint("rate > 0 AND share BETWEEN 0 AND rate", name="share_within_rate"),
    sa.CheckConstraint("points = rate * minutes", name="priced_by_the_minute"),
    sa.CheckConstraint("length(message) <= 150", name="message_length"),
    sa.CheckConstraint("length(words) BETWEEN 1 AND 200", name="words_length"),
    sa.CheckConstraint(one_of("medium", MEDIA), name="medium_known"),
    sa.CheckConstraint(FEE_WITHIN_RATE, name="line_fee_within_rate"),
    sa.CheckConstraint(one_of("state", REQUEST_STATES), name="state_known"),
    sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="answered_has_its_moment"),
    sa.CheckConstraint(
        "(state = 'accepted') = (reservation_id IS NOT NULL)", name="accepted_is_booked"
    ),
    sa.CheckConstraint("words IS NULL OR state = 'refused'", name="words_of_a_refusal"),
    sa.Index(
        "uq_reservation_requests_open",
        "caller_id",
        "room_id",
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    ),
    sa.Index(
        "ix_reservation_requests_lapse", "lapses_at", postgresql_where=sa.text("state = 'open'")
    ),
    sa.Index(
        "ix_reservation_requests_open_cast",
        "cast_id",
        "lapses_at",
        postgresql_where=sa.text("state = 'open'"),
    ),
    sa.Index("ix_reservation_requests_cast", "cast_id", "id"),
    sa.Index("ix_reservation_requests_caller", "caller_id", "id"),
)

request_wishes = sa.Table(
    "request_wishes",
    metadata,
    sa.Column(
        "request_id", sa.BigInteger, sa.ForeignKey("reservation_requests.id"), primary_key=True
    ),
    sa.Column("place", sa.SmallInteger, primary_key=True),
    sa.Column("starts_at", MOMENT, nullable=False),
    sa.CheckConstraint("place BETWEEN 1 AND 3", name="place_bounds"),
    sa.UniqueConstraint("request_id", "starts_at", name="uq_request_wishes_start"),
)
