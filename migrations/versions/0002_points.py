"""Points people can trust: purchases, expiry, statements, claims, notices."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "mails",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column(
            "next_try_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=True,
        ),
        sa.CheckConstraint("subject !~ '[\\r\\n]'", name=op.f("ck_mails_subject_is_one_line")),
        sa.CheckConstraint("length(last_error) <= 500", name=op.f("ck_mails_last_error_length")),
        sa.CheckConstraint(
            "length(subject) BETWEEN 1 AND 200", name=op.f("ck_mails_subject_length")
        ),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 4000", name=op.f("ck_mails_text_length")),
        sa.CheckConstraint(
            "length(to_address) BETWEEN 3 AND 254", name=op.f("ck_mails_to_address_length")
        ),
        sa.CheckConstraint(
            "sent_at IS NULL OR next_try_at IS NULL", name=op.f("ck_mails_sent_is_done")
        ),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_mails_tries_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
    )
    op.create_index(
        "ix_mails_due",
        "mails",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_table(
        "packs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("price_yen", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("bonus BETWEEN 0 AND points", name=op.f("ck_packs_bonus_bounds")),
        sa.CheckConstraint("points BETWEEN 1 AND 1000000", name=op.f("ck_packs_points_bounds")),
        sa.CheckConstraint("price_yen BETWEEN 50 AND 1000000", name=op.f("ck_packs_price_bounds")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packs")),
    )
    op.create_table(
        "payment_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=True),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("length(error) <= 1000", name=op.f("ck_payment_events_error_length")),
        sa.CheckConstraint(
            "length(id) BETWEEN 1 AND 200", name=op.f("ck_payment_events_id_length")
        ),
        sa.CheckConstraint(
            "length(intent) BETWEEN 1 AND 200", name=op.f("ck_payment_events_intent_length")
        ),
        sa.CheckConstraint("length(outcome) <= 200", name=op.f("ck_payment_events_outcome_length")),
        sa.CheckConstraint(
            "length(type) BETWEEN 1 AND 100", name=op.f("ck_payment_events_type_length")
        ),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_payment_events_tries_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_events")),
    )
    op.create_index(
        "ix_payment_events_intent", "payment_events", ["intent", "received_at"], unique=False
    )
    op.create_index(
        "ix_payment_events_open",
        "payment_events",
        ["received_at"],
        unique=False,
        postgresql_where=sa.text("handled_at IS NULL"),
    )
    op.create_table(
        "timetable_runs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint("length(error) <= 500", name=op.f("ck_timetable_runs_error_length")),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 60", name=op.f("ck_timetable_runs_name_length")
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_timetable_runs")),
    )
    op.create_table(
        "alarms",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(seen_at IS NULL) = (seen_by IS NULL)", name=op.f("ck_alarms_seen_by_somebody")
        ),
        sa.CheckConstraint("length(kind) BETWEEN 1 AND 60", name=op.f("ck_alarms_kind_length")),
        sa.CheckConstraint(
            "length(subject) BETWEEN 1 AND 200", name=op.f("ck_alarms_subject_length")
        ),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 1000", name=op.f("ck_alarms_text_length")),
        sa.ForeignKeyConstraint(["seen_by"], ["users.id"], name=op.f("fk_alarms_seen_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
        sa.UniqueConstraint("kind", "subject", name="uq_alarms_kind_subject"),
    )
    op.create_index(
        "ix_alarms_unseen",
        "alarms",
        ["id"],
        unique=False,
        postgresql_where=sa.text("seen_at IS NULL"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "link ~ '^/[^/]' AND length(link) <= 300", name=op.f("ck_notices_link_is_a_path")
        ),
        sa.CheckConstraint("length(key) BETWEEN 1 AND 100", name=op.f("ck_notices_key_length")),
        sa.CheckConstraint("length(kind) BETWEEN 1 AND 40", name=op.f("ck_notices_kind_length")),
        sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name=op.f("ck_notices_text_length")),
        sa.CheckConstraint("length(title) BETWEEN 1 AND 120", name=op.f("ck_notices_title_length")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notices_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("user_id", "key", name="uq_notices_key"),
    )
    op.create_index(
        "ix_notices_unread",
        "notices",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("ix_notices_user", "notices", ["user_id", "id"], unique=False)
    op.create_table(
        "purchases",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("price_yen", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("intent", sa.Text(), nullable=True),
        sa.Column("press", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="created", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paid_lot", sa.BigInteger(), nullable=True),
        sa.Column("bonus_lot", sa.BigInteger(), nullable=True),
        sa.Column("addressee", sa.Text(), nullable=True),
        sa.Column("receipt_issues", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "(state = 'paid') = (paid_at IS NOT NULL)",
            name=op.f("ck_purchases_paid_has_its_moment"),
        ),
        sa.CheckConstraint("method IN ('card', 'konbini')", name=op.f("ck_purchases_method_known")),
        sa.CheckConstraint(
            "paid_lot IS NULL OR state = 'paid'", name=op.f("ck_purchases_points_only_when_paid")
        ),
        sa.CheckConstraint(
            "provider IN ('stripe', 'demo')", name=op.f("ck_purchases_provider_known")
        ),
        sa.CheckConstraint(
            "state IN ('created', 'paid', 'failed', 'canceled')",
            name=op.f("ck_purchases_state_known"),
        ),
        sa.CheckConstraint(
            "bonus_lot IS NULL OR paid_lot IS NOT NULL",
            name=op.f("ck_purchases_bonus_comes_with_points"),
        ),
        sa.CheckConstraint(
            "length(addressee) BETWEEN 1 AND 100", name=op.f("ck_purchases_addressee_length")
        ),
        sa.CheckConstraint(
            "length(intent) BETWEEN 1 AND 200", name=op.f("ck_purchases_intent_length")
        ),
        sa.CheckConstraint(
            "length(press) BETWEEN 1 AND 64", name=op.f("ck_purchases_press_length")
        ),
        sa.CheckConstraint(
            "points > 0 AND bonus >= 0 AND price_yen > 0",
            name=op.f("ck_purchases_amounts_positive"),
        ),
        sa.CheckConstraint("receipt_issues >= 0", name=op.f("ck_purchases_receipts_not_negative")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_purchases_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchases")),
        sa.UniqueConstraint("bonus_lot", name=op.f("uq_purchases_bonus_lot")),
        sa.UniqueConstraint("intent", name=op.f("uq_purchases_intent")),
        sa.UniqueConstraint("paid_lot", name=op.f("uq_purchases_paid_lot")),
        sa.UniqueConstraint("user_id", "press", name="uq_purchases_press"),
    )
    op.create_index(
        "ix_purchases_paid",
        "purchases",
        ["paid_at"],
        unique=False,
        postgresql_where=sa.text("paid_at IS NOT NULL"),
    )
    op.create_index("ix_purchases_user", "purchases", ["user_id", "id"], unique=False)
    op.create_table(
        "spending_limits",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("day_points", sa.BigInteger(), nullable=True),
        sa.Column("month_points", sa.BigInteger(), nullable=True),
        sa.Column("cool_off_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_day_points", sa.BigInteger(), nullable=True),
        sa.Column("next_month_points", sa.BigInteger(), nullable=True),
        sa.Column("next_from", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "day_points >= 0 AND month_points >= 0",
            name=op.f("ck_spending_limits_limits_not_negative"),
        ),
        sa.CheckConstraint(
            "next_day_points >= 0 AND next_month_points >= 0",
            name=op.f("ck_spending_limits_next_limits_not_negative"),
        ),
        sa.CheckConstraint(
            "next_from IS NOT NULL OR (next_day_points IS NULL AND next_month_points IS NULL)",
            name=op.f("ck_spending_limits_next_has_its_moment"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_spending_limits_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_spending_limits")),
    )
    op.create_table(
        "staff_acts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "detail",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("length(act) BETWEEN 1 AND 60", name=op.f("ck_staff_acts_act_length")),
        sa.CheckConstraint(
            "length(reason) BETWEEN 1 AND 500", name=op.f("ck_staff_acts_reason_length")
        ),
        sa.CheckConstraint(
            "length(subject) BETWEEN 1 AND 200", name=op.f("ck_staff_acts_subject_length")
        ),
        sa.ForeignKeyConstraint(["actor_id"], ["users.id"], name=op.f("fk_staff_acts_actor_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_acts")),
    )
    op.create_index("ix_staff_acts_actor", "staff_acts", ["actor_id", "id"], unique=False)
    op.create_index("ix_staff_acts_subject", "staff_acts", ["subject", "id"], unique=False)
    op.create_table(
        "disputes",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("purchase_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("points_taken", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("points_owed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "opened_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at IS NULL)", name=op.f("ck_disputes_closed_when_decided")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'won', 'lost')", name=op.f("ck_disputes_state_known")
        ),
        sa.CheckConstraint("length(id) BETWEEN 1 AND 200", name=op.f("ck_disputes_id_length")),
        sa.CheckConstraint(
            "points_taken >= 0 AND points_owed >= 0", name=op.f("ck_disputes_points_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchases.id"], name=op.f("fk_disputes_purchase_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index("ix_disputes_purchase", "disputes", ["purchase_id"], unique=False)
    op.create_table(
        "refunds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("purchase_id", sa.BigInteger(), nullable=False),
        sa.Column("amount_yen", sa.BigInteger(), nullable=False),
        sa.Column("points_taken", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("points_owed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint("amount_yen > 0", name=op.f("ck_refunds_amount_positive")),
        sa.CheckConstraint("length(id) BETWEEN 1 AND 200", name=op.f("ck_refunds_id_length")),
        sa.CheckConstraint(
            "points_taken >= 0 AND points_owed >= 0", name=op.f("ck_refunds_points_not_negative")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchases.id"], name=op.f("fk_refunds_purchase_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
    )
    op.create_index("ix_refunds_purchase", "refunds", ["purchase_id"], unique=False)
    op.create_table(
        "claims",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("talk_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("second_by", sa.BigInteger(), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_by IS NULL) AND (decided_by IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_claims_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "kind IN ('cast_absent', 'no_media', 'other')", name=op.f("ck_claims_kind_known")
        ),
        sa.CheckConstraint(
            "state <> 'returned' OR points IS NOT NULL", name=op.f("ck_claims_returned_has_points")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'waiting_second', 'returned', 'declined')",
            name=op.f("ck_claims_state_known"),
        ),
        sa.CheckConstraint(
            "decided_by <> user_id AND second_by <> user_id", name=op.f("ck_claims_not_ones_own")
        ),
        sa.CheckConstraint(
            "length(reason) BETWEEN 1 AND 500", name=op.f("ck_claims_reason_length")
        ),
        sa.CheckConstraint("length(text) <= 500", name=op.f("ck_claims_text_length")),
        sa.CheckConstraint("points > 0", name=op.f("ck_claims_points_positive")),
        sa.CheckConstraint(
            "second_by <> decided_by AND (second_by IS NULL) = (second_at IS NULL)",
            name=op.f("ck_claims_second_is_another"),
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_claims_decided_by")),
        sa.ForeignKeyConstraint(["second_by"], ["users.id"], name=op.f("fk_claims_second_by")),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name=op.f("fk_claims_talk_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_claims_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claims")),
        sa.UniqueConstraint("talk_id", name=op.f("uq_claims_talk_id")),
    )
    op.create_index(
        "ix_claims_queue",
        "claims",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('open', 'waiting_second')"),
    )
    op.create_index("ix_claims_user", "claims", ["user_id", "id"], unique=False)
    for name in ("0002_money.sql", "0002_functions.sql", "0002_rights.sql"):
        # The driver reads a percent sign as the beginning of a parameter.
        op.get_bind().exec_driver_sql((SQL / name).read_text(encoding="utf-8").replace("%", "%%"))
