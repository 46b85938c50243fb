"""What is sold, who bought it, and what the payment provider tells of it."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

PROVIDERS = ("stripe", "demo")
METHODS = ("card", "konbini", "paypay", "link")
PURCHASE_STATES = ("created", "paid", "failed", "canceled")
DISPUTE_STATES = ("open", "won", "lost")
REFUND_STATES = ("made", "failed")
SELLERS = ("site", "cast")

# What can be bought. Staff edit it; a purchase keeps what it was at that moment.
packs = sa.Table(
    "packs",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("bonus", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("price_yen", sa.BigInteger, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("position", sa.Integer, nullable=False),
    sa.CheckConstraint("points BETWEEN 1 AND 1000000", name="points_bounds"),
    sa.CheckConstraint("bonus BETWEEN 0 AND points", name="bonus_bounds"),
    sa.CheckConstraint("price_yen BETWEEN 50 AND 1000000", name="price_bounds"),
)

# One order of points, and what became of it. `intent` is the provider's name for it, `press` the
# page's: the same press again finds the same purchase.
purchases = sa.Table(
    "purchases",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("bonus", sa.BigInteger, nullable=False),
    sa.Column("price_yen", sa.BigInteger, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("intent", sa.Text, unique=True, nullable=True),
    sa.Column("press", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=True),
    sa.Column("state", sa.Text, nullable=False, server_default="created"),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("paid_at", MOMENT, nullable=True),
    sa.Column(
        "paid_lot",
        sa.BigInteger,
        sa.ForeignKey("lots.id", use_alter=True, name="fk_purchases_paid_lot"),
        unique=True,
        nullable=True,
    ),
    sa.Column(
        "bonus_lot",
        sa.BigInteger,
        sa.ForeignKey("lots.id", use_alter=True, name="fk_purchases_bonus_lot"),
        unique=True,
        nullable=True,
    ),
    sa.Column("addressee", sa.Text, nullable=True),
    sa.Column("receipt_issues", sa.Integer, nullable=False, server_default="0"),
    # Issued once with tax lines, before they moved into the monthly statement: it keeps them.
    sa.Column("receipt_with_tax", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("user_id", "press", name="uq_purchases_press"),
    sa.CheckConstraint("points > 0 AND bonus >= 0 AND price_yen > 0", name="amounts_positive"),
    sa.CheckConstraint(one_of("provider", PROVIDERS), name="provider_known"),
    sa.CheckConstraint(one_of("method", METHODS), name="method_known"),
    sa.CheckConstraint(one_of("state", PURCHASE_STATES), name="state_known"),
    sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_has_its_moment"),
    sa.CheckConstraint("paid_lot IS NULL OR state = 'paid'", name="points_only_when_paid"),
    sa.CheckConstraint("bonus_lot IS NULL OR paid_lot IS NOT NULL", name="bonus_comes_with_points"),
    sa.CheckConstraint("length(intent) BETWEEN 1 AND 200", name="intent_length"),
    sa.CheckConstraint("length(press) BETWEEN 1 AND 64", name="press_length"),
    sa.CheckConstraint("length(addressee) BETWEEN 1 AND 100", name="addressee_length"),
    sa.CheckConstraint("receipt_issues >= 0", name="receipts_not_negative"),
    sa.Index("ix_purchases_user", "user_id", "id"),
    sa.Index("ix_purchases_paid", "paid_at", postgresql_where=sa.text("paid_at IS NOT NULL")),
)

# Every event of a payment provider, once. `handled_at` is null until its handling succeeded.
payment_events = sa.Table(
    "payment_events",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("intent", sa.Text, nullable=True),
    sa.Column("livemode", sa.Boolean, nullable=False),
    sa.Column("payload", JSONB, nullable=False),
    sa.Column("received_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("handled_at", MOMENT, nullable=True),
    sa.Column("outcome", sa.Text, nullable=True),
    sa.Column("error", sa.Text, nullable=True),
    sa.CheckConstraint("length(id) BETWEEN 1 AND 200", name="id_length"),
    sa.CheckConstraint("length(type) BETWEEN 1 AND 100", name="type_length"),
    sa.CheckConstraint("length(intent) BETWEEN 1 AND 200", name="intent_length"),
    sa.CheckConstraint("length(outcome) <= 200", name="outcome_length"),
    sa.CheckConstraint("length(error) <= 1000", name="error_length"),
    sa.CheckConstraint("tries >= 0", name="tries_not_negative"),
    sa.Index("ix_payment_events_intent", "intent", "received_at"),
    sa.Index(
        "ix_payment_events_open", "received_at", postgresql_where=sa.text("handled_at IS NULL")
    ),
    # Those whose words are to be emptied one day.
    sa.Index(
        "ix_payment_events_worded",
        "received_at",
        postgresql_where=sa.text("handled_at IS NOT NULL AND payload <> '{}'::jsonb"),
    ),
)

# Money that the provider gave back, or that failed to reach the payer: then the site has it again.
# `made_at` is when the provider says that it was made; old rows may not know.
refunds = sa.Table(
    "refunds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("purchase_id", sa.BigInteger, sa.ForeignKey("purchases.id"), nullable=False),
    sa.Column("amount_yen", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="made"),
    sa.Column("made_at", MOMENT, nullable=True),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("length(id) BETWEEN 1 AND 200", name="id_length"),
    sa.CheckConstraint("amount_yen > 0", name="amount_positive"),
    sa.CheckConstraint(one_of("state", REFUND_STATES), name="state_known"),
    sa.Index("ix_refunds_purchase", "purchase_id"),
)

# Money that a payer's bank asks about (`inquiry`: the site still has it) or has taken.
disputes = sa.Table(
    "disputes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("purchase_id", sa.BigInteger, sa.ForeignKey("purchases.id"), nullable=False),
    sa.Column("amount_yen", sa.BigInteger, nullable=False),
    sa.Column("inquiry", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("made_at", MOMENT, nullable=True),
    sa.Column("opened_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("closed_at", MOMENT, nullable=True),
    sa.CheckConstraint("length(id) BETWEEN 1 AND 200", name="id_length"),
    sa.CheckConstraint("amount_yen > 0", name="amount_positive"),
    sa.CheckConstraint(one_of("state", DISPUTE_STATES), name="state_known"),
    sa.CheckConstraint("NOT inquiry OR state <> 'lost'", name="no_inquiry_is_lost"),
    sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_when_decided"),
    sa.Index("ix_disputes_purchase", "purchase_id"),
)

# Who sold talks since when, as the site's settings said: what was used is told by the day's rules.
selling_rules = sa.Table(
    "selling_rules",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("since", MOMENT, nullable=False, server_default=NOW),
    sa.Column("seller", sa.Text, nullable=False),
    sa.Column("tax_percent", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=True),
    sa.Column("address", sa.Text, nullable=True),
    sa.Column("registration", sa.Text, nullable=True),
    sa.CheckConstraint(one_of("seller", SELLERS), name="seller_known"),
    sa.CheckConstraint("tax_percent BETWEEN 0 AND 50", name="tax_is_percent"),
)
