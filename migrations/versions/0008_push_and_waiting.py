"""Web push, favourites, and the waiting list of a busy room."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
RIGHTS = """
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON push_subscriptions, favourites, waiting_turns
  TO hitotoki_app;
-- The keys are made once. Browsers that have subscribed with them know no others.
GRANT SELECT, INSERT ON push_keys TO hitotoki_app;
"""


def upgrade() -> None:
    """Apply the change."""
    _push()
    _favourites()
    _waiting()
    op.execute(RIGHTS)


def _push() -> None:
    op.create_table(
        "push_keys",
        sa.Column("sole", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("sole", name=op.f("ck_push_keys_one_row")),
        sa.CheckConstraint(
            "length(public_key) = 65 AND get_byte(public_key, 0) = 4",
            name=op.f("ck_push_keys_public_key_is_a_point"),
        ),
        sa.CheckConstraint(
            "length(private_key) = 32", name=op.f("ck_push_keys_private_key_is_a_number")
        ),
        sa.PrimaryKeyConstraint("sole", name=op.f("pk_push_keys")),
    )
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("session_hash", sa.LargeBinary(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.LargeBinary(), nullable=False),
        sa.Column("auth", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("last_ok_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "length(endpoint) BETWEEN 10 AND 1000",
            name=op.f("ck_push_subscriptions_endpoint_length"),
        ),
        sa.CheckConstraint(
            "endpoint ~ '^https://[!-~]+$'", name=op.f("ck_push_subscriptions_endpoint_is_https")
        ),
        sa.CheckConstraint(
            "length(p256dh) = 65 AND get_byte(p256dh, 0) = 4",
            name=op.f("ck_push_subscriptions_p256dh_is_a_point"),
        ),
        sa.CheckConstraint(
            "length(auth) = 16", name=op.f("ck_push_subscriptions_auth_is_16_bytes")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_push_subscriptions_user_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["session_hash"],
            ["sessions.token_hash"],
            name=op.f("fk_push_subscriptions_session_hash"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscriptions_endpoint")),
    )
    op.create_index("ix_push_subscriptions_user", "push_subscriptions", ["user_id"])
    op.create_index("ix_push_subscriptions_session", "push_subscriptions", ["session_hash"])


def _favourites() -> None:
    op.create_table(
        "favourites",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("cast_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("tells", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        sa.CheckConstraint("user_id <> cast_id", name=op.f("ck_favourites_not_oneself")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_favourites_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["cast_id"], ["users.id"], name=op.f("fk_favourites_cast_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "cast_id", name=op.f("pk_favourites")),
    )
    op.create_index("ix_favourites_user", "favourites", ["user_id", "made_at"])
    op.create_index(
        "ix_favourites_tells", "favourites", ["cast_id"], postgresql_where=sa.text("tells")
    )


def _waiting() -> None:
    op.create_table(
        "waiting_turns",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("joined_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("called_at", MOMENT, nullable=True),
        sa.Column("turn_ends_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(called_at IS NULL) = (turn_ends_at IS NULL)",
            name=op.f("ck_waiting_turns_a_turn_ends"),
        ),
        sa.CheckConstraint("turn_ends_at > called_at", name=op.f("ck_waiting_turns_forward")),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_waiting_turns_room_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_waiting_turns_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_turns")),
        sa.UniqueConstraint("room_id", "user_id", name="uq_waiting_turns_once"),
    )
    op.create_index("ix_waiting_turns_room", "waiting_turns", ["room_id", "id"])
    op.create_index("ix_waiting_turns_user", "waiting_turns", ["user_id"])
    op.create_index(
        "uq_waiting_turns_one_turn",
        "waiting_turns",
        ["room_id"],
        unique=True,
        postgresql_where=sa.text("called_at IS NOT NULL"),
    )
