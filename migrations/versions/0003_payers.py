"""Who pays with which card, and how each purchase is to be charged."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
RIGHTS = "GRANT SELECT, INSERT, UPDATE ON payers, checkouts TO hitotoki_app"


def upgrade() -> None:
    op.create_table(
        "payers",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("card", sa.Text(), nullable=True),
        sa.Column("card_brand", sa.Text(), nullable=True),
        sa.Column("card_last4", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.CheckConstraint("provider IN ('stripe', 'demo')", name=op.f("ck_payers_provider_known")),
        sa.CheckConstraint(
            "length(customer) BETWEEN 1 AND 200", name=op.f("ck_payers_customer_length")
        ),
        sa.CheckConstraint("length(card) BETWEEN 1 AND 200", name=op.f("ck_payers_card_length")),
        sa.CheckConstraint(
            "length(card_brand) BETWEEN 1 AND 40", name=op.f("ck_payers_card_brand_length")
        ),
        sa.CheckConstraint("card_last4 ~ '^[0-9]{4}$'", name=op.f("ck_payers_card_last4_digits")),
        sa.CheckConstraint(
            "num_nonnulls(card, card_brand, card_last4) IN (0, 3)",
            name=op.f("ck_payers_card_is_whole"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_payers_user_id")),
        sa.PrimaryKeyConstraint("user_id", "provider", name=op.f("pk_payers")),
        sa.UniqueConstraint("customer", name=op.f("uq_payers_customer")),
    )
    op.create_table(
        "checkouts",
        sa.Column("purchase_id", sa.BigInteger(), nullable=False),
        sa.Column("saved_card", sa.Text(), nullable=True),
        sa.Column("save_card", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "length(saved_card) BETWEEN 1 AND 200", name=op.f("ck_checkouts_saved_card_length")
        ),
        sa.CheckConstraint(
            "saved_card IS NULL OR NOT save_card", name=op.f("ck_checkouts_saved_or_to_save")
        ),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchases.id"], name=op.f("fk_checkouts_purchase_id")
        ),
        sa.PrimaryKeyConstraint("purchase_id", name=op.f("pk_checkouts")),
    )
    op.execute(RIGHTS)
