"""The first tables: accounts, money, rooms and talks."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("nickname", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("is_cast", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_staff", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("locale", sa.Text(), server_default="ja", nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="Asia/Tokyo", nullable=False),
        sa.Column("portrait", sa.Text(), nullable=True),
        sa.Column("is_demo", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("email ~ '^[!-?A-~]+@[!-?A-~]+$'", name=op.f("ck_users_email_shape")),
        sa.CheckConstraint("locale IN ('ja', 'en')", name=op.f("ck_users_locale_known")),
        sa.CheckConstraint(
            "nickname !~ '^\\s|\\s$|[\\u0001-\\u001f\\u007f-\\u009f\\u00ad\\u115f\\u1160\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\u2800\\u3164\\ufeff\\uffa0]'",
            name=op.f("ck_users_nickname_plain"),
        ),
        sa.CheckConstraint(
            "password_hash ~ '^[$]argon2id[$]'", name=op.f("ck_users_password_is_argon2id")
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_is_lower")),
        sa.CheckConstraint("length(email) BETWEEN 3 AND 254", name=op.f("ck_users_email_length")),
        sa.CheckConstraint(
            "length(nickname) BETWEEN 1 AND 20", name=op.f("ck_users_nickname_length")
        ),
        sa.CheckConstraint(
            "length(password_hash) BETWEEN 20 AND 300", name=op.f("ck_users_password_hash_length")
        ),
        sa.CheckConstraint(
            "length(portrait) BETWEEN 1 AND 200", name=op.f("ck_users_portrait_length")
        ),
        sa.CheckConstraint(
            "length(time_zone) BETWEEN 1 AND 64", name=op.f("ck_users_time_zone_length")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "blocks",
        sa.Column("blocker_id", sa.BigInteger(), nullable=False),
        sa.Column("blocked_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("blocker_id <> blocked_id", name=op.f("ck_blocks_not_oneself")),
        sa.ForeignKeyConstraint(
            ["blocked_id"], ["users.id"], name=op.f("fk_blocks_blocked_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["blocker_id"], ["users.id"], name=op.f("fk_blocks_blocker_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("blocker_id", "blocked_id", name=op.f("pk_blocks")),
    )
    op.create_index("ix_blocks_blocked", "blocks", ["blocked_id"], unique=False)
    op.create_table(
        "rooms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("cast_id", sa.BigInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("portrait", sa.Text(), nullable=True),
        sa.Column("allows_video", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("published", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("length(text) <= 1000", name=op.f("ck_rooms_text_length")),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 40", name=op.f("ck_rooms_title_length")),
        sa.CheckConstraint("length(topic) BETWEEN 1 AND 20", name=op.f("ck_rooms_topic_length")),
        sa.CheckConstraint("rate BETWEEN 10 AND 10000", name=op.f("ck_rooms_rate_bounds")),
        sa.ForeignKeyConstraint(["cast_id"], ["users.id"], name=op.f("fk_rooms_cast_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms")),
        sa.UniqueConstraint("id", "cast_id", name="uq_rooms_id_cast"),
    )
    op.create_index("ix_rooms_cast", "rooms", ["cast_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_sessions_expires_later")),
        sa.CheckConstraint(
            "length(token_hash) = 32", name=op.f("ck_sessions_token_hash_is_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sessions_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    op.create_index("ix_sessions_expiry", "sessions", ["expires_at"], unique=False)
    op.create_index("ix_sessions_user", "sessions", ["user_id", "seen_at"], unique=False)
    op.create_table(
        "wallets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(kind IN ('points', 'earnings')) = (user_id IS NOT NULL) AND kind IN ('points', 'earnings', 'issued', 'fee', 'expired')",
            name=op.f("ck_wallets_kind_known"),
        ),
        sa.CheckConstraint(
            "kind = 'points' OR balance = 0", name=op.f("ck_wallets_only_points_keep_a_balance")
        ),
        sa.CheckConstraint("balance >= 0", name=op.f("ck_wallets_balance_not_negative")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_wallets_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wallets")),
        sa.UniqueConstraint("user_id", "kind", name="uq_wallets_user_kind"),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index(
        "uq_wallets_site_kind",
        "wallets",
        ["kind"],
        unique=True,
        postgresql_where=sa.text("user_id IS NULL"),
    )
    op.create_table(
        "room_hours",
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.CheckConstraint("starts <> ends", name=op.f("ck_room_hours_not_empty")),
        sa.CheckConstraint(
            "weekday BETWEEN 0 AND 6", name=op.f("ck_room_hours_weekday_from_monday")
        ),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_room_hours_room_id")),
        sa.PrimaryKeyConstraint("room_id", "weekday", "starts", name=op.f("pk_room_hours")),
    )
    op.create_table(
        "standbys",
        sa.Column("cast_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "since",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["cast_id"], ["users.id"], name=op.f("fk_standbys_cast_id")),
        sa.ForeignKeyConstraint(
            ["room_id", "cast_id"],
            ["rooms.id", "rooms.cast_id"],
            name=op.f("fk_standbys_room_id_cast_id"),
        ),
        sa.PrimaryKeyConstraint("cast_id", name=op.f("pk_standbys")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index("ix_standbys_room", "standbys", ["room_id"], unique=False)
    op.create_table(
        "talks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("caller_id", sa.BigInteger(), nullable=False),
        sa.Column("cast_id", sa.BigInteger(), nullable=False),
        sa.Column("payer_wallet", sa.BigInteger(), nullable=False),
        sa.Column("cast_wallet", sa.BigInteger(), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("share", sa.Integer(), nullable=False),
        sa.Column("free_ms", sa.BigInteger(), nullable=False),
        sa.Column("minute_ms", sa.BigInteger(), nullable=False),
        sa.Column("with_video", sa.Boolean(), nullable=False),
        sa.Column("spend_cap_minutes", sa.Integer(), nullable=True),
        sa.Column("state", sa.Text(), server_default="connecting", nullable=False),
        sa.Column(
            "entered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("connected_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("running_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("interrupted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_minute", sa.Integer(), server_default="1", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("caller_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cast_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("caller_good_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cast_good_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pair", sa.Integer(), server_default="0", nullable=False),
        sa.Column("caller_seat", sa.Text(), nullable=True),
        sa.Column("cast_seat", sa.Text(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(state = 'ended') = (ended_at IS NOT NULL) AND (state = 'ended') = (end_reason IS NOT NULL)",
            name=op.f("ck_talks_ended_with_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'interrupted') = (interrupted_at IS NOT NULL)",
            name=op.f("ck_talks_interrupted_since"),
        ),
        sa.CheckConstraint(
            "(state = 'talking') = (running_since IS NOT NULL) AND (state = 'talking') = (due_at IS NOT NULL)",
            name=op.f("ck_talks_runs_while_talking"),
        ),
        sa.CheckConstraint(
            "end_reason IN ('caller_left', 'cast_left', 'points_exhausted', 'spend_cap', 'reservation_over', 'connection_lost', 'never_connected', 'stopped_by_staff')",
            name=op.f("ck_talks_reason_known"),
        ),
        sa.CheckConstraint(
            "state IN ('connecting', 'talking', 'interrupted', 'ended')",
            name=op.f("ck_talks_state_known"),
        ),
        sa.CheckConstraint("caller_id <> cast_id", name=op.f("ck_talks_two_people")),
        sa.CheckConstraint(
            "connected_ms >= 0 AND next_minute >= 1", name=op.f("ck_talks_meter_not_negative")
        ),
        sa.CheckConstraint("free_ms >= 0 AND minute_ms > 0", name=op.f("ck_talks_times_positive")),
        sa.CheckConstraint(
            "rate > 0 AND share BETWEEN 0 AND rate", name=op.f("ck_talks_share_within_rate")
        ),
        sa.CheckConstraint(
            "spend_cap_minutes BETWEEN 1 AND 1440", name=op.f("ck_talks_spend_cap_bounds")
        ),
        sa.ForeignKeyConstraint(["caller_id"], ["users.id"], name=op.f("fk_talks_caller_id")),
        sa.ForeignKeyConstraint(["cast_wallet"], ["wallets.id"], name=op.f("fk_talks_cast_wallet")),
        sa.ForeignKeyConstraint(
            ["payer_wallet"], ["wallets.id"], name=op.f("fk_talks_payer_wallet")
        ),
        sa.ForeignKeyConstraint(
            ["room_id", "cast_id"],
            ["rooms.id", "rooms.cast_id"],
            name=op.f("fk_talks_room_id_cast_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talks")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index("ix_talks_caller", "talks", ["caller_id", "id"], unique=False)
    op.create_index("ix_talks_cast", "talks", ["cast_id", "id"], unique=False)
    op.create_index(
        "ix_talks_due",
        "talks",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_talks_live_room",
        "talks",
        ["room_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_talks_live_caller",
        "talks",
        ["caller_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_talks_live_cast",
        "talks",
        ["cast_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "transfers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("debit_wallet", sa.BigInteger(), nullable=False),
        sa.Column("credit_wallet", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("input_hash", sa.LargeBinary(), nullable=False),
        sa.Column("reverses", sa.BigInteger(), nullable=True),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('grant', 'purchase', 'bonus', 'expiry', 'correction')",
            name=op.f("ck_transfers_kind_known"),
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transfers_amount_positive")),
        sa.CheckConstraint("debit_wallet <> credit_wallet", name=op.f("ck_transfers_two_wallets")),
        sa.CheckConstraint(
            "length(idempotency_key) BETWEEN 1 AND 200", name=op.f("ck_transfers_key_length")
        ),
        sa.CheckConstraint(
            "length(reason) BETWEEN 1 AND 500", name=op.f("ck_transfers_reason_length")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_transfers_actor_id")),
        sa.ForeignKeyConstraint(
            ["credit_wallet"], ["wallets.id"], name=op.f("fk_transfers_credit_wallet")
        ),
        sa.ForeignKeyConstraint(
            ["debit_wallet"], ["wallets.id"], name=op.f("fk_transfers_debit_wallet")
        ),
        sa.ForeignKeyConstraint(["reverses"], ["transfers.id"], name=op.f("fk_transfers_reverses")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transfers")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_transfers_idempotency_key")),
        sa.UniqueConstraint("reverses", name=op.f("uq_transfers_reverses")),
    )
    op.create_index("ix_transfers_credit", "transfers", ["credit_wallet", "id"], unique=False)
    op.create_index("ix_transfers_debit", "transfers", ["debit_wallet", "id"], unique=False)
    op.create_table(
        "beats",
        sa.Column("talk_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("media", sa.Boolean(), nullable=False),
        sa.Column("packets", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("lost", sa.BigInteger(), nullable=False),
        sa.Column("rtt_ms", sa.Integer(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.CheckConstraint("side IN ('caller', 'cast')", name=op.f("ck_beats_side_known")),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name=op.f("fk_beats_talk_id")),
    )
    op.create_index("ix_beats_talk", "beats", ["talk_id", "at"], unique=False)
    op.create_table(
        "charges",
        sa.Column("talk_id", sa.BigInteger(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("payer_wallet", sa.BigInteger(), nullable=False),
        sa.Column("cast_wallet", sa.BigInteger(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("gross = share + fee", name=op.f("ck_charges_balanced")),
        sa.CheckConstraint(
            "gross > 0 AND share >= 0 AND fee >= 0", name=op.f("ck_charges_amounts_not_negative")
        ),
        sa.CheckConstraint("minute >= 1", name=op.f("ck_charges_minute_counts_from_one")),
        sa.CheckConstraint("payer_wallet <> cast_wallet", name=op.f("ck_charges_two_wallets")),
        sa.ForeignKeyConstraint(
            ["cast_wallet"], ["wallets.id"], name=op.f("fk_charges_cast_wallet")
        ),
        sa.ForeignKeyConstraint(
            ["payer_wallet"], ["wallets.id"], name=op.f("fk_charges_payer_wallet")
        ),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name=op.f("fk_charges_talk_id")),
        sa.PrimaryKeyConstraint("talk_id", "minute", name=op.f("pk_charges")),
    )
    op.create_index("ix_charges_cast", "charges", ["cast_wallet", "at"], unique=False)
    op.create_index("ix_charges_payer", "charges", ["payer_wallet", "at"], unique=False)
    op.create_table(
        "lots",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("wallet_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column(
            "closed", sa.Boolean(), sa.Computed("remaining = 0", persisted=True), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.BigInteger(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("kind IN ('paid', 'bonus', 'granted')", name=op.f("ck_lots_kind_known")),
        sa.CheckConstraint("granted > 0", name=op.f("ck_lots_granted_positive")),
        sa.CheckConstraint(
            "remaining BETWEEN 0 AND granted", name=op.f("ck_lots_remaining_within_granted")
        ),
        sa.ForeignKeyConstraint(["source"], ["transfers.id"], name=op.f("fk_lots_source")),
        sa.ForeignKeyConstraint(["wallet_id"], ["wallets.id"], name=op.f("fk_lots_wallet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
        sa.UniqueConstraint("source", name=op.f("uq_lots_source")),
        postgresql_with={"fillfactor": "50"},
    )
    op.create_index(
        "ix_lots_open",
        "lots",
        ["wallet_id", "expires_at", "id"],
        unique=False,
        postgresql_where=sa.text("NOT closed"),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("talk_id", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("side IN ('caller', 'cast')", name=op.f("ck_messages_side_known")),
        sa.CheckConstraint("length(key) BETWEEN 1 AND 64", name=op.f("ck_messages_key_length")),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name=op.f("ck_messages_text_length")),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name=op.f("fk_messages_talk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("talk_id", "side", "key", name="uq_messages_key"),
    )
    op.create_index("ix_messages_talk", "messages", ["talk_id", "id"], unique=False)
    op.create_table(
        "talk_spans",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("talk_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('connected', 'interrupted')", name=op.f("ck_talk_spans_kind_known")
        ),
        sa.CheckConstraint(
            "reason IN ('caller_lost', 'cast_lost', 'both_lost', 'no_media', 'reconnecting')",
            name=op.f("ck_talk_spans_reason_known"),
        ),
        sa.CheckConstraint("ended_at >= began_at", name=op.f("ck_talk_spans_forward")),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name=op.f("fk_talk_spans_talk_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_talk_spans")),
    )
    op.create_index("ix_talk_spans_talk", "talk_spans", ["talk_id", "id"], unique=False)
    op.create_index(
        "uq_talk_spans_open",
        "talk_spans",
        ["talk_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "charge_returns",
        sa.Column("talk_id", sa.BigInteger(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("gross", sa.BigInteger(), nullable=False),
        sa.Column("share", sa.BigInteger(), nullable=False),
        sa.Column("fee", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "kind IN ('cut_short', 'claim')", name=op.f("ck_charge_returns_kind_known")
        ),
        sa.CheckConstraint("gross = share + fee", name=op.f("ck_charge_returns_balanced")),
        sa.CheckConstraint(
            "gross > 0 AND share >= 0 AND fee >= 0",
            name=op.f("ck_charge_returns_amounts_not_negative"),
        ),
        sa.CheckConstraint(
            "length(reason) BETWEEN 1 AND 500", name=op.f("ck_charge_returns_reason_length")
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_charge_returns_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["talk_id", "minute"],
            ["charges.talk_id", "charges.minute"],
            name=op.f("fk_charge_returns_talk_id_minute"),
        ),
        sa.PrimaryKeyConstraint("talk_id", "minute", name=op.f("pk_charge_returns")),
    )
    op.create_table(
        "lot_moves",
        sa.Column("transfer_id", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_lot_moves_amount_not_zero")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_moves_lot_id")),
        sa.ForeignKeyConstraint(
            ["transfer_id"], ["transfers.id"], name=op.f("fk_lot_moves_transfer_id")
        ),
        sa.PrimaryKeyConstraint("transfer_id", "lot_id", name=op.f("pk_lot_moves")),
    )
    op.create_index("ix_lot_moves_lot", "lot_moves", ["lot_id"], unique=False)
    op.create_table(
        "lot_uses",
        sa.Column("talk_id", sa.BigInteger(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_lot_uses_amount_positive")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.id"], name=op.f("fk_lot_uses_lot_id")),
        sa.ForeignKeyConstraint(
            ["talk_id", "minute"],
            ["charges.talk_id", "charges.minute"],
            name=op.f("fk_lot_uses_talk_id_minute"),
        ),
        sa.PrimaryKeyConstraint("talk_id", "minute", "lot_id", name=op.f("pk_lot_uses")),
    )
    op.create_index("ix_lot_uses_lot", "lot_uses", ["lot_id"], unique=False)
    op.create_table(
        "lot_backs",
        sa.Column("talk_id", sa.BigInteger(), nullable=False),
        sa.Column("minute", sa.Integer(), nullable=False),
        sa.Column("lot_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_lot_backs_amount_positive")),
        sa.ForeignKeyConstraint(
            ["talk_id", "minute", "lot_id"],
            ["lot_uses.talk_id", "lot_uses.minute", "lot_uses.lot_id"],
            name=op.f("fk_lot_backs_talk_id_minute_lot_id"),
        ),
        sa.ForeignKeyConstraint(
            ["talk_id", "minute"],
            ["charge_returns.talk_id", "charge_returns.minute"],
            name=op.f("fk_lot_backs_talk_id_minute"),
        ),
        sa.PrimaryKeyConstraint("talk_id", "minute", "lot_id", name=op.f("pk_lot_backs")),
    )
    op.create_index("ix_lot_backs_lot", "lot_backs", ["lot_id"], unique=False)
    for name in ("0001_money.sql", "0001_rights.sql"):
        # The driver reads a percent sign as the beginning of a parameter.
        op.get_bind().exec_driver_sql((SQL / name).read_text(encoding="utf-8").replace("%", "%%"))
