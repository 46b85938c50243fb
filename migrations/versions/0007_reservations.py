"""Reservations: timetables' exceptions, holds, reservations and requests for one."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ExcludeConstraint

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    # Trusted: the owner of the database may make it. Two times of one cast exclude each other.
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.create_table(
        "hour_exceptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'extra') = (starts IS NOT NULL) AND (starts IS NULL) = (ends IS NULL)",
            name=op.f("ck_hour_exceptions_extra_has_its_time"),
        ),
        sa.CheckConstraint("kind IN ('off', 'extra')", name=op.f("ck_hour_exceptions_kind_known")),
        sa.CheckConstraint("starts <> ends", name=op.f("ck_hour_exceptions_not_empty")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_hour_exceptions_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hour_exceptions")),
    )
    op.create_index(
        "uq_hour_exceptions_extra",
        "hour_exceptions",
        ["room_id", "day", "starts"],
        unique=True,
        postgresql_where=sa.text("kind = 'extra'"),
    )
    op.create_index(
        "uq_hour_exceptions_off",
        "hour_exceptions",
        ["room_id", "day"],
        unique=True,
        postgresql_where=sa.text("kind = 'off'"),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wallet_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("released", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("share", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fee", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cast_wallet", sa.BigInteger(), nullable=True),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("points > 0", name=op.f("ck_holds_points_positive")),
        sa.CheckConstraint(
            "released + share + fee <= points", name=op.f("ck_holds_never_more_than_held")
        ),
        sa.CheckConstraint(
            "released >= 0 AND share >= 0 AND fee >= 0", name=op.f("ck_holds_amounts_not_negative")
        ),
        sa.CheckConstraint(
            "share = 0 OR cast_wallet IS NOT NULL", name=op.f("ck_holds_share_is_somebodys")
        ),
        sa.ForeignKeyConstraint(["cast_wallet"], ["wallets.id"], name=op.f("fk_holds_cast_wallet")),
        sa.ForeignKeyConstraint(["id"], ["transfers.id"], name=op.f("fk_holds_id")),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallets.id"], name=op.f("fk_holds_wallet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holds")),
    )
    op.create_index(
        "ix_holds_waiting",
        "holds",
        ["id"],
        unique=False,
        postgresql_where=sa.text("released + share + fee < points"),
    )
    op.create_index("ix_holds_wallet", "holds", ["wallet_id", "at"], unique=False)
    op.create_table(
        "reservations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("cast_id", sa.BigInteger(), nullable=False),
        sa.Column("caller_id", sa.BigInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="kept", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("caller_came_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cast_came_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cast_last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("warned", sa.SmallInteger(), nullable=True),
        ExcludeConstraint(
            (sa.column("caller_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("state IN ('kept', 'booked', 'running')"),
            using="gist",
            name="ex_reservations_caller",
        ),
        ExcludeConstraint(
            (sa.column("cast_id"), "="),
            (sa.text("tstzrange(starts_at, ends_at)"), "&&"),
            where=sa.text("state IN ('kept', 'booked', 'running')"),
            using="gist",
            name="ex_reservations_cast",
        ),
        sa.CheckConstraint(
            "(return_due_at IS NULL AND returned_at IS NULL) OR state = 'cast_missed'",
            name=op.f("ck_reservations_returned_when_the_cast_missed"),
        ),
        sa.CheckConstraint(
            "(state <> 'running' OR began_at IS NOT NULL) AND (began_at IS NULL OR state IN ('running', 'done'))",
            name=op.f("ck_reservations_begun_is_running_or_done"),
        ),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL) AND cancelled_at <= cancel_until",
            name=op.f("ck_reservations_cancelled_in_time"),
        ),
        sa.CheckConstraint(
            "(state = 'declined') = (declined_at IS NOT NULL) AND (state = 'declined') = (words IS NOT NULL) AND declined_at < starts_at",
            name=op.f("ck_reservations_declined_before_it_begins"),
        ),
        sa.CheckConstraint(
            "(state IN ('done', 'caller_missed', 'cast_missed')) = (judged_at IS NOT NULL) AND judged_at >= ends_at",
            name=op.f("ck_reservations_judged_after_its_end"),
        ),
        sa.CheckConstraint(
            "(state IN ('kept', 'lapsed')) = (hold_id IS NULL) AND (hold_id IS NULL) = (booked_at IS NULL)",
            name=op.f("ck_reservations_booked_is_paid"),
        ),
        sa.CheckConstraint(
            "ends_at - starts_at = minutes * interval '1 minute'",
            name=op.f("ck_reservations_as_long_as_its_minutes"),
        ),
        sa.CheckConstraint(
            "state <> 'kept' OR kept_until IS NOT NULL",
            name=op.f("ck_reservations_kept_for_a_time"),
        ),
        sa.CheckConstraint(
            "state IN ('kept', 'booked', 'running', 'done', 'caller_missed', 'cast_missed', 'cancelled', 'declined', 'lapsed')",
            name=op.f("ck_reservations_state_known"),
        ),
        sa.CheckConstraint("caller_id <> cast_id", name=op.f("ck_reservations_two_people")),
        sa.CheckConstraint(
            "cancel_until <= starts_at", name=op.f("ck_reservations_cancelled_before_it_begins")
        ),
        sa.CheckConstraint("length(message) <= 150", name=op.f("ck_reservations_message_length")),
        sa.CheckConstraint(
            "length(words) BETWEEN 1 AND 200", name=op.f("ck_reservations_words_length")
        ),
        sa.CheckConstraint(
            "minutes BETWEEN 10 AND 120 AND minutes % 5 = 0",
            name=op.f("ck_reservations_minutes_bounds"),
        ),
        sa.CheckConstraint(
            "points = rate * minutes", name=op.f("ck_reservations_priced_by_the_minute")
        ),
        sa.CheckConstraint(
            "rate > 0 AND share BETWEEN 0 AND rate", name=op.f("ck_reservations_share_within_rate")
        ),
        sa.CheckConstraint("reminded BETWEEN 0 AND 2", name=op.f("ck_reservations_reminded_twice")),
        sa.CheckConstraint("warned IN (2, 10)", name=op.f("ck_reservations_warned_twice")),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["users.id"], name=op.f("fk_reservations_caller_id")
        ),
        sa.ForeignKeyConstraint(["hold_id"], ["holds.id"], name=op.f("fk_reservations_hold_id")),
        sa.ForeignKeyConstraint(
            ["room_id", "cast_id"],
            ["rooms.id", "rooms.cast_id"],
            name=op.f("fk_reservations_room_id_cast_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservations")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_reservations_hold_id")),
    )
    op.create_index(
        "ix_reservations_caller", "reservations", ["caller_id", "starts_at"], unique=False
    )
    op.create_index("ix_reservations_cast", "reservations", ["cast_id", "starts_at"], unique=False)
    op.create_index(
        "ix_reservations_kept",
        "reservations",
        ["kept_until"],
        unique=False,
        postgresql_where=sa.text("state IN ('kept', 'lapsed')"),
    )
    op.create_index(
        "ix_reservations_live_cast",
        "reservations",
        ["cast_id", "starts_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('kept', 'booked', 'running')"),
    )
    op.create_index(
        "ix_reservations_return",
        "reservations",
        ["return_due_at"],
        unique=False,
        postgresql_where=sa.text("return_due_at IS NOT NULL AND returned_at IS NULL"),
    )
    op.create_index("ix_reservations_room", "reservations", ["room_id"], unique=False)
    op.create_index(
        "ix_reservations_waiting",
        "reservations",
        ["starts_at"],
        unique=False,
        postgresql_where=sa.text("state IN ('booked', 'running')"),
    )
    op.create_index(
        "uq_reservations_kept",
        "reservations",
        ["caller_id"],
        unique=True,
        postgresql_where=sa.text("state = 'kept'"),
    )
    op.create_table(
        "reservation_requests",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("cast_id", sa.BigInteger(), nullable=False),
        sa.Column("caller_id", sa.BigInteger(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("lapses_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("reservation_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'accepted') = (reservation_id IS NOT NULL)",
            name=op.f("ck_reservation_requests_accepted_is_booked"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (answered_at IS NULL)",
            name=op.f("ck_reservation_requests_answered_has_its_moment"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'refused', 'withdrawn', 'lapsed')",
            name=op.f("ck_reservation_requests_state_known"),
        ),
        sa.CheckConstraint(
            "words IS NULL OR state = 'refused'",
            name=op.f("ck_reservation_requests_words_of_a_refusal"),
        ),
        sa.CheckConstraint("caller_id <> cast_id", name=op.f("ck_reservation_requests_two_people")),
        sa.CheckConstraint(
            "length(message) <= 150", name=op.f("ck_reservation_requests_message_length")
        ),
        sa.CheckConstraint(
            "length(words) BETWEEN 1 AND 200", name=op.f("ck_reservation_requests_words_length")
        ),
        sa.CheckConstraint(
            "minutes BETWEEN 10 AND 120 AND minutes % 5 = 0",
            name=op.f("ck_reservation_requests_minutes_bounds"),
        ),
        sa.CheckConstraint(
            "points = rate * minutes", name=op.f("ck_reservation_requests_priced_by_the_minute")
        ),
        sa.CheckConstraint(
            "rate > 0 AND share BETWEEN 0 AND rate",
            name=op.f("ck_reservation_requests_share_within_rate"),
        ),
        sa.ForeignKeyConstraint(
            ["caller_id"], ["users.id"], name=op.f("fk_reservation_requests_caller_id")
        ),
        sa.ForeignKeyConstraint(
            ["hold_id"], ["holds.id"], name=op.f("fk_reservation_requests_hold_id")
        ),
        sa.ForeignKeyConstraint(
            ["reservation_id"],
            ["reservations.id"],
            name=op.f("fk_reservation_requests_reservation_id"),
        ),
        sa.ForeignKeyConstraint(
            ["room_id", "cast_id"],
            ["rooms.id", "rooms.cast_id"],
            name=op.f("fk_reservation_requests_room_id_cast_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reservation_requests")),
        sa.UniqueConstraint("hold_id", name=op.f("uq_reservation_requests_hold_id")),
        sa.UniqueConstraint("reservation_id", name=op.f("uq_reservation_requests_reservation_id")),
    )
    op.create_index(
        "ix_reservation_requests_caller", "reservation_requests", ["caller_id", "id"], unique=False
    )
    op.create_index(
        "ix_reservation_requests_cast", "reservation_requests", ["cast_id", "id"], unique=False
    )
    op.create_index(
        "ix_reservation_requests_lapse",
        "reservation_requests",
        ["lapses_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_reservation_requests_open",
        "reservation_requests",
        ["caller_id", "room_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "request_wishes",
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("place BETWEEN 1 AND 3", name=op.f("ck_request_wishes_place_bounds")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["reservation_requests.id"], name=op.f("fk_request_wishes_request_id")
        ),
        sa.PrimaryKeyConstraint("request_id", "place", name=op.f("pk_request_wishes")),
        sa.UniqueConstraint("request_id", "starts_at", name="uq_request_wishes_start"),
    )
    op.add_column("claims", sa.Column("reservation_id", sa.BigInteger(), nullable=True))
    op.alter_column("claims", "talk_id", existing_type=sa.BIGINT(), nullable=True)
    op.create_unique_constraint(op.f("uq_claims_reservation_id"), "claims", ["reservation_id"])
    op.create_foreign_key(
        op.f("fk_claims_reservation_id"), "claims", "reservations", ["reservation_id"], ["id"]
    )
    op.add_column("rooms", sa.Column("booking", sa.Text(), server_default="none", nullable=False))
    op.add_column(
        "rooms",
        sa.Column("booking_shortest", sa.SmallInteger(), server_default="10", nullable=False),
    )
    op.add_column(
        "rooms",
        sa.Column("booking_longest", sa.SmallInteger(), server_default="60", nullable=False),
    )
    op.add_column("talks", sa.Column("reservation_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "talks",
        sa.Column("caller_goes_on", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column(
        "talks",
        sa.Column("cast_goes_on", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("talks", sa.Column("went_on_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("talks", sa.Column("must_end_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_talks_must_end",
        "talks",
        ["must_end_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL AND must_end_at IS NOT NULL"),
    )
    op.create_index(
        "ix_talks_reservation",
        "talks",
        ["reservation_id"],
        unique=False,
        postgresql_where=sa.text("reservation_id IS NOT NULL"),
    )
    op.create_foreign_key(
        "fk_talks_reservation_id", "talks", "reservations", ["reservation_id"], ["id"]
    )
    op.add_column("transfers", sa.Column("hold_id", sa.BigInteger(), nullable=True))
    op.create_index(
        "ix_transfers_hold",
        "transfers",
        ["hold_id"],
        unique=False,
        postgresql_where=sa.text("hold_id IS NOT NULL"),
    )
    op.create_foreign_key("fk_transfers_hold_id", "transfers", "holds", ["hold_id"], ["id"])
    for name in ("0007_reservations.sql", "0007_rights.sql"):
        # The driver reads a percent sign as the beginning of a parameter.
        op.get_bind().exec_driver_sql((SQL / name).read_text(encoding="utf-8").replace("%", "%%"))
