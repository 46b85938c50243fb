"""What is kept for the payment of bills, beside the bills and what arrived (`points.tables.tab`).

Nothing here is money: an order is what the provider is asked for, an account is where one sends.
"""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from points.payments.tables import PROVIDERS

ORDER_STATES = ("created", "paid", "failed", "canceled")
MOVE_KINDS = ("reversed", "returned", "return_canceled", "refunded")
TAKING_STATES = ("waiting", "taken")
MONEY_BACK_STATES = ("made", "failed", "open", "won", "lost")

# One wish to pay bills by card, and what became of it. `by_itself`: nobody pressed, the payer has
# let the site charge the saved card after each talk. `problem` is why a card was refused. How it is
# asked for stands here to the letter, so that the same question is the same however often it is
# asked; `attempt` is in its key, and changes with what was refused.
tab_orders = sa.Table(
    "tab_orders",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("yen", sa.BigInteger, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("intent", sa.Text, unique=True, nullable=True),
    sa.Column("press", sa.Text, nullable=False),
    sa.Column("by_itself", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("saved_card", sa.Text, nullable=True),
    sa.Column("save_card", sa.Boolean, nullable=False),
    sa.Column("customer", sa.Text, nullable=True),
    sa.Column("site", sa.Text, nullable=True),
    sa.Column("attempt", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("state", sa.Text, nullable=False, server_default="created"),
    sa.Column("problem", sa.Text, nullable=True),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("paid_at", MOMENT, nullable=True),
    sa.UniqueConstraint("user_id", "press", name="uq_tab_orders_press"),
    sa.CheckConstraint("yen BETWEEN 50 AND 10000000", name="yen_bounds"),
    sa.CheckConstraint(one_of("provider", PROVIDERS), name="provider_known"),
    sa.CheckConstraint(one_of("state", ORDER_STATES), name="state_known"),
    sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_has_its_moment"),
    sa.CheckConstraint("NOT by_itself OR saved_card IS NOT NULL", name="by_itself_by_saved_card"),
    sa.CheckConstraint("saved_card IS NULL OR NOT save_card", name="saved_or_to_save"),
    sa.CheckConstraint("length(intent) BETWEEN 1 AND 200", name="intent_length"),
    sa.CheckConstraint("length(press) BETWEEN 1 AND 64", name="press_length"),
    sa.CheckConstraint("length(saved_card) BETWEEN 1 AND 200", name="saved_card_length"),
    sa.CheckConstraint("length(customer) BETWEEN 1 AND 200", name="customer_length"),
    sa.CheckConstraint("length(site) BETWEEN 1 AND 300", name="site_length"),
    sa.CheckConstraint("length(problem) BETWEEN 1 AND 100", name="problem_length"),
    sa.CheckConstraint("attempt BETWEEN 0 AND 9", name="attempt_bounds"),
    sa.Index("ix_tab_orders_user", "user_id", "id"),
    sa.Index(
        "ix_tab_orders_live",
        "created_at",
        postgresql_where=sa.text("state IN ('created', 'failed')"),
    ),
)

# Which bills an order was to pay, and how much of each was owed then.
tab_order_bills = sa.Table(
    "tab_order_bills",
    metadata,
    sa.Column("order_id", sa.BigInteger, sa.ForeignKey("tab_orders.id"), primary_key=True),
    sa.Column("bill_id", sa.BigInteger, sa.ForeignKey("tab_bills.id"), primary_key=True),
    sa.Column("yen", sa.BigInteger, nullable=False),
    sa.CheckConstraint("yen > 0", name="yen_positive"),
    sa.Index("ix_tab_order_bills_bill", "bill_id"),
)

# The account of the provider's to which a payer sends by their bank: theirs alone, for good.
tab_accounts = sa.Table(
    "tab_accounts",
    metadata,
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("provider", sa.Text, primary_key=True),
    sa.Column("customer", sa.Text, nullable=False, unique=True),
    sa.Column("bank", sa.Text, nullable=False),
    sa.Column("bank_code", sa.Text, nullable=False),
    sa.Column("branch", sa.Text, nullable=False),
    sa.Column("branch_code", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(one_of("provider", PROVIDERS), name="provider_known"),
    sa.CheckConstraint("length(customer) BETWEEN 1 AND 200", name="customer_length"),
    sa.CheckConstraint(
        "greatest(length(bank), length(bank_code), length(branch), length(branch_code),"
        " length(kind), length(number), length(holder)) <= 200",
        name="words_length",
    ),
)

# What arrived by a bank, until the provider has taken it over from the payer's account to the site.
# `gone` of it is with the payer, or their bank, again, without a refund of a payment.
tab_takings = sa.Table(
    "tab_takings",
    metadata,
    sa.Column("provider_ref", sa.Text, primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("customer", sa.Text, nullable=False),
    sa.Column("yen", sa.BigInteger, nullable=False),
    sa.Column("gone", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("intent", sa.Text, unique=True, nullable=True),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("tried_at", MOMENT, nullable=True),
    sa.Column("noted_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(one_of("provider", PROVIDERS), name="provider_known"),
    sa.CheckConstraint(one_of("state", TAKING_STATES), name="state_known"),
    sa.CheckConstraint("length(provider_ref) BETWEEN 1 AND 200", name="ref_length"),
    sa.CheckConstraint("length(customer) BETWEEN 1 AND 200", name="customer_length"),
    sa.CheckConstraint("length(intent) BETWEEN 1 AND 200", name="intent_length"),
    sa.CheckConstraint("yen > 0", name="yen_positive"),
    sa.CheckConstraint("gone BETWEEN 0 AND yen", name="gone_within_yen"),
    sa.CheckConstraint("tries >= 0", name="tries_not_negative"),
    sa.Index("ix_tab_takings_waiting", "noted_at", postgresql_where=sa.text("state = 'waiting'")),
    sa.Index("ix_tab_takings_user", "user_id"),
)

# What left a payer's account at the provider for their bank, or came back to it, each told once.
# What of their transfers is gone follows from all of it; see `points.payments.bills.moves`.
tab_moves = sa.Table(
    "tab_moves",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("yen", sa.BigInteger, nullable=False),
    sa.Column("moved_at", MOMENT, nullable=False),
    sa.Column("noted_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(one_of("provider", PROVIDERS), name="provider_known"),
    sa.CheckConstraint(one_of("kind", MOVE_KINDS), name="kind_known"),
    sa.CheckConstraint("length(id) BETWEEN 1 AND 200", name="id_length"),
    sa.CheckConstraint("yen > 0", name="yen_positive"),
    sa.Index("ix_tab_moves_user", "user_id"),
)

# Who lets the site charge the saved card after each talk, since when, or no longer.
tab_auto_pays = sa.Table(
    "tab_auto_pays",
    metadata,
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("wanted", sa.Boolean, nullable=False),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
)

# Money of a payment of bills that went back to its payer, or that their bank asks about.
tab_money_back = sa.Table(
    "tab_money_back",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("payment_id", sa.BigInteger, sa.ForeignKey("tab_payments.id"), nullable=False),
    sa.Column("yen", sa.BigInteger, nullable=False),
    sa.Column("dispute", sa.Boolean, nullable=False),
    sa.Column("inquiry", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("made_at", MOMENT, nullable=True),
    sa.Column("noted_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("length(id) BETWEEN 1 AND 200", name="id_length"),
    sa.CheckConstraint("yen > 0", name="yen_positive"),
    sa.CheckConstraint(one_of("state", MONEY_BACK_STATES), name="state_known"),
    sa.CheckConstraint("dispute = (state IN ('open', 'won', 'lost'))", name="states_of_a_dispute"),
    sa.CheckConstraint("dispute OR NOT inquiry", name="inquiries_are_disputes"),
    sa.Index("ix_tab_money_back_payment", "payment_id"),
)

# Whom the receipt of a payment of bills is for, and how often it was issued.
tab_receipts = sa.Table(
    "tab_receipts",
    metadata,
    sa.Column("payment_id", sa.BigInteger, sa.ForeignKey("tab_payments.id"), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("addressee", sa.Text, nullable=True),
    sa.Column("issues", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("length(addressee) BETWEEN 1 AND 100", name="addressee_length"),
    sa.CheckConstraint("issues >= 0", name="issues_not_negative"),
    sa.Index("ix_tab_receipts_user", "user_id"),
)
